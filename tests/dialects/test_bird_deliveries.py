"""Bird's webhooks from the change of a recording to a receiver that checks the signature."""

import asyncio
import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

import httpx2

from dialects.bird_client import Bird
from dictabelt.app import working
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known, State
from dictabelt.settings import load
from jobs.receivers import FINE, Receiver, answering, receiving
from sounds import chunks, tone
from stocked import House

KEY = "KeV+/HGoIQrxuE5Y"
NETWORKS = ["127.0.0.0/8"]
PATIENCE = 30


async def arrived(receiver: Receiver, number: int) -> list[bytes]:
    """The requests once there are so many; the receiver's own task writes them down."""
    async with asyncio.timeout(PATIENCE):
        while len(receiver.requests) < number:
            await asyncio.sleep(0)
    return receiver.requests


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


async def test_each_status_that_was_asked_for_reaches_the_receiver(
    opening: Callable[..., AbstractAsyncContextManager[House]], stocked: object
) -> None:
    async with opening(webhook_networks=NETWORKS) as house, receiving(answering(FINE)) as receiver:
        channel, url = uuid4(), f"http://127.0.0.1:{receiver.port}/bird?tenant=7"
        transport = httpx2.ASGITransport(house.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
            bird = Bird(client, house.ours)
            conditions = [
                ("channelId", str(channel)),
                ("status", "paused"),
                ("status", "available"),
            ]
            answer = await bird.ask(
                "POST",
                "/webhook-subscriptions",
                json={
                    "service": "channels",
                    "event": "voice.recording",
                    "url": url,
                    "signingKey": KEY,
                    "eventFilters": [{"key": key, "value": it} for key, it in conditions],
                },
            )
            assert answer.status_code == 201
            async with working(house.vault, settings(house)):
                known = Known(call_id="told", channel=channel)
                live = await house.vault.ingest.begin(house.ours.owner, known, State.IN_PROGRESS)
                other = Known(call_id="untold", channel=uuid4())
                await house.vault.ingest.begin(house.ours.owner, other, State.PAUSED)
                await house.vault.live.steer(house.ours.owner, live.id, State.PAUSED)
                (first,) = await arrived(receiver, 1)
                await house.vault.live.steer(house.ours.owner, live.id, State.PROCESSING)
                upload = Upload(chunks(tone(0.5, 777)), name="told.wav")
                await house.vault.ingest.attach(house.ours.owner, live.id, upload)
                _, last = await arrived(receiver, 2)
            paused, available = (opened(it, url) for it in (first, last))
            assert (paused["service"], paused["event"]) == ("channels", "voice.recording")
            assert (paused["payload"]["id"], paused["payload"]["status"]) == (
                *(str(live.id), "paused"),
            )
            now = await bird.told(f"/recordings/{live.id}")
            assert {**available["payload"], "url": ""} == {**now, "url": ""}
            path = available["payload"]["url"].partition("/media/")[2]
            assert (await client.get(f"/media/{path}")).status_code in (200, 403)


def settings(house: House) -> Any:
    return load({"data": house.vault, "webhook_networks": NETWORKS}, {})
