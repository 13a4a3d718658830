"""One recording, five shapes: the same sound, the same facts, wherever it is asked for."""

from uuid import uuid4

import httpx2
import pytest

from dialects.asking import (
    TELLS,
    Route,
    comparable,
    every_dialect,
    every_preflight,
    every_tell,
    holding,
    name,
    send,
)
from dialects.driver import DIALECTS, Subject, driver, reading
from dictabelt.core.media import Kind
from dictabelt.http.dialect import Dialect
from hearing import heard
from stocked import House

PLAYABLE = ("call", "sip", "conference", "visit")


async def told(
    client: httpx2.AsyncClient, house: House, *, dialect: Dialect, which: str
) -> httpx2.Response:
    """How the dialect tells of one of our recordings."""
    ask = driver(dialect.name).ask(reading(dialect), Subject.of(house.ours.recordings[which]))
    return await send(client, ask, holding(dialect, house.ours))


@pytest.mark.parametrize("which", PLAYABLE)
async def test_every_dialect_gives_the_same_sound(
    which: str, house: House, client: httpx2.AsyncClient
) -> None:
    recording = house.ours.recordings[which]
    assert recording.duration_ms is not None
    for dialect in DIALECTS:
        url = driver(dialect.name).heard(await told(client, house, dialect=dialect, which=which))
        assert url is not None
        sound = heard((await client.get(url)).content)
        assert sound.seconds == pytest.approx(recording.duration_ms / 1000, abs=0.05), dialect.name
        assert sound.channels == recording.channels, dialect.name


@pytest.mark.parametrize("which", PLAYABLE)
async def test_every_dialect_tells_the_same_facts(
    which: str, house: House, client: httpx2.AsyncClient
) -> None:
    recording = house.ours.recordings[which]
    assert recording.duration_ms is not None
    right = {
        "seconds": recording.duration_ms // 1000,
        "stereo": recording.channels == 2,
        "created": recording.created_at.replace(microsecond=0),
    }
    tellers = 0
    for dialect in DIALECTS:
        answer = await told(client, house, dialect=dialect, which=which)
        facts = driver(dialect.name).facts(answer.json())
        assert facts == {key: right[key] for key in facts}, dialect.name
        tellers += bool(facts)
    assert tellers >= 3


@every_dialect
async def test_of_several_media_the_first_audio_speaks_for_the_recording(
    dialect: Dialect, house: House, client: httpx2.AsyncClient
) -> None:
    visit = house.ours.recordings["visit"]
    assert [it.kind for it in visit.media] == [Kind.AUDIO, Kind.AUDIO, Kind.IMAGE]
    url = driver(dialect.name).heard(await told(client, house, dialect=dialect, which="visit"))
    assert url is not None
    assert heard((await client.get(url)).content).seconds == pytest.approx(1.6, abs=0.05)


@every_tell
async def test_ranges_and_head_agree_with_the_whole_wherever_media_is_served(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, proof = driver(route[0].name), holding(route, house.ours)
    answer = await send(
        client, drive.ask(route[1], Subject.of(house.ours.recordings["call"])), proof
    )
    if answer.headers.get("content-type", "").startswith("audio/"):
        url = str(answer.url)
    else:
        url = answer.headers.get("location") or str(drive.heard(answer))
    whole = await client.get(url, headers=proof)
    assert whole.status_code == 200
    some = proof | {"range": "bytes=1000-1999"}
    part, head = await client.get(url, headers=some), await client.head(url, headers=some)
    assert (part.status_code, part.content) == (206, whole.content[1000:2000])
    assert (head.status_code, head.content) == (206, b"")
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(whole.content)}"
    same = ("content-type", "etag", "content-range", "content-length", "last-modified")
    assert {it: head.headers[it] for it in same} == {it: part.headers[it] for it in same}
    assert part.headers["etag"] == whole.headers["etag"]
    unchanged = proof | {"if-none-match": whole.headers["etag"]}
    assert (await client.get(url, headers=unchanged)).status_code == 304


async def test_the_same_rendition_is_the_same_bytes_in_every_dialect(
    house: House, client: httpx2.AsyncClient
) -> None:
    tags: dict[str, set[str]] = {}
    for route in TELLS:
        drive, proof = driver(route[0].name), holding(route, house.ours)
        ask = drive.ask(route[1], Subject.of(house.ours.recordings["call"]))
        answer = await send(client, ask, proof)
        if not answer.headers.get("content-type", "").startswith("audio/"):
            url = answer.headers.get("location") or drive.heard(answer)
            answer = await client.get(str(url), headers=proof)
        kind = answer.headers["content-type"].replace("x-wav", "wav")
        tags.setdefault(kind, set()).add(answer.headers["etag"])
    assert {kind: len(found) for kind, found in tags.items()} == {"audio/wav": 1, "audio/mpeg": 1}


@pytest.mark.parametrize("dialect", DIALECTS, ids=name)
async def test_a_link_dies_with_its_recording(
    dialect: Dialect, house: House, client: httpx2.AsyncClient
) -> None:
    url = driver(dialect.name).heard(await told(client, house, dialect=dialect, which="call"))
    assert url is not None
    assert (await client.get(url)).status_code == 200
    await house.vault.recordings.delete(house.ours.owner, house.ours.recordings["call"].id)
    assert (await client.get(url)).status_code == 404


@every_preflight
async def test_a_preflight_lets_every_player_in_and_tells_nothing(
    route: Route, house: House, client: httpx2.AsyncClient
) -> None:
    drive, asking = driver(route[0].name), {"origin": "https://player.example"}
    subjects = Subject.of(house.theirs.recordings["call"]), Subject.unknown(uuid4())
    answers = [await send(client, drive.ask(route[1], it), asking) for it in subjects]
    assert answers[0].status_code == 204
    assert answers[0].headers["access-control-allow-origin"] == "*"
    assert "Range" in answers[0].headers["access-control-allow-headers"]
    assert comparable(answers[0]) == comparable(answers[1])
