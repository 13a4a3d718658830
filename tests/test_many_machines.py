"""Two servers and two workers over one PostgreSQL and one bucket, some of which die at work."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from jobs.receivers import FINE, Receiver, answering, receiving
from machines import Fleet, Machine
from metrics.reading import figure
from postgres import Cluster, own_server
from seaweed import Bucket
from sounds import tone

CLIENTS = 4
STEPS = 12
PATIENCE = 240


@dataclass
class Clients:
    """Upload to whichever server answers, and note what was acknowledged."""

    token: str
    bases: list[str]
    kept: dict[str, str] = field(default_factory=dict)
    refusals: int = 0
    over: bool = False
    progress: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def upload(self, number: int) -> None:
        """One client's uploads, no two of the same bytes."""
        count = 0
        async with httpx2.AsyncClient(headers=self.headers, timeout=PATIENCE) as client:
            while not self.over:
                count += 1
                sound = tone(0.2, 300 + 10 * number) + f"{number}-{count}".encode()
                await self._send(client, sound, self.bases[count % len(self.bases)])

    async def _send(self, client: httpx2.AsyncClient, sound: bytes, base: str) -> None:
        try:
            answer = await client.post(f"{base}/vault/v1/uploads", content=sound)
        except httpx2.TransportError:
            self.refusals += 1
            await asyncio.sleep(0)
            return
        if not answer.is_success:
            assert answer.status_code >= 500, answer.text
            assert answer.headers["retry-after"]
            self.refusals += 1
            return
        async with self.progress:
            self.kept[answer.json()["id"]] = sha256(sound).hexdigest()
            self.progress.notify_all()

    async def more(self, count: int) -> None:
        """Returns when so many more were acknowledged."""
        enough = len(self.kept) + count
        async with self.progress:
            await self.progress.wait_for(lambda: len(self.kept) >= enough)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving(answering(FINE)) as made:
        yield made


def told(receiver: Receiver) -> set[str]:
    """The recordings that the webhook's receiver heard of as complete."""
    bodies = [json.loads(it.partition(b"\r\n\r\n")[2]) for it in receiver.requests]
    return {it["data"]["recording"]["id"] for it in bodies if it["type"] == "recording.completed"}


async def test_what_was_acknowledged_is_whole_and_every_job_is_done(
    bucket: Bucket, receiver: Receiver, tmp_path: Path
) -> None:
    with own_server(options=()) as server, ExitStack() as running:
        place = {"database": await Cluster(server.url).make(), "blobs": bucket.fresh()}
        more = {"blobs_endpoint": bucket.endpoint, "background": "elsewhere"}
        lines = [f"{name} = {json.dumps(value)}" for name, value in {**place, **more}.items()]
        fleet = Fleet(tmp_path, "\n".join([*lines, 'webhook_networks = ["127.0.0.0/8"]', ""]))
        fleet.command("account", "add", "Clinic")
        token = fleet.command("key", "add", "all", "--scope", "admin", *_READ_WRITE).json["token"]

        def machine(name: str, *arguments: object) -> Machine:
            return running.enter_context(fleet.machine(name, *arguments))

        servers = [machine(f"api-{it}", "serve", "--port", "0") for it in range(2)]
        workers = [machine(f"worker-{it}", "worker") for it in range(2)]
        clients = Clients(token, [it.base for it in servers])
        await _hook(clients, receiver)
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            for number in range(CLIENTS):
                tasks.create_task(clients.upload(number))
            await clients.more(STEPS)
            workers[0].process.kill()
            await clients.more(STEPS)
            servers[0].process.kill()
            await clients.more(STEPS)
            await asyncio.to_thread(server.stop, "immediate")
            await asyncio.to_thread(server.start)
            await clients.more(STEPS)
            clients.over = True
        async with asyncio.timeout(PATIENCE):
            await _drained(clients, servers[1].base)
        assert clients.refusals
        assert set(clients.kept) <= told(receiver)
        for recording, digest in clients.kept.items():
            await _whole(clients, servers[1].base, recording, digest)


_READ_WRITE = ("--scope", "read", "--scope", "write")


async def _hook(clients: Clients, receiver: Receiver) -> None:
    wish = {"url": f"http://127.0.0.1:{receiver.port}/told"}
    async with httpx2.AsyncClient(headers=clients.headers) as client:
        answer = await client.post(f"{clients.bases[0]}/vault/v1/webhooks", json=wish)
    assert answer.status_code == 201, answer.text


async def _drained(clients: Clients, base: str) -> None:
    """Returns when no job is left, in hand or to come."""
    async with httpx2.AsyncClient(base_url=base) as client:
        for _ in range(PATIENCE):
            if not await figure(client, "dictabelt_jobs"):
                return
            # what a dead worker had in hand comes due when its lease ends
            await asyncio.sleep(1)


async def _whole(clients: Clients, base: str, recording: str, digest: str) -> None:
    place = f"{base}/vault/v1/recordings/{recording}"
    async with httpx2.AsyncClient(headers=clients.headers) as client:
        known: dict[str, Any] = (await client.get(place)).json()
        media = known["media"][0]["id"]
        sound = await client.get(f"{place}/media/{media}/original")
        heard = await client.get(f"{place}/analysis")
    assert sha256(sound.content).hexdigest() == digest
    assert heard.status_code == 200, heard.text
