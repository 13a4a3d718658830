"""Bird's webhooks from the change of a recording to a receiver that checks the signature."""

import asyncio
import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2

from dialects.bird_client import Bird
from dictabelt.app import working
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known, Recording, State
from dictabelt.settings import load
from jobs.receivers import FINE, Receiver, Script, answering, receiving
from sounds import chunks, tone
from stocked import House

KEY = "KeV+/HGoIQrxuE5Y"
PATIENCE = 30


def queueing(arrived: asyncio.Queue[bytes]) -> Script:
    """Takes every request, and hands it on."""

    async def script(
        _receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # two letters may be read at once: each connection's request is kept apart
        mine = Receiver()
        await answering(FINE)(mine, reader, writer)
        arrived.put_nowait(mine.requests[-1])

    return script


def opened(request: bytes, url: str) -> dict[str, Any]:
    """The envelope, once the signature is that of this URL and of the bytes that came."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [it.partition(": ") for it in head.decode().split("\r\n")[1:]]
    headers = {name.lower(): value for name, _, value in lines}
    signed = b"\n".join(
        (
            headers["messagebird-request-timestamp"].encode(),
            url.encode(),
            hashlib.sha256(body).digest(),
        )
    )
    made = hmac.new(KEY.encode(), signed, hashlib.sha256).digest()
    assert hmac.compare_digest(b64decode(headers["messagebird-signature"]), made)
    found: dict[str, Any] = json.loads(body)
    return found


def subscription(url: str, channel: UUID) -> dict[str, object]:
    """To what is paused or available on the channel."""
    conditions = (("channelId", str(channel)), ("status", "paused"), ("status", "available"))
    return {
        "service": "channels",
        "event": "voice.recording",
        "url": url,
        "signingKey": KEY,
        "eventFilters": [{"key": key, "value": value} for key, value in conditions],
    }


async def recorded(house: House, channel: UUID) -> Recording:
    """Begun, paused, resumed, stopped and there; and another beside it on another channel."""
    ingest, live, owner = house.vault.ingest, house.vault.live, house.ours.owner
    it = await ingest.begin(owner, Known(call_id="told", channel=channel), State.IN_PROGRESS)
    await ingest.begin(owner, Known(call_id="untold", channel=uuid4()), State.PAUSED)
    for state in (State.PAUSED, State.IN_PROGRESS, State.PROCESSING):
        await live.steer(owner, it.id, state)
    return await ingest.attach(owner, it.id, Upload(chunks(tone(0.5, 777)), name="told.wav"))


async def test_each_status_that_was_asked_for_reaches_the_receiver_and_no_other(
    opening: Callable[..., AbstractAsyncContextManager[House]], tmp_path: Path
) -> None:
    changes = {"webhook_networks": ["127.0.0.0/8"], "public_urls": ["http://vault.test"]}
    arrived: asyncio.Queue[bytes] = asyncio.Queue()
    async with opening(**changes) as house, receiving(queueing(arrived)) as receiver:
        url, channel = f"http://127.0.0.1:{receiver.port}/bird?tenant=7", uuid4()
        transport = httpx2.ASGITransport(house.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
            bird = Bird(client, house.ours)
            path = "/webhook-subscriptions"
            made = await bird.ask("POST", path, json=subscription(url, channel))
            assert made.status_code == 201
            async with working(house.vault, load({"data": tmp_path / "data", **changes}, {})):
                it = await recorded(house, channel)
                told: list[dict[str, Any]] = []
                async with asyncio.timeout(PATIENCE):
                    # a receiver that is slow to answer is told again
                    while {"paused", "available"} - {one["payload"]["status"] for one in told}:
                        told.append(opened(await arrived.get(), url))
            now = await bird.told(f"/recordings/{it.id}")
            payloads = {one["payload"]["status"]: one["payload"] for one in told}
            assert {(one["service"], one["event"]) for one in told} == {
                ("channels", "voice.recording")
            }
            assert {one["id"] for one in payloads.values()} == {str(it.id)}
            assert set(payloads) == {"paused", "available"}
            assert "url" not in payloads["paused"]
            assert {**payloads["available"], "url": ""} == {**now, "url": ""}
            media = await client.get(payloads["available"]["url"])
            assert (media.status_code, media.headers["content-type"]) == (200, "audio/mpeg")
    assert arrived.empty()
