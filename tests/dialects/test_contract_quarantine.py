"""What a check found damaged: no API gives a byte of it, all tell of it as before."""

from datetime import timedelta

import httpx2
import pytest
from starlette.types import ASGIApp

from assembly import Assembly
from damaging import Spoil, checked, flipped, shortened
from dialects.asking import TELLS, holding, is_refusal, name, send
from dialects.driver import DIALECTS, Subject, driver
from dictabelt.http.sigv4 import Signer, sign
from linking import told

FORMS = ("original", "wav", "mp3", "opus", "flac")
QUERIES = ("", "?mix=left", "?mix=mono", "?mix=swap", "?from=100&to=900")
RANGES: tuple[dict[str, str], ...] = (
    {},
    {"range": "bytes=0-1"},
    {"range": "bytes=20000-20999"},
    {"if-none-match": "*"},
)


@pytest.fixture
def app(here: Assembly) -> ASGIApp:
    return here.app


def key_of(here: Assembly) -> str:
    return str(here.ours.recordings["call"].media[0].blob)


Answer = tuple[httpx2.Response, httpx2.Response | None]


async def asked(here: Assembly, client: httpx2.AsyncClient) -> dict[str, Answer]:
    """What every endpoint says that tells of the call or plays it, and what its link gives."""
    subject, answers = Subject.of(here.ours.recordings["call"]), {}
    for route in TELLS:
        drive, proof = driver(route[0].name), holding(route, here.ours)
        told, played, url = await send(client, drive.ask(route[1], subject), proof), None, None
        if drive.status(told) < 400 and not is_audio(told):
            url = told.headers.get("location") or drive.heard(told)
        if url is not None:
            played = await client.get(url, headers=proof)
        answers[name(route)] = told, played
    return answers


def is_audio(it: httpx2.Response) -> bool:
    return it.headers.get("content-type", "").startswith("audio/")


def dialect_of(path: str) -> str | None:
    prefixes = {prefix: it.name for it in DIALECTS for prefix in it.prefixes}
    return next((name for prefix, name in prefixes.items() if path.startswith(prefix)), None)


def refused(it: httpx2.Response) -> bool:
    """In the vendor's own words, without a byte of audio, and without a word that waiting helps."""
    assert not is_audio(it)
    assert "retry-after" not in it.headers
    name = dialect_of(it.request.url.path)
    if name is None:
        return (it.status_code, told(it)["Code"]) == (500, "InternalError")
    drive = driver(name)
    return (drive.status(it), is_refusal(drive, it)) == (500, True)


def refused_both(before: Answer, during: Answer) -> None:
    """Audio is refused, at once or behind its link; what is only told is told as before."""
    if is_audio(before[0]):
        assert refused(during[0])
    elif during[1] is not None:
        assert refused(during[1])
    elif before[1] is not None:
        assert refused(during[0])
    else:
        assert during[0].status_code == before[0].status_code


def served_again(before: Answer, after: Answer) -> None:
    for one, it in zip(before, after, strict=True):
        assert (one is None) == (it is None)
        if one is not None and it is not None:
            assert it.status_code == one.status_code
            assert not is_audio(one) or it.content == one.content


# Where nothing is told but a link: none is made to what is damaged.
ONLY_LINKS = {
    "GET /api/call/signed-recording-url",
    "POST /v1/recordings/{id}/download-url",
    "GET /vault/v1/recordings/{id}/url",
}


async def test_what_is_damaged_is_served_nowhere_until_it_is_whole(
    here: Assembly, client: httpx2.AsyncClient
) -> None:
    before = await asked(here, client)
    playing = {dialect_of(it[0].request.url.path) for it in before.values() if it[1] is not None}
    assert playing | {"laml", "native"} == {it.name for it in DIALECTS}
    async with here.blobs.local(key_of(here)) as path:
        whole = path.read_bytes()
    await here.tamper(key_of(here), flipped)
    assert len(await checked(here)) == 1
    during = await asked(here, client)
    for it in before:
        refused_both(before[it], during[it])
        if it in ONLY_LINKS:
            assert refused(during[it][0])
        elif before[it][0].headers.get("content-type") == "application/json":
            assert during[it][0].json().keys() == before[it][0].json().keys()
    await here.tamper(key_of(here), lambda _: whole)
    assert [type(it).__name__ for it in await checked(here)] == ["Recovery"]
    after = await asked(here, client)
    for it in before:
        served_again(before[it], after[it])


@pytest.mark.parametrize("spoil", [shortened, None], ids=["short", "missing"])
async def test_what_no_check_has_found_yet_is_refused_all_the_same(
    here: Assembly, client: httpx2.AsyncClient, spoil: Spoil | None
) -> None:
    before = await asked(here, client)
    if spoil is None:
        await here.blobs.delete(key_of(here))
    else:
        await here.tamper(key_of(here), spoil)
    during = await asked(here, client)
    for it in before:
        refused_both(before[it], during[it])


@pytest.mark.parametrize("form", FORMS)
async def test_no_form_mix_part_or_picture_of_it_is_served(
    here: Assembly, client: httpx2.AsyncClient, form: str
) -> None:
    it, proof = here.ours.recordings["call"], holding(NATIVE, here.ours)
    await here.tamper(key_of(here), flipped)
    await checked(here)
    base = f"/vault/v1/recordings/{it.id}"
    for query in QUERIES if form in ("wav", "mp3") else ("",):
        for headers in RANGES:
            place = f"{base}/media/{it.media[0].id}/{form}{query}"
            assert refused(await client.get(place, headers={**proof, **headers}))
        assert (await client.head(place, headers=proof)).status_code == 500
    for place in ("/peaks.json", "/peaks.dat"):
        assert refused(await client.get(base + place, headers=proof))
    for headers in RANGES:
        assert refused(await client.get(await link(here, form), headers=headers))
    assert (await client.head(await link(here, form))).status_code == 500


NATIVE = next(it for it in DIALECTS if it.name == "native")


async def link(here: Assembly, form: str) -> str:
    it, ring = here.ours.recordings["call"], here.vault.ring
    name = f"recording.{'wav' if form == 'original' else form}"
    now = await ring.clock()
    signer = Signer(ring.signing(), str(ring.secret(ring.signing(), now)))
    place = f"http://vault.test/media/{it.account}/{it.id}/{it.media[0].id}/{name}"
    return sign(signer, place, expires=600, now=now - timedelta(seconds=1))


async def test_it_says_what_the_owner_must_do(here: Assembly, client: httpx2.AsyncClient) -> None:
    it, proof = here.ours.recordings["call"], holding(NATIVE, here.ours)
    await here.tamper(key_of(here), flipped)
    await checked(here)
    problem = await client.get(f"/vault/v1/recordings/{it.id}/audio.wav", headers=proof)
    assert problem.json()["type"].endswith("#damaged")
    assert "dictabelt check --read-data" in problem.json()["detail"]
    shown = (await client.get(f"/vault/v1/recordings/{it.id}", headers=proof)).json()
    assert [one["damage"] for one in shown["media"]] == ["changed"]
    listed = (await client.get("/vault/v1/recordings", headers=proof)).json()["data"]
    damaged = {one["id"] for one in listed if any(file["damage"] for file in one["media"])}
    assert damaged == {str(it.id)}
