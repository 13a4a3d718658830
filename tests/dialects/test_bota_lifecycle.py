"""Bota's whole life of a recording, as a client of the vendor goes through it."""

import asyncio
import hmac
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import md5, sha256
from typing import Any

import httpx2
import msgspec
import pytest

import samples
from dialects.telling import RECEIVER, SECRET, notice
from dictabelt.core.accounts import AccountChanges
from dictabelt.core.transcriptions import Spoken
from dictabelt.core.webhook import EventType
from dictabelt.dialects.bota import events
from sounds import PICTURE, tone
from stocked import House

BASE = "/v1/recordings"


def key(house: House, which: str = "all") -> dict[str, str]:
    return {"authorization": f"Bearer {house.ours.keys[which]}"}


async def made(client: httpx2.AsyncClient, house: House, **more: Any) -> dict[str, Any]:
    answer = await client.post(BASE, json={"end_user_id": "eu_1", **more}, headers=key(house))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def place(client: httpx2.AsyncClient, house: House, id: str, **more: Any) -> dict[str, Any]:
    wanted = {"type": "audio", "content_type": "audio/wav", **more}
    answer = await client.post(f"{BASE}/{id}/upload-url", json=wanted, headers=key(house))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def done(client: httpx2.AsyncClient, house: House, id: str) -> httpx2.Response:
    return await client.post(f"{BASE}/{id}/upload-complete", headers=key(house))


async def test_a_new_recording_has_every_field_and_waits(
    house: House, client: httpx2.AsyncClient
) -> None:
    it = await made(
        client,
        house,
        device_id="dev_1",
        name="Visit",
        started_at="2026-03-03T10:14:07+01:00",
        metadata={"case": 7},
        unknown="passed over",
    )
    assert list(it) == [
        *("id", "device_id", "end_user_id", "name", "status", "duration_ms", "started_at"),
        *("ended_at", "transcription_id", "media", "metadata", "created_at"),
    ]
    assert (it["status"], it["duration_ms"], it["media"]) == ("pending", None, [])
    assert (it["started_at"], it["metadata"]) == ("2026-03-03T09:14:07Z", {"case": 7})
    got = await client.get(f"{BASE}/{it['id']}", headers=key(house))
    assert got.json() == it


async def test_from_nothing_to_a_download_and_gone(
    house: House, client: httpx2.AsyncClient
) -> None:
    id, data = (await made(client, house))["id"], tone(1.2, 440, 660)
    sound = await place(client, house, id)
    picture = await place(client, house, id, type="image", content_type="image/png")
    assert sound["headers"] == {"Content-Type": "audio/wav"}
    for it, content in ((sound, data), (picture, PICTURE)):
        put = await client.put(it["upload_url"], content=content, headers=it["headers"])
        assert put.status_code == 200, put.text
    whole = (await done(client, house, id)).json()
    assert (whole["status"], whole["duration_ms"]) == ("uploaded", 1_200)
    assert [(it["type"], it["status"]) for it in whole["media"]] == [
        ("audio", "uploaded"),
        ("image", "uploaded"),
    ]
    later = (await client.get(f"{BASE}/{id}/download-url", headers=key(house))).json()
    assert (later["expires_in"], later["file_size_bytes"]) == (3600, len(data))
    assert (await client.get(later["download_url"])).content == data
    gone = await client.delete(f"{BASE}/{id}", headers=key(house))
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await client.get(later["download_url"])).status_code == 404


async def test_transcribed_is_completed_and_found_by_it(
    house: House, client: httpx2.AsyncClient
) -> None:
    call = house.ours.recordings["call"]
    words = await house.vault.transcriptions.write(
        house.ours.owner, call.id, Spoken("en-GB", text="Hello")
    )
    asked = await client.get(BASE, params={"status": "completed"}, headers=key(house))
    [it] = asked.json()["data"]
    assert (it["id"], it["transcription_id"]) == (f"rec_{call.id.hex}", f"txn_{words.id.hex}")
    others = await client.get(BASE, params={"status": "uploaded"}, headers=key(house))
    assert it["id"] not in [one["id"] for one in others.json()["data"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "end_user_id"),
        ({"end_user_id": 7}, "end_user_id"),
        ({"end_user_id": " "}, "end_user_id"),
        ({"end_user_id": "eu", "started_at": "yesterday"}, "started_at"),
        ({"end_user_id": "eu", "metadata": []}, "metadata"),
        ([], "body"),
    ],
)
async def test_a_recording_that_cannot_be_is_refused_by_field(
    body: object, field: str, house: House, client: httpx2.AsyncClient
) -> None:
    answer = await client.post(BASE, json=body, headers=key(house))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
    assert answer.json()["error"]["details"]["field"] == field


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "audio/mpeg"}, 403, "SignatureDoesNotMatch"),
        ({"Content-MD5": b64encode(md5(b"other").digest()).decode()}, 400, "BadDigest"),
        ({"x-amz-checksum-sha256": b64encode(bytes(32)).decode()}, 400, "BadDigest"),
        ({"x-amz-content-sha256": "0" * 64}, 400, "BadDigest"),
        ({"Content-MD5": "???"}, 400, "BadDigest"),
    ],
)
async def test_bytes_other_than_announced_are_refused_as_s3_refuses_them(
    headers: dict[str, str], status: int, code: str, house: House, client: httpx2.AsyncClient
) -> None:
    id = (await made(client, house))["id"]
    it = await place(client, house, id)
    put = await client.put(
        it["upload_url"], content=tone(0.2, 440), headers={**it["headers"], **headers}
    )
    assert put.status_code == status
    assert f"<Code>{code}</Code>" in put.text
    assert (await done(client, house, id)).status_code == 409


async def test_right_checksums_are_taken(house: House, client: httpx2.AsyncClient) -> None:
    id, data = (await made(client, house))["id"], tone(0.2, 440)
    it = await place(client, house, id, file_size_bytes=len(data))
    sums = {
        "Content-MD5": b64encode(md5(data).digest()).decode(),
        "x-amz-checksum-sha256": b64encode(sha256(data).digest()).decode(),
    }
    put = await client.put(it["upload_url"], content=data, headers={**it["headers"], **sums})
    assert (put.status_code, put.headers["etag"]) == (200, f'"{sha256(data).hexdigest()}"')
    short = await client.put(it["upload_url"], content=data[:-2], headers=it["headers"])
    assert short.status_code == 400


async def test_a_link_for_one_way_does_not_lead_the_other(
    house: House, client: httpx2.AsyncClient
) -> None:
    id = (await made(client, house))["id"]
    it = await place(client, house, id)
    assert (await client.get(it["upload_url"])).status_code == 403
    await client.put(it["upload_url"], content=tone(0.2, 440), headers=it["headers"])
    await done(client, house, id)
    down = (await client.get(f"{BASE}/{id}/download-url", headers=key(house))).json()
    put = await client.put(down["download_url"], content=b"x", headers=it["headers"])
    assert put.status_code == 403
    late = await client.put(it["upload_url"], content=tone(0.3, 440), headers=it["headers"])
    assert (late.status_code, "OperationAborted" in late.text) == (409, True)


async def test_the_same_key_gives_the_first_answer_byte_for_byte(
    house: House, client: httpx2.AsyncClient
) -> None:
    wanted, proof = {"end_user_id": "eu_1"}, key(house) | {"idempotency-key": "order-1"}
    answers = await asyncio.gather(
        *(client.post(BASE, json=wanted, headers=proof) for _ in range(20))
    )
    assert {(it.status_code, it.content) for it in answers} == {(201, answers[0].content)}
    listed = await client.get(BASE, params={"end_user_id": "eu_1"}, headers=key(house))
    assert len(listed.json()["data"]) == 1
    other = await client.post(BASE, json={"end_user_id": "eu_2"}, headers=proof)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    bad = await client.post(BASE, json=wanted, headers=proof | {"idempotency-key": "a b"})
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "invalid_request")


async def test_a_device_uploads_and_reads_nothing(house: House, client: httpx2.AsyncClient) -> None:
    user = {"end_user_id": "eu_7"}
    bound = await client.post("/v1/devices/dev_1/bind", json=user, headers=key(house))
    again = await client.post("/v1/devices/dev_1/bind", json=user, headers=key(house))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "device_already_bound")
    own = {"authorization": f"Bearer {bound.json()['device_token']}"}
    it = (await client.post(BASE, json={"end_user_id": "eu_other"}, headers=own)).json()
    assert (it["device_id"], it["end_user_id"]) == ("dev_1", "eu_7")
    for method, path in (
        ("GET", BASE),
        ("GET", f"{BASE}/{it['id']}"),
        ("DELETE", f"{BASE}/{it['id']}"),
        ("GET", f"{BASE}/{it['id']}/download-url"),
        ("GET", "/v1/webhooks"),
    ):
        assert (await client.request(method, path, headers=own)).status_code == 403, path
    foreign = (await made(client, house, device_id="dev_2"))["id"]
    url = f"{BASE}/{foreign}/upload-url"
    assert (await client.post(url, json={"type": "audio"}, headers=own)).status_code == 404
    beat = await client.post("/v1/devices/dev_1/heartbeat", headers=own)
    assert beat.json()["status"] == "online"
    renewed = await client.post("/v1/devices/dev_1/token/refresh", headers=own)
    fresh = {"authorization": f"Bearer {renewed.json()['device_token']}"}
    assert (await client.post(BASE, json={}, headers=own)).status_code == 401
    assert (await client.post(BASE, json={}, headers=fresh)).status_code == 201
    assert (await client.post("/v1/devices/dev_1/unbind", headers=key(house))).status_code == 200
    assert (await client.post(BASE, json={}, headers=fresh)).status_code == 401


async def test_limits_are_told_on_every_answer_and_refuse_beyond(
    house: House, client: httpx2.AsyncClient
) -> None:
    few = AccountChanges(requests_a_minute=3, upload_urls_a_minute=1)
    await house.vault.accounts.change(house.ours.owner, few)
    left = []
    for _ in range(4):
        answer = await client.get(BASE, headers=key(house))
        left.append((answer.status_code, answer.headers["x-ratelimit-remaining"]))
    assert left == [(200, "2"), (200, "1"), (200, "0"), (429, "0")]
    assert answer.json()["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    nobody = await client.get(BASE)
    assert (nobody.status_code, nobody.headers["x-ratelimit-limit"]) == (401, "100")
    url = f"{BASE}/rec_{'0' * 32}/upload-url"
    codes = [
        (await client.post(url, json={"type": "audio"}, headers=key(house))).status_code
        for _ in range(2)
    ]
    assert codes == [404, 429]


@pytest.mark.parametrize("path", ["/v1/webhooks", "/v1/webhook-endpoints"])
async def test_a_webhooks_secret_is_shown_once(
    path: str, house: House, client: httpx2.AsyncClient
) -> None:
    wanted = {"url": "https://app.example.com/told", "events": ["recording.uploaded"]}
    answer = await client.post(path, json=wanted, headers=key(house))
    assert answer.status_code == 201
    secret = answer.json()["secret"]
    listed = await client.get(path, headers=key(house))
    assert [it["id"] for it in listed.json()["data"]] == [answer.json()["id"]]
    assert secret not in listed.text
    one = f"{path}/{answer.json()['id']}"
    assert secret not in (await client.get(one, headers=key(house))).text
    assert (await client.delete(one, headers=key(house))).status_code == 204
    assert (await client.get(one, headers=key(house))).status_code == 404


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As the vendor's page tells receivers to check: hex HMAC-SHA256 of timestamp, dot, body."""
    scheme, _, given = headers["x-bota-signature"].partition("=")
    signed = headers["x-bota-timestamp"].encode() + b"." + body
    right = hmac.new(secret.encode(), signed, sha256).hexdigest()
    return scheme == "v1" and hmac.compare_digest(given, right)


def test_letters_are_signed_at_the_attempt_and_speak_the_events_own_units() -> None:
    told = notice(EventType.COMPLETED, samples.recording(), dialect="bota")
    letter = events.letter(told)
    assert letter.url == RECEIVER
    assert verified(SECRET, dict(letter.headers), letter.body)
    assert not verified(SECRET, dict(letter.headers), letter.body + b" ")
    assert letter.headers["x-bota-timestamp"] == str(int(samples.ISSUED.timestamp()))
    body = msgspec.json.decode(letter.body)
    assert list(body) == ["id", "type", "created_at", "data"]
    assert letter.headers["x-bota-event-id"] == body["id"]
    assert (body["type"], body["data"]["status"]) == ("recording.uploaded", "uploaded")
    assert body["data"]["duration_seconds"] == 29.999
    made = events.envelope(notice(EventType.CREATED, samples.recording(), dialect="bota"))
    assert isinstance(made["data"], dict)
    assert made["data"]["status"] == "created"
    gone = replace(samples.recording(), deleted_at=samples.UPDATED)
    data = events.envelope(notice(EventType.DELETED, gone, dialect="bota"))["data"]
    assert isinstance(data, dict)
    assert data["deleted_at"] == "2026-03-04T23:59:59Z"


def test_six_attempts_are_made() -> None:
    told = notice(EventType.COMPLETED, samples.recording(), dialect="bota")
    schedule = events.schedule(told.delivery)
    assert schedule.pauses == tuple(timedelta(minutes=it) for it in (1, 5, 30, 120, 480))
    assert schedule.patience.total == timedelta(seconds=30)
    assert [schedule.acknowledges(it) for it in (200, 299, 302, 404, 500)] == [
        True,
        True,
        False,
        False,
        False,
    ]
