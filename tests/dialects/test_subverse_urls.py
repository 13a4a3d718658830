"""callRecordingUrl: read as a name of our own recordings, and never fetched."""

import asyncio
from dataclasses import replace

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dictabelt.core.nouns import Recording
from dictabelt.dialects.subverse.wire import PATH, REQUIRED, SIGNED
from hearing import heard
from stocked import House

NOT_FOUND = {
    "responseCode": 404,
    "message": "No call record found, Please contact administrator.",
    "data": None,
}
BASE = "http://vault.test"


async def asked(client: httpx2.AsyncClient, house: House, **query: str) -> dict[str, object]:
    answer = await client.get(PATH, params=query, headers={"x-api-key": house.ours.keys["all"]})
    assert answer.status_code == 200
    body: dict[str, object] = answer.json()
    return body


def place(it: Recording, name: str = "recording.mp3") -> str:
    return f"/media/{it.account}/{it.id}/{it.media[0].id}/{name}"


async def url_of(client: httpx2.AsyncClient, house: House, which: str) -> str:
    """The signed URL that the endpoint gives for a call of ours."""
    call = house.ours.recordings[which].call
    assert call is not None
    told = await asked(client, house, callId=str(call.vendor_id))
    return str(dict(told["data"])["url"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "spelled",
    [
        "{base}{place}",
        "{base}{place}?X-Amz-Signature=stale&token=anything",
        "{base}{place}#t=10",
        "  {base}{place} ",
        "https://vault.test{place}",
        "HTTP://VAULT.TEST{place}",
        "{base}/%6dedia{rest}",
    ],
)
async def test_a_url_of_our_own_is_signed_anew(
    spelled: str, house: House, client: httpx2.AsyncClient
) -> None:
    where = place(house.ours.recordings["call"])
    rest = where.removeprefix("/media")
    url = spelled.format(base=BASE, place=where, rest=rest)
    told = await asked(client, house, callRecordingUrl=url)
    assert (told["responseCode"], told["message"]) == (200, SIGNED)
    fresh = str(dict(told["data"])["url"])  # type: ignore[call-overload]
    assert "anything" not in fresh
    assert heard((await client.get(fresh)).content).channels == 2


async def test_what_the_endpoint_gave_may_be_handed_back_to_it(
    house: House, client: httpx2.AsyncClient
) -> None:
    first = await url_of(client, house, "call")
    told = await asked(client, house, callRecordingUrl=first)
    again = str(dict(told["data"])["url"])  # type: ignore[call-overload]
    assert again.partition("?")[0] == first.partition("?")[0]


@pytest.mark.parametrize(
    "spelled",
    [
        "http://evil.example{ours}",
        "http://evil.example:80{ours}",
        "http://vault.test@evil.example{ours}",
        "http://evil.example@vault.test{ours}",
        "http://vault.test:81{ours}",
        "//vault.test{ours}",
        "{ours}",
        "ftp://vault.test{ours}",
        "file:///etc/passwd",
        "http://[::1{ours}",
        "http://169.254.169.254/latest/meta-data/",
        "https://s3.amazonaws.com/bucket/recording.mp3",
        "http://vault.test/livez",
        "http://vault.test/media/",
        "http://vault.test{ours}/..",
        "http://vault.test{theirs}",
        "http://vault.test{deleted}",
        "http://vault.test{mixed}",
        "http://vault.test{crossed}",
        "http://vault.test{failed}",
        "javascript:alert(1)",
        "\x00",
        " ",
    ],
)
async def test_any_other_url_is_a_call_that_nobody_knows(
    spelled: str, house: House, client: httpx2.AsyncClient
) -> None:
    ours, theirs = house.ours.recordings, house.theirs.recordings
    url = spelled.format(
        ours=place(ours["call"]),
        theirs=place(theirs["call"]),
        deleted=place(ours["deleted"]),
        failed=place(ours["failed"]),
        crossed=place(replace(ours["call"], account=theirs["call"].account)),
        mixed=place(replace(theirs["call"], account=ours["call"].account)),
    )
    assert await asked(client, house, callRecordingUrl=url) == NOT_FOUND


async def test_no_connection_is_made_to_whatever_a_client_names(
    house: House, client: httpx2.AsyncClient
) -> None:
    visits: asyncio.Queue[str] = asyncio.Queue()

    async def visited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.put_nowait((await reader.read(3)).decode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(visited, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        where = place(house.ours.recordings["call"])
        for url in (f"http://127.0.0.1:{port}{where}", f"http://u:p@127.0.0.1:{port}/x"):
            assert await asked(client, house, callRecordingUrl=url) == NOT_FOUND
        # A visit of our own comes last, so that any before it would have been met.
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"own")
        assert await visits.get() == "own"
        writer.close()
        await writer.wait_closed()


async def test_the_call_id_wins_over_the_url(house: House, client: httpx2.AsyncClient) -> None:
    where = f"{BASE}{place(house.ours.recordings['call'])}"
    told = await asked(client, house, callId="shared", callRecordingUrl=where)
    assert str(house.ours.recordings["sip"].id) in str(told["data"])
    assert await asked(client, house, callId="nobody", callRecordingUrl=where) == NOT_FOUND


async def test_an_empty_parameter_counts_as_missing(
    house: House, client: httpx2.AsyncClient
) -> None:
    where = f"{BASE}{place(house.ours.recordings['call'])}"
    told = await asked(client, house, callId="", callRecordingUrl=where)
    assert told["responseCode"] == 200
    required = {"responseCode": 400, "message": REQUIRED, "data": None}
    for query in ({}, {"callId": ""}, {"callRecordingUrl": ""}, {"callid": "shared"}):
        assert await asked(client, house, **query) == required


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(url=st.text(max_size=80) | st.from_regex(r"https?://[^/]{0,20}/media/.{0,60}"))
async def test_no_text_at_all_makes_it_fail(
    url: str, house: House, client: httpx2.AsyncClient
) -> None:
    told = await asked(client, house, callRecordingUrl=url)
    assert told["responseCode"] in (400, 404)
