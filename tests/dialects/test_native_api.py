"""The vault's own API, as somebody writes new code for it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import msgspec
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

import dictabelt
import samples
from dialects.telling import SECRET, notice
from dictabelt.core.accounts import Grant
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known, Scope, State
from dictabelt.core.webhook import EventType, Receipt
from dictabelt.dialects.laml import callbacks as laml
from dictabelt.dialects.native import cursors, letters
from gated import settled
from sounds import NOT_AUDIO, chunks, tone
from stocked import House

ALL = "/vault/v1/recordings"
DEMO = Path(dictabelt.__file__).parent / "demo_data"


def key(house: House, which: str = "all") -> dict[str, str]:
    return {"authorization": f"Bearer {house.ours.keys[which]}"}


@pytest.fixture
async def admin(house: House) -> dict[str, str]:
    scopes = frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN})
    issued = await house.vault.accounts.issue_key(house.ours.owner, Grant("admin", scopes))
    return {"authorization": f"Bearer {issued.token}"}


async def test_a_recording_made_by_hand_is_all_that_was_said(
    house: House, client: httpx2.AsyncClient
) -> None:
    said = {
        "call": {
            "name": "4711",
            "direction": "inbound",
            "caller": {
                "number": "+447700900142",
                "country": "GB",
                "contact": {"id": "7", "key": "phonenumber", "value": "+447700900142"},
            },
        },
        "leg": "sip",
        "track": "inbound",
        "price": "0.0025",
        "name": "Visit",
        "metadata": {"case": 7},
        "tags": ["claim", "claim", "urgent"],
        "state": "in_progress",
    }
    answer = await client.post(ALL, json=said, headers=key(house))
    assert answer.status_code == 201, answer.text
    it = answer.json()
    assert (it["state"], it["leg"], it["track"], it["name"]) == (
        "in_progress",
        "sip",
        "inbound",
        "Visit",
    )
    assert it["tags"] == ["claim", "urgent"]
    assert it["call"]["caller"]["number"] == "+447700900142"
    assert it["call"]["caller"]["contact"]["key"] == "phonenumber"
    found = await client.get(ALL, params={"tag": "urgent"}, headers=key(house))
    assert [one["id"] for one in found.json()["data"]] == [it["id"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"nmae": "x"}, "nmae"),
        ({"name": 7}, "name"),
        ({"price": "free"}, "price"),
        ({"tags": [""]}, "tags"),
        ({"tags": "claim"}, "tags"),
        ({"state": "available"}, "state"),
        ({"call": {"direction": "up"}}, "direction"),
        ({"call": {"caller": {}}}, "number"),
        ({"started_at": "2026-03-03"}, "started_at"),
        ({"conference_id": "x"}, "conference_id"),
        ({"status_callback": {"url": "ftp://x"}}, "url"),
        ([], "body"),
    ],
)
async def test_what_cannot_be_is_a_problem_that_names_the_field(
    body: object, field: str, house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.post(ALL, json=body, headers=key(house))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["errors"][0]["field"] == field
    assert problem["instance"] == ALL
    assert ("did you mean name?" in problem["detail"]) == (field == "nmae")


@pytest.mark.parametrize("raw", [b"[" * 30_000, b'"\\ud800"', b"NaN", b"{", b"\xff", b'{"a":1}x'])
async def test_no_body_makes_the_server_fail(
    raw: bytes, house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.post(ALL, content=raw, headers=key(house))
    assert answer.status_code == 400


async def test_a_callback_said_here_is_told_as_laml_tells_it(
    house: House, client: httpx2.AsyncClient
) -> None:
    said = {
        "state": "in_progress",
        "status_callback": {
            "url": "https://app.example.com/told",
            "events": ["in-progress", "completed"],
            "flavour": "twilio",
        },
    }
    id = (await client.post(ALL, json=said, headers=key(house))).json()["id"]
    search = (await house.vault.recordings.newest(house.ours.owner, limit=1))[0]
    assert str(search.id) == id
    told = notice(EventType.COMPLETED, search, dialect="laml", callback=True)
    [address] = laml.callbacks(told.event)
    told = replace(told, delivery=replace(told.delivery, url=address.url, address=address.details))
    assert "X-Twilio-Signature" in laml.letter(told).headers


async def test_audio_goes_in_by_one_request_and_only_once(
    house: House, client: httpx2.AsyncClient
) -> None:
    asked = {"call": "4711", "caller": "+447700900142", "tag": "claim", "name": "call.wav"}
    data = tone(1.3, 777)
    first = await client.post("/vault/v1/uploads", params=asked, content=data, headers=key(house))
    assert first.status_code == 201, first.text
    assert first.headers["location"] == f"{ALL}/{first.json()['id']}"
    assert (first.json()["state"], first.json()["duration_ms"]) == ("available", 1_300)
    again = await client.post("/vault/v1/uploads", content=data, headers=key(house))
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    broken = await client.post("/vault/v1/uploads", content=NOT_AUDIO + b"2", headers=key(house))
    assert (broken.status_code, broken.json()["state"]) == (201, "failed")
    form = {"file": ("call.wav", tone(0.2, 123), "audio/wav")}
    refused = await client.post("/vault/v1/uploads", files=form, headers=key(house))
    assert (refused.status_code, "curl -T" in refused.text) == (400, True)
    empty = await client.post("/vault/v1/uploads", headers=key(house))
    assert empty.status_code == 400


async def test_a_file_more_and_the_media_gone(house: House, client: httpx2.AsyncClient) -> None:
    id = house.ours.recordings["call"].id
    more = await client.put(
        f"{ALL}/{id}/media", params={"name": "b.wav"}, content=tone(0.3, 99), headers=key(house)
    )
    assert [it["name"] for it in more.json()["media"]] == ["call.wav", "b.wav"]
    forms = (await client.get(f"{ALL}/{id}/renditions", headers=key(house))).json()["data"]
    assert len(forms) == 10
    for it in forms:
        await client.get(it["path"], headers=key(house))
        await settled()
        got = await client.get(it["path"], headers=key(house) | {"range": "bytes=0-9"})
        assert (got.status_code, len(got.content)) == (206, 10)
    gone = await client.delete(f"{ALL}/{id}/media", headers=key(house))
    assert (gone.json()["state"], gone.json()["media"]) == ("absent", [])
    assert (await client.get(f"{ALL}/{id}/audio.mp3", headers=key(house))).status_code == 404


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("mulaw-8k-mono.wav", {"original", "wav", "mp3"}),
        ("pcm-8k-stereo.wav", {"original", "wav", "mp3"}),
        ("mp3-16k-mono.mp3", {"original", "wav", "mp3"}),
        ("opus-16k-mono.ogg", {"original", "wav", "mp3", "opus"}),
    ],
)
async def test_sizes_are_told_as_they_will_be(
    name: str, known: set[str], house: House, client: httpx2.AsyncClient
) -> None:
    made = await client.post(
        "/vault/v1/uploads", content=(DEMO / name).read_bytes(), headers=key(house)
    )
    path = f"{ALL}/{made.json()['id']}/renditions"
    forms = (await client.get(path, headers=key(house))).json()["data"]
    assert [it["form"] for it in forms] == ["original", "wav", "mp3", "opus", "flac"]
    assert {it["form"] for it in forms if it["size"] is not None} == known
    for it in forms:
        got = await client.get(it["path"], headers=key(house))
        assert it["size"] in (None, len(got.content))


async def test_an_upload_by_signed_url(house: House, client: httpx2.AsyncClient) -> None:
    id = (await client.post(ALL, json={}, headers=key(house))).json()["id"]
    place = await client.post(
        f"{ALL}/{id}/uploads", json={"content_type": "audio/wav"}, headers=key(house)
    )
    it = place.json()
    put = await client.put(it["url"], content=tone(0.4, 440), headers=it["headers"])
    assert put.status_code == 200
    whole = await client.post(f"{ALL}/{id}/complete", headers=key(house))
    assert (whole.json()["state"], whole.json()["duration_ms"]) == ("available", 400)


async def test_ids_of_every_spelling_find_a_recording(
    house: House, client: httpx2.AsyncClient
) -> None:
    call = house.ours.recordings["call"]
    for spelled in (str(call.id), f"rec_{call.id.hex}", f"RE{call.id.hex}"):
        found = await client.get(ALL, params={"id": spelled}, headers=key(house))
        assert [it["id"] for it in found.json()["data"]] == [str(call.id)]
    assert call.call is not None
    for spelled in ("Ours-call", str(call.call.id), f"CA{call.call.id.hex}"):
        found = await client.get(ALL, params={"call": spelled}, headers=key(house))
        assert [it["id"] for it in found.json()["data"]] == [str(call.id)]
    several = {"state": ["failed", "absent"]}
    found = await client.get(ALL, params=several, headers=key(house))
    assert {it["state"] for it in found.json()["data"]} == {"failed", "absent"}


@pytest.mark.parametrize("text", ["", "x", "AQ", "AA" * 12, "é", "A" * 9_000, "AQ" + "=" * 21])
async def test_a_cursor_that_is_none(text: str, house: House, client: httpx2.AsyncClient) -> None:
    answer = await client.get(ALL, params={"cursor": text}, headers=key(house))
    assert answer.json()["errors"][0]["field"] == "cursor"
    assert cursors.place(cursors.cursor(samples.RECORDING)) == samples.RECORDING


async def test_changes(house: House, client: httpx2.AsyncClient, admin: dict[str, str]) -> None:
    one = f"{ALL}/{house.ours.recordings['call'].id}"
    said = {"name": "Visit", "metadata": {"a": 1}, "tags": ["x"]}
    it = (await client.patch(one, json=said, headers=key(house))).json()
    assert {name: it[name] for name in said} == said
    gone = dict.fromkeys(said)
    it = (await client.patch(one, json=gone, headers=key(house))).json()
    assert (it["name"], it["metadata"], it["tags"]) == (None, None, [])
    assert (await client.patch(one, json={"hold": True}, headers=key(house))).status_code == 403
    assert (await client.patch(one, json={"hold": True}, headers=admin)).json()["hold"] is True
    held = await client.delete(one, headers=key(house))
    assert (held.status_code, held.json()["type"]) == (409, "/docs?api=native#held")
    for wrong in ({}, {"state": "paused", "name": "x"}, {"error_code": "1"}, {"state": "gone"}):
        assert (await client.patch(one, json=wrong, headers=key(house))).status_code == 400


async def test_a_recording_in_progress_is_steered(house: House, client: httpx2.AsyncClient) -> None:
    one = f"{ALL}/{house.ours.recordings['in progress'].id}"
    states = []
    for wanted in ("paused", "in_progress", "stopped"):
        answer = await client.patch(one, json={"state": wanted}, headers=key(house))
        states.append(answer.json()["state"])
    assert states == ["paused", "in_progress", "processing"]
    late = await client.patch(one, json={"state": "paused"}, headers=key(house))
    assert (late.status_code, late.json()["type"]) == (409, "/docs?api=native#not-live")
    said = {"state": "absent", "error_code": "16102"}
    over = await client.patch(one, json=said, headers=key(house))
    assert (over.json()["state"], over.json()["error_code"]) == ("absent", "16102")


async def test_a_link_is_listed_and_taken_back(house: House, client: httpx2.AsyncClient) -> None:
    links = f"{ALL}/{house.ours.recordings['call'].id}/links"
    wanted = {"form": "wav", "expires_in": 60, "note": "for the lawyer"}
    it = (await client.post(links, json=wanted, headers=key(house))).json()
    other = (await client.post(links, json={}, headers=key(house))).json()
    assert (await client.get(it["url"])).status_code == 200
    tampered = it["url"].replace(it["id"], other["id"])
    assert (await client.get(tampered)).status_code == 403
    listed = (await client.get(links, headers=key(house))).json()["data"]
    assert {one["id"] for one in listed} == {it["id"], other["id"]}
    assert "url" not in listed[0]
    assert (await client.delete(f"{links}/{it['id']}", headers=key(house))).status_code == 204
    refused = await client.get(it["url"])
    assert (refused.status_code, "revoked" in refused.text) == (403, True)
    assert (await client.get(other["url"])).status_code == 200
    assert (await client.delete(f"{links}/{uuid4()}", headers=key(house))).status_code == 404


async def test_words_are_asked_for_and_written(house: House, client: httpx2.AsyncClient) -> None:
    words = f"{ALL}/{house.ours.recordings['call'].id}/transcriptions"
    asked = await client.post(words, json={"locale": "en-GB"}, headers=key(house))
    assert (asked.status_code, asked.json()["state"]) == (202, "accepted")
    segments = [{"start_ms": 0, "end_ms": 900, "text": "Hello?", "channel": 1}]
    said = {"locale": "en-GB", "segments": segments, "price": "0.01"}
    one = f"{words}/{asked.json()['id']}"
    done = (await client.put(one, json=said, headers=key(house))).json()
    assert (done["id"], done["state"], done["text"]) == (asked.json()["id"], "available", "Hello?")
    backwards = [{"start_ms": 9, "end_ms": 1, "text": "x"}]
    wrong = {"locale": "en-GB", "segments": backwards}
    assert (await client.put(one, json=wrong, headers=key(house))).status_code == 400
    listed = (await client.get("/vault/v1/transcriptions", headers=key(house))).json()["data"]
    assert [it["id"] for it in listed] == [done["id"]]
    gone = f"/vault/v1/transcriptions/{done['id']}"
    assert (await client.delete(gone, headers=key(house))).status_code == 204
    assert (await client.get(gone, headers=key(house))).status_code == 404


async def test_the_account_and_its_keys_are_the_administrators(
    house: House, client: httpx2.AsyncClient, admin: dict[str, str]
) -> None:
    for method, path in (
        ("GET", "/vault/v1/keys"),
        ("POST", "/vault/v1/keys"),
        ("PATCH", "/vault/v1/account"),
        ("GET", "/vault/v1/account/signing-key"),
    ):
        refused = await client.request(method, path, json={}, headers=key(house))
        assert refused.status_code == 403, path
    said = {"name": "importer", "scopes": ["recordings:write"], "dialect": "native"}
    made = (await client.post("/vault/v1/keys", json=said, headers=admin)).json()
    listed = await client.get("/vault/v1/keys", headers=admin)
    assert made["id"] in [it["id"] for it in listed.json()["data"]]
    assert made["token"] not in listed.text
    own = {"authorization": f"Bearer {made['token']}"}
    assert (await client.post(ALL, json={}, headers=own)).status_code == 201
    assert (await client.delete(f"/vault/v1/keys/{made['id']}", headers=admin)).status_code == 204
    assert (await client.post(ALL, json={}, headers=own)).status_code == 401
    changed = await client.patch("/vault/v1/account", json={"link_seconds": 60}, headers=admin)
    assert changed.json()["link_seconds"] == 60
    reset = await client.patch("/vault/v1/account", json={"link_seconds": 0}, headers=admin)
    assert reset.json()["link_seconds"] is None


async def test_webhooks_of_every_dialect_hide_what_is_secret(
    house: House, client: httpx2.AsyncClient
) -> None:
    hooks = "/vault/v1/webhooks"
    said = {
        "url": "https://app.example.com/told",
        "dialect": "subverse",
        "headers": {"x-token": "s3cret"},
    }
    made = (await client.post(hooks, json=said, headers=key(house))).json()
    assert (made["headers"], made["events"]) == (["x-token"], ["*"])
    one = f"{hooks}/{made['id']}"
    for answer in (
        await client.get(hooks, headers=key(house)),
        await client.get(one, headers=key(house)),
        await client.patch(one, json={"enabled": False}, headers=key(house)),
    ):
        assert "s3cret" not in answer.text
        assert made["secret"] not in answer.text
    assert (await client.get(one, headers=key(house))).json()["enabled"] is False
    for wrong in (
        {"url": "https://x.example", "dialect": "relay"},
        {"url": "https://x.example", "events": ["recording.lost"]},
        {"url": "https://x y"},
        {"url": "https://x.example", "headers": {"a": "b\r\nc: d"}},
    ):
        assert (await client.post(hooks, json=wrong, headers=key(house))).status_code == 400
    assert (await client.delete(one, headers=key(house))).status_code == 204


async def test_events_are_listed_with_what_came_of_them(
    house: House, client: httpx2.AsyncClient
) -> None:
    upload = Upload(chunks(tone(0.2, 321)))
    it = (await house.vault.ingest.add(house.ours.owner, upload, Known())).recording
    asked = {"type": "recording.completed", "recording": f"rec_{it.id.hex}"}
    page = (await client.get("/vault/v1/events", params=asked, headers=key(house))).json()
    [event] = page["data"]
    assert event["recording"]["state"] == State.AVAILABLE.value
    one = f"/vault/v1/events/{event['id']}"
    assert (await client.get(one, headers=key(house))).json()["deliveries"] == []
    assert (await client.post(f"{one}/resend", headers=key(house))).status_code == 202
    theirs = {"authorization": f"Bearer {house.theirs.keys['all']}"}
    assert (await client.get(one, headers=theirs)).status_code == 404


def test_letters_are_what_standard_webhooks_verifies() -> None:
    told = notice(EventType.COMPLETED, samples.recording(), dialect="native")
    letter = letters.letter(told)
    body: dict[str, Any] = msgspec.json.decode(letter.body)
    assert (body["type"], body["data"]["recording"]["id"]) == (
        "recording.completed",
        str(samples.RECORDING),
    )
    signed = Webhook(SECRET).sign(letter.headers["webhook-id"], told.now, letter.body.decode())
    assert letter.headers["webhook-signature"] == signed
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(SECRET).verify(letter.body, dict(letter.headers))


def test_ten_attempts_are_made_within_about_three_days() -> None:
    told = notice(EventType.COMPLETED, samples.recording(), dialect="native")
    schedule = letters.schedule(told.delivery)
    assert len(schedule.pauses) == 9
    assert sum(schedule.pauses, timedelta()) < timedelta(days=4)
    assert schedule.hopeless(Receipt(410))
    assert not schedule.hopeless(Receipt(404))
