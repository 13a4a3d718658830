"""Bird's transcriptions: asked for, listed, read as metadata and in four formats."""

from uuid import UUID, uuid4

import httpx2
import pytest

from dialects.bird_client import CONFLICT, DENIED, INVALID, MISSING, Bird, refused
from dictabelt.core.ids import TranscriptionId
from dictabelt.core.transcript import Segment, Transcription
from dictabelt.core.transcriptions import Spoken
from stocked import House

ALL = "/transcriptions"
SAID = Spoken(
    locale="en-GB",
    segments=(
        Segment(400, 1_900, "Harbour Clinic.", channel=2, speaker="Clinic"),
        Segment(2_100, 3_000, "Good <morning>."),
    ),
    summary="A greeting.",
)
FORMATS = {
    "json": "application/json",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
every_format = pytest.mark.parametrize("format", FORMATS)


@pytest.fixture
def bird(house: House, client: httpx2.AsyncClient) -> Bird:
    return Bird(client, house.ours)


@pytest.fixture
async def spoken(house: House) -> Transcription:
    """Of our call, finished."""
    call = house.ours.recordings["call"]
    return await house.vault.transcriptions.write(house.ours.owner, call.id, SAID)


def of(house: House, which: str = "call") -> str:
    return f"/recordings/{house.ours.recordings[which].id}/transcriptions"


async def test_one_that_is_asked_for_is_accepted(bird: Bird, house: House) -> None:
    answer = await bird.ask("POST", of(house), json={"locale": "nl-NL"})
    told = answer.json()
    assert answer.status_code == 202
    assert list(told.items()) == [
        ("id", told["id"]),
        ("recordingId", str(house.ours.recordings["call"].id)),
        ("status", "accepted"),
        ("stereo", True),
        ("locale", "nl-NL"),
        ("createdAt", told["createdAt"]),
        ("updatedAt", told["createdAt"]),
    ]
    assert await bird.told(f"{ALL}/{told['id']}") == told
    recording = await bird.told(f"/recordings/{told['recordingId']}")
    assert recording["transcription"] is True


async def test_it_becomes_available_once_somebody_has_written_it(bird: Bird, house: House) -> None:
    asked = (await bird.ask("POST", of(house), json={"locale": "en-GB"})).json()
    id, call = TranscriptionId(UUID(asked["id"])), house.ours.recordings["call"]
    for format in FORMATS:
        assert refused(await bird.ask("GET", f"{ALL}/{id}.{format}")) == MISSING
    await house.vault.transcriptions.write(house.ours.owner, call.id, SAID, id=id)
    told = await bird.told(f"{ALL}/{id}")
    assert (told["status"], told["summary"]) == ("available", "A greeting.")
    assert (await bird.ask("GET", f"{ALL}/{id}.txt")).status_code == 200


async def test_the_one_that_there_is_is_given_again(bird: Bird, spoken: Transcription) -> None:
    path = f"/recordings/{spoken.recording}/transcriptions"
    again = await bird.ask("POST", path, json={"locale": "en-GB"})
    assert (again.status_code, again.json()["id"]) == (202, str(spoken.id))
    other = await bird.ask("POST", path, json={"locale": "fr-FR"})
    assert other.json()["id"] != str(spoken.id)


async def test_without_a_locale_it_is_the_vendors(bird: Bird, house: House) -> None:
    first = await bird.ask("POST", of(house))
    again = await bird.ask("POST", of(house), json={"recordingId": str(uuid4())})
    assert (first.json()["locale"], again.json()["id"]) == ("en-US", first.json()["id"])


@pytest.mark.parametrize("which", ["failed", "in progress", "absent"])
async def test_what_nobody_can_hear_is_not_transcribed(
    bird: Bird, house: House, which: str
) -> None:
    assert refused(await bird.ask("POST", of(house, which))) == CONFLICT


async def test_one_that_failed_says_so_and_has_no_content(bird: Bird, house: House) -> None:
    call = house.ours.recordings["call"]
    failed = await house.vault.transcriptions.write(
        house.ours.owner, call.id, Spoken(locale="en-GB", error="nobody spoke")
    )
    assert (await bird.told(f"{ALL}/{failed.id}"))["status"] == "failed"
    assert refused(await bird.ask("GET", f"{ALL}/{failed.id}.json")) == MISSING


@every_format
async def test_what_was_said_comes_by_suffix_and_by_parameter(
    bird: Bird, spoken: Transcription, format: str
) -> None:
    suffix = await bird.ask("GET", f"{ALL}/{spoken.id}.{format}")
    parameter = await bird.ask("GET", f"{ALL}/{spoken.id}", {"format": format})
    assert suffix.status_code == parameter.status_code == 200
    assert suffix.content == parameter.content
    for answer in (suffix, parameter):
        assert answer.headers["content-type"] == FORMATS[format]
        assert answer.headers["cache-control"] == "no-store"
    head = await bird.ask("HEAD", f"{ALL}/{spoken.id}.{format}")
    assert head.headers["content-length"] == suffix.headers["content-length"]


async def test_each_format_says_the_same(bird: Bird, spoken: Transcription) -> None:
    said = {it: await bird.ask("GET", f"{ALL}/{spoken.id}.{it}") for it in FORMATS}
    assert said["txt"].text == "Harbour Clinic. Good <morning>.\n"
    assert said["srt"].text.startswith("1\n00:00:00,400 --> 00:00:01,900\nClinic: Harbour Clinic.")
    assert said["vtt"].text.startswith("WEBVTT\n\n00:00:00.400 --> 00:00:01.900\n<v Clinic>")
    assert said["json"].json() == {
        "id": str(spoken.id),
        "recordingId": str(spoken.recording),
        "locale": "en-GB",
        "text": "Harbour Clinic. Good <morning>.",
        "segments": [
            {
                "startMs": 400,
                "endMs": 1_900,
                "text": "Harbour Clinic.",
                "channel": 2,
                "speaker": "Clinic",
            },
            {"startMs": 2_100, "endMs": 3_000, "text": "Good <morning>."},
        ],
    }


async def test_a_list_goes_through_ours_newest_first(
    bird: Bird, house: House, spoken: Transcription
) -> None:
    theirs = house.theirs.recordings["call"]
    await house.vault.transcriptions.write(house.theirs.owner, theirs.id, SAID)
    sip = house.ours.recordings["sip"]
    made = [spoken]
    for locale in ("fr-FR", "nl-NL"):
        request = house.vault.transcriptions.request(house.ours.owner, sip.id, locale)
        made.append(await request)
    first = await bird.told(ALL, {"limit": "2"})
    assert [it["id"] for it in first["results"]] == [str(made[2].id), str(made[1].id)]
    last = await bird.told(ALL, {"limit": "2", "pageToken": first["nextPageToken"]})
    assert [it["id"] for it in last["results"]] == [str(spoken.id)]
    assert list(last) == ["results"]
    assert last["results"][0] == await bird.told(f"{ALL}/{spoken.id}")


async def test_an_empty_list_is_a_list(bird: Bird) -> None:
    assert await bird.told(ALL) == {"results": []}


async def test_what_is_foreign_unknown_or_gone_is_missing(
    bird: Bird, house: House, spoken: Transcription
) -> None:
    call = house.theirs.recordings["call"]
    theirs = await house.vault.transcriptions.write(house.theirs.owner, call.id, SAID)
    await house.vault.transcriptions.delete(house.ours.owner, spoken.id)
    for suffix in ("", ".json", ".srt", ".vtt", ".txt", "?format=vtt"):
        ids = (theirs.id, spoken.id, uuid4())
        answers = [await bird.ask("GET", f"{ALL}/{it}{suffix}") for it in ids]
        assert {refused(it) for it in answers} == {MISSING}
        assert {it.json()["message"] for it in answers} == {"Transcription not found"}


async def test_what_is_not_as_it_should_be_is_invalid(
    bird: Bird, house: House, spoken: Transcription
) -> None:
    for path in (f"{ALL}/x", f"{ALL}/x.srt", f"{ALL}/{spoken.id}.doc", f"{ALL}/%00.vtt"):
        assert refused(await bird.ask("GET", path)) == INVALID
    for format in ("", "SRT", "doc", "x" * 9_000, "\x00"):
        answer = await bird.ask("GET", f"{ALL}/{spoken.id}", {"format": format})
        assert refused(answer) == INVALID
    for name, value in (("limit", "100"), ("limit", ""), ("pageToken", "WzE3M")):
        assert refused(await bird.ask("GET", ALL, {name: value})) == INVALID
    for body in (b"[", b'{"locale": "xx"}', b'{"locale": 1}', b"[" * 10_000, b"x" * 70_000):
        assert refused(await bird.ask("POST", of(house), content=body)) == INVALID


async def test_reading_and_asking_need_their_scopes(
    house: House, client: httpx2.AsyncClient, spoken: Transcription
) -> None:
    reader, writer = (Bird(client, house.ours, it) for it in ("read", "write"))
    assert refused(await reader.ask("POST", of(house))) == DENIED
    for path in (ALL, f"{ALL}/{spoken.id}", f"{ALL}/{spoken.id}.srt"):
        assert refused(await writer.ask("GET", path)) == DENIED
        assert (await reader.ask("GET", path)).status_code == 200
