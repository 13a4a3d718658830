"""A stocked vault: two accounts, keys of every kind, and recordings in every state."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from starlette.types import ASGIApp

from dictabelt.app import blobs_of, front, listener, opened
from dictabelt.core.accounts import AccountChanges, Grant
from dictabelt.core.ingest import Upload
from dictabelt.core.media import Kind
from dictabelt.core.nouns import (
    Account,
    Direction,
    Known,
    Leg,
    Party,
    Principal,
    Recording,
    Scope,
    Source,
    State,
)
from dictabelt.core.vault import Vault
from dictabelt.http.dialect import discover
from dictabelt.settings import FILE, Settings, load
from postgres import Cluster
from sounds import NOT_AUDIO, PICTURE, chunks, tone

STARTED = datetime(2026, 3, 3, 9, 14, 7, 482_913, tzinfo=UTC)
VOICE = frozenset({Scope.READ, Scope.WRITE})
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Tenant:
    """An account; `keys` are tokens by what they are, `recordings` by what they show."""

    account: Account
    owner: Principal
    keys: Mapping[str, str]
    recordings: Mapping[str, Recording]


@dataclass(frozen=True)
class Stock:
    """`ours` leaves its media public, as LaML does; `theirs` protects it.

    Its blobs are in the folder; copies of the stock have theirs in `bucket` where there is one.
    """

    folder: Path
    ours: Tenant
    theirs: Tenant
    store: "Store"
    bucket: "Place | None" = None


class Place(Protocol):
    """A bucket, or a container, that a vault can be in."""

    @property
    def endpoint(self) -> str: ...
    @property
    def environment(self) -> dict[str, str]:
        """What the vault looks for in its environment."""

    def fresh(self) -> str:
        """The URL of a place in it that nobody else uses."""


async def _moved(folder: Path, bucket: Place) -> None:
    """Brings the blobs of a closed vault into the bucket."""
    lines = f'blobs = "{bucket.fresh()}"\nblobs_endpoint = "{bucket.endpoint}"\n'
    (folder / FILE).write_text(lines)
    settings = load({"data": folder}, {})
    target = blobs_of(settings, settings.blobs)
    await target.prepare()
    held = folder / "blobs"
    # all at once: one after the other they would be most of what a test takes
    async with asyncio.TaskGroup() as group:
        async for key in blobs_of(settings, "files").keys():
            group.create_task(target.put(key, chunks((held / key).read_bytes())))
    shutil.rmtree(held)


async def stock(folder: Path, store: "Store") -> Stock:
    """Fills the new vault in `folder`."""
    async with opened(load({"data": folder, **await store.make()}, {})) as vault:
        ours = await vault.accounts.add("Ours", media_public=True, link_seconds=None)
        theirs = await vault.accounts.add("Theirs", media_public=False, link_seconds=None)
        tenants = (await _tenant(vault, ours), await _tenant(vault, theirs))
        await listener(vault).drain()
        return Stock(folder, *tenants, store)


# No test runs into the limits of a dialect but those that are about them.
_AMPLE = AccountChanges(requests_a_minute=1_000_000, upload_urls_a_minute=1_000_000)


async def _tenant(vault: Vault, made: Account) -> Tenant:
    owner = await vault.access.operator(str(made.id))
    account = await vault.accounts.change(owner, _AMPLE)
    return Tenant(
        account, owner, await _keys(vault, owner), await _recordings(vault, owner, account.name)
    )


async def _keys(vault: Vault, owner: Principal) -> dict[str, str]:
    grants = {
        "all": Grant("all", VOICE),
        "read": Grant("read", frozenset({Scope.READ})),
        "write": Grant("write", frozenset({Scope.WRITE})),
        "expired": Grant("expired", VOICE, lifetime=MOMENT),
        "revoked": Grant("revoked", VOICE),
        **{it.name: Grant(it.name, VOICE, dialect=it.name) for it in discover()},
    }
    issued = {name: await vault.accounts.issue_key(owner, it) for name, it in grants.items()}
    await vault.accounts.revoke_key(owner, issued["revoked"].key.id)
    return {name: it.token for name, it in issued.items()}


async def _recordings(vault: Vault, owner: Principal, house: str) -> dict[str, Recording]:
    """Recordings whose calls have the house in their name; both houses have a call `shared`."""
    pitch = 440 if house == "Ours" else 550

    async def add(name: str, data: bytes, known: Known) -> Recording:
        upload = Upload(chunks(data), name=f"{name}.wav")
        named = replace(known, call_id=known.call_id or f"{house}-{name}")
        return (await vault.ingest.add(owner, upload, named)).recording

    made = {
        "call": await add("call", tone(2.4, pitch, 2 * pitch), _CALL),
        "sip": await add("sip", tone(1.2, pitch), Known(leg=Leg.SIP, call_id="shared")),
        "conference": await add("conference", tone(1.1, pitch + 50), _CONFERENCE),
        "visit": await add("visit", tone(1.6, pitch + 100), Known(leg=Leg.WEBRTC)),
        "deleted": await add("deleted", tone(1.3, pitch + 150), Known()),
        "failed": await add("failed", NOT_AUDIO, Known()),
        "in progress": await _begin(vault, owner, State.IN_PROGRESS),
        "absent": await _begin(vault, owner, State.ABSENT),
    }
    return await _settled(vault, owner, made)


_CALL = Known(
    direction=Direction.INBOUND,
    caller=Party("+447700900142", country="GB"),
    callee=Party("+442079460100", country="GB", caller_id_name="Harbour Clinic"),
    started_at=STARTED,
    price="0.0025",
    price_unit="USD",
)
_CONFERENCE = Known(source=Source.CONFERENCE, leg=Leg.CONFERENCE, started_at=STARTED)


async def _begin(vault: Vault, owner: Principal, state: State) -> Recording:
    return await vault.ingest.begin(owner, Known(call_id=f"{state}-1"), state)


async def _settled(
    vault: Vault, owner: Principal, made: dict[str, Recording]
) -> dict[str, Recording]:
    """The recordings once the visit has all its media and the deleted one is gone."""
    more = Upload(chunks(tone(0.7, 330)), name="second.wav")
    await vault.ingest.attach(owner, made["visit"].id, more)
    picture = Upload(chunks(PICTURE), name="board.jpg", content_type="image/jpeg", kind=Kind.IMAGE)
    visit = await vault.ingest.attach(owner, made["visit"].id, picture)
    await vault.recordings.delete(owner, made["deleted"].id)
    return made | {"visit": visit}


@dataclass(frozen=True)
class House:
    """The stock in a vault that is open, and the application over it."""

    vault: Vault
    app: ASGIApp
    ours: Tenant
    theirs: Tenant
    settings: Settings


Given = Mapping[str, object]


class Store(Protocol):
    """Where the rows of the stock are, and of each copy."""

    async def make(self) -> Given:
        """The settings of a new database, which every copy is a copy of."""

    def copy(self) -> AbstractAsyncContextManager[Given]:
        """The settings of a copy."""


class InFolder:
    """SQLite: the rows are copied with the rest of the folder."""

    async def make(self) -> Given:
        return {}

    @asynccontextmanager
    async def copy(self) -> AsyncIterator[Given]:
        yield {}


class OnServer:
    """PostgreSQL: a copy is made from the first database as its template."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._template = ""

    async def make(self) -> Given:
        url = await self._cluster.make()
        self._template = url.partition("?")[0].rpartition("/")[2]
        return {"database": url}

    @asynccontextmanager
    async def copy(self) -> AsyncIterator[Given]:
        url = await self._cluster.make(self._template)
        yield {"database": url}
        await self._cluster.drop(url)


@asynccontextmanager
async def copied(stock: Stock, folder: Path, **changes: object) -> AsyncIterator[Settings]:
    """The settings of a copy of the stock in `folder`, which has them in a file, but `changes`."""
    shutil.copytree(stock.folder, folder, dirs_exist_ok=True)
    if stock.bucket is not None and (folder / "blobs").exists():
        await _moved(folder, stock.bucket)
    async with stock.store.copy() as given:
        with (folder / FILE).open("a") as file:
            file.writelines(f"{name} = {json.dumps(it)}\n" for name, it in given.items())
        yield load({"data": folder, **changes}, {})


@asynccontextmanager
async def at_home(stock: Stock, folder: Path, **changes: object) -> AsyncIterator[House]:
    """A copy of the stock in `folder`, opened; `changes` are settings."""
    async with copied(stock, folder, **changes) as settings, opened(settings) as vault:
        yield House(vault, front(vault, settings), stock.ours, stock.theirs, settings)
