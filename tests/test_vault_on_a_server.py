"""A vault whose rows are on PostgreSQL, while that is stopped and started; more: --engine."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from dictabelt.app import front, opened, working
from dictabelt.core.accounts import Grant
from dictabelt.core.ids import RecordingId
from dictabelt.core.media import Form, Variant
from dictabelt.core.nouns import Principal, Scope
from dictabelt.core.vault import Vault
from dictabelt.settings import Settings, load
from postgres import Cluster, Server, own_server
from sounds import tone

CLIENTS = 4
DEADLINE = 120


@pytest.fixture
def server() -> Iterator[Server]:
    """One of our own, that may be stopped; what it acknowledged is on the disk."""
    with own_server(options=()) as running:
        yield running


@pytest.fixture
async def settings(server: Server, tmp_path: Path) -> Settings:
    url = await Cluster(server.url).make()
    given = {"database": url, "database_pool": CLIENTS}
    return load({"data": tmp_path / "data", **given}, {})


@dataclass
class Load:
    """Clients that upload and list, and note what they were told."""

    client: httpx2.AsyncClient
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    refusals: list[httpx2.Response] = field(default_factory=list)
    over: bool = False
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def upload(self, number: int) -> None:
        count = 0
        while not self.over:
            count += 1
            sound = tone(0.1, 200 + 10 * number + count % 10) + f"{number}-{count}".encode()
            answer = await self.client.post("/vault/v1/uploads", content=sound)
            if answer.is_success:
                self.acknowledged[answer.json()["id"]] = sound
                self.progress.set()
            else:
                self.refusals.append(answer)

    async def list(self) -> None:
        while not self.over:
            answer = await self.client.get("/vault/v1/recordings", params={"limit": 5})
            if not answer.is_success:
                self.refusals.append(answer)
            await asyncio.sleep(0)

    async def more(self, count: int) -> None:
        """Returns when so many more are acknowledged than there were."""
        enough = len(self.acknowledged) + count
        while len(self.acknowledged) < enough:
            self.progress.clear()
            await self.progress.wait()


async def owner(vault: Vault) -> tuple[Principal, dict[str, str]]:
    """Of a new account, and what its clients send."""
    account = await vault.accounts.add("Clinic", media_public=False, link_seconds=None)
    who = await vault.access.operator(str(account.id))
    scopes = frozenset({Scope.READ, Scope.WRITE})
    made = await vault.accounts.issue_key(who, Grant("clients", scopes))
    return who, {"authorization": f"Bearer {made.token}"}


async def bytes_of(vault: Vault, who: Principal, id: str) -> bytes:
    playable = await vault.renditions.get(who, RecordingId(UUID(id)), Variant(Form.ORIGINAL))
    blob = await playable.open()
    try:
        return await blob.read(0, 1_000_000)
    finally:
        await blob.close()


async def test_a_restart_under_load_loses_nothing_acknowledged(
    server: Server, settings: Settings
) -> None:
    async with opened(settings) as vault, working(vault, settings):
        who, headers = await owner(vault)
        transport = httpx2.ASGITransport(front(vault, settings))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://vault.test", headers=headers
        ) as client:
            it = Load(client)
            works = [*map(it.upload, range(CLIENTS)), it.list()]
            tasks = [asyncio.create_task(work) for work in works]
            async with asyncio.timeout(DEADLINE):
                await it.more(10)
                for how in ("fast", "immediate"):
                    await asyncio.to_thread(server.stop, how)
                    await asyncio.to_thread(server.start)
                    await it.more(10)
            it.over = True
            await asyncio.gather(*tasks)
        assert it.refusals
        assert {(no.status_code // 100, no.headers["retry-after"]) for no in it.refusals} == {
            (5, "5")
        }
        for id, sound in it.acknowledged.items():
            assert await bytes_of(vault, who, id) == sound
