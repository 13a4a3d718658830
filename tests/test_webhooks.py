"""Webhooks from the change to the receiver: durable, once the change is; to where it may go."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from blobs.programs.run import surroundings
from dictabelt.app import carrier, front, opened, working
from dictabelt.core.errors import NotFound
from dictabelt.core.hooks import Wish
from dictabelt.core.ids import RecordingId
from dictabelt.core.ingest import Upload
from dictabelt.core.nouns import Known
from dictabelt.core.search import EventSearch, Window
from dictabelt.core.vault import Vault
from dictabelt.core.webhook import Delivery, DeliveryState
from dictabelt.settings import Settings
from jobs.receivers import FINE, Receiver, answering, receiving
from sounds import chunks, tone
from stocked import Stock, copied

PROGRAM = Path(__file__).parent / "programs" / "commit_and_wait.py"
LOOPBACK = {"webhook_networks": ["127.0.0.0/8"], "public_urls": ["http://vault.test"]}
SECONDS = 30


@asynccontextmanager
async def at(
    stock: Stock, folder: Path, **changes: object
) -> AsyncIterator[tuple[Vault, Settings]]:
    """A copy of the stock in `folder`, opened."""
    async with copied(stock, folder, **changes) as settings, opened(settings) as vault:
        yield vault, settings


async def kept(vault: Vault, name: str) -> RecordingId:
    owner = await vault.access.operator("Ours")
    upload = Upload(chunks(tone(0.5, sum(name.encode()))))
    return (await vault.ingest.add(owner, upload, Known(call_id=name))).recording.id


async def hooked(vault: Vault, receiver: str) -> None:
    owner = await vault.access.operator("Ours")
    wish = Wish("subverse", receiver, frozenset({"call.completed"}), headers={"x-token": "s3cret"})
    await vault.hooks.add(owner, wish)


async def deliveries(vault: Vault, recording: RecordingId) -> list[Delivery]:
    """All of a recording's events."""
    owner = await vault.access.operator("Ours")
    page = await vault.events.find(owner, EventSearch(recording=recording), Window(100))
    found = [await vault.events.deliveries(owner, it.id) for it in page.items]
    return [it for them in found for it in them]


def told(receiver: Receiver) -> list[str]:
    """The calls that the receiver heard of."""
    bodies = [it.partition(b"\r\n\r\n")[2] for it in receiver.requests]
    return [json.loads(it)["data"]["callId"] for it in bodies]


async def test_the_receiver_hears_once_with_a_link_that_opens(
    stocked: Stock, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    async with (
        receiving(answering(FINE)) as receiver,
        at(stocked, folder, **LOOPBACK) as (vault, settings),
    ):
        await hooked(vault, f"http://127.0.0.1:{receiver.port}/calls")
        id = await kept(vault, "told")
        await carrier(vault, settings).drain()
        assert told(receiver) == ["told"]
        assert b"\r\nx-token: s3cret\r\n" in receiver.requests[0]
        [it] = await deliveries(vault, id)
        assert (it.state, it.status, it.attempts) == (DeliveryState.DELIVERED, 200, 1)
        await opens(vault, settings, json.loads(receiver.requests[0].partition(b"\r\n\r\n")[2]))
        assert await carrier(vault, settings).drain() == 0


async def opens(vault: Vault, settings: Settings, body: dict[str, dict[str, str]]) -> None:
    transport = httpx2.ASGITransport(front(vault, settings))
    async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
        answer = await client.get(body["data"]["recordingUrl"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")


async def test_a_server_sends_by_itself(stocked: Stock, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    heard = asyncio.Event()

    async def script(
        receiver: Receiver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await answering(FINE)(receiver, reader, writer)
        heard.set()

    async with receiving(script) as receiver, at(stocked, folder, **LOOPBACK) as (vault, settings):
        await hooked(vault, f"http://127.0.0.1:{receiver.port}/calls")
        async with working(vault, settings):
            await kept(vault, "by itself")
            await asyncio.wait_for(heard.wait(), SECONDS)
        assert told(receiver) == ["by itself"]


async def test_what_was_committed_is_told_although_the_server_was_killed_before_it_could(
    stocked: Stock, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    copy = copied(stocked, folder, **LOOPBACK)
    async with receiving(answering(FINE)) as receiver, copy as settings:
        url = f"http://127.0.0.1:{receiver.port}/calls"
        id = RecordingId(UUID(await asyncio.to_thread(killed_after_commit, folder, url)))
        assert receiver.connections == 0
        async with opened(settings) as vault:
            assert await deliveries(vault, id) == []
            await carrier(vault, settings).drain()
            assert told(receiver) == ["before-the-kill"]
            [it] = await deliveries(vault, id)
            assert it.state is DeliveryState.DELIVERED


def killed_after_commit(folder: Path, url: str) -> str:
    """What the program acknowledged before SIGKILL."""
    line = [sys.executable, str(PROGRAM), str(folder), url]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=surroundings()) as program:
        assert program.stdout is not None
        acknowledged = program.stdout.readline().strip()
        program.kill()
        program.wait(SECONDS)
    return acknowledged


async def test_a_receiver_on_a_private_address_is_refused_with_the_setting_that_allows_it(
    stocked: Stock, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    async with receiving(answering(FINE)) as receiver, at(stocked, folder) as (vault, settings):
        await hooked(vault, f"http://127.0.0.1:{receiver.port}/calls")
        id = await kept(vault, "never told")
        await carrier(vault, settings).drain()
        assert receiver.connections == 0
        [it] = await deliveries(vault, id)
        assert (it.state, it.status) == (DeliveryState.PENDING, None)
        assert it.error is not None
        assert "webhook_networks" in it.error


async def test_a_change_that_is_rolled_back_tells_nobody(stocked: Stock, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with (
        receiving(answering(FINE)) as receiver,
        at(stocked, folder, **LOOPBACK) as (vault, settings),
    ):
        await hooked(vault, f"http://127.0.0.1:{receiver.port}/calls")
        await carrier(vault, settings).drain()
        before = len(receiver.requests)
        owner = await vault.access.operator("Ours")
        deleted = stocked.ours.recordings["deleted"].id
        with pytest.raises(NotFound):
            await vault.recordings.delete(owner, deleted)
        assert await carrier(vault, settings).drain() == 0
        assert len(receiver.requests) == before
