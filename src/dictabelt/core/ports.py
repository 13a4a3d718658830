"""What the core needs of the outside: rows, bytes and audio, as protocols."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from dictabelt.core.ids import AccountId, CallId, KeyId, MediaId, RecordingId
from dictabelt.core.nouns import (
    Account,
    ApiKey,
    Call,
    Form,
    LinkKey,
    Media,
    Recording,
    Rendition,
    Signal,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a blob store acknowledged: size in bytes and the hex SHA-256 of them."""

    size: int
    sha256: str


class Blob(Protocol):
    """Open bytes of one key."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    async def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; empty at the end. Raises StorageFailed."""

    async def close(self) -> None:
        """Lets the bytes go."""


class Blobs(Protocol):
    """Bytes by key; a key is made by the core, never by a client."""

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        """Keeps all of `chunks` or nothing. Raises StorageFailed."""

    async def fill(self, key: str, write: Callable[[BinaryIO], None]) -> Stored:
        """Keeps what `write` puts into its file, in a thread, or nothing. Raises StorageFailed."""

    async def open(self, key: str) -> Blob:
        """Raises NotFound or StorageFailed."""

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """A path that a decoder can read for as long as the context lasts. Raises NotFound."""

    async def delete(self, key: str) -> None:
        """Forgets the key; a missing one is no error."""


class Audio(Protocol):
    """Decoding and encoding; both run in a thread, so both are plain functions."""

    def probe(self, path: Path) -> Signal:
        """Decodes everything once. Raises Unreadable with a reason."""

    def encoder(self, form: Form) -> str:
        """Names the encoder and settings behind `form`; another name may mean other bytes."""

    def render(
        self, path: Path, signal: Signal, *, form: Form, write: Callable[[bytes], object]
    ) -> None:
        """Writes `form` of the audio piece by piece; `write` may raise to stop the work."""


class AccountReads(Protocol):
    """Accounts by id or name."""

    async def get(self, id: UUID) -> Account | None: ...
    async def named(self, name: str) -> Account | None: ...
    async def all(self) -> list[Account]: ...


class AccountWrites(AccountReads, Protocol):
    """And new ones."""

    async def add(self, account: Account) -> None: ...


class KeyReads(Protocol):
    """Keys by digest; of an account."""

    async def by_digest(self, digest: bytes) -> ApiKey | None: ...
    async def of(self, account: AccountId) -> list[ApiKey]: ...


class KeyWrites(KeyReads, Protocol):
    """And new and revoked ones."""

    async def add(self, key: ApiKey) -> None: ...
    async def revoke(self, account: AccountId, id: KeyId, at: datetime) -> bool: ...


class LinkKeyReads(Protocol):
    """Link keys, newest first."""

    async def all(self) -> list[LinkKey]: ...


class LinkKeyWrites(LinkKeyReads, Protocol):
    """And new and retired ones."""

    async def add(self, key: LinkKey) -> None: ...
    async def retire(self, id: str, at: datetime) -> None: ...


class CallReads(Protocol):
    """Calls of an account."""

    async def get(self, account: AccountId, id: CallId) -> Call | None: ...
    async def by_vendor_id(self, account: AccountId, vendor_id: str) -> Call | None: ...


class CallWrites(CallReads, Protocol):
    """And new ones."""

    async def add(self, account: AccountId, call: Call) -> None: ...


class RecordingReads(Protocol):
    """Recordings of an account with their call and media; deleted ones are not there."""

    async def get(self, account: AccountId, id: RecordingId) -> Recording | None: ...
    async def of_call(self, account: AccountId, call: CallId) -> list[Recording]: ...
    async def of_source(self, account: AccountId, source: UUID) -> list[Recording]: ...
    async def with_sha256(self, account: AccountId, sha256: str) -> Recording | None: ...
    async def newest(
        self, account: AccountId, limit: int, before: RecordingId | None
    ) -> list[Recording]: ...


class RecordingWrites(RecordingReads, Protocol):
    """And new and changed ones."""

    async def add(self, account: AccountId, recording: Recording) -> None: ...
    async def put(self, account: AccountId, recording: Recording) -> None: ...
    async def put_media(self, account: AccountId, id: RecordingId, media: Media) -> None: ...


class RenditionReads(Protocol):
    """Stored renditions of an account's media."""

    async def get(self, account: AccountId, media: MediaId, form: Form) -> Rendition | None: ...
    async def of(self, account: AccountId, media: MediaId) -> list[Rendition]: ...


class RenditionWrites(RenditionReads, Protocol):
    """And new and forgotten ones."""

    async def put(self, account: AccountId, rendition: Rendition) -> None: ...
    async def forget(self, account: AccountId, media: MediaId) -> None: ...


class Reading(Protocol):
    """A consistent view; `now` is the instant of the transaction, UTC."""

    @property
    def now(self) -> datetime: ...
    @property
    def accounts(self) -> AccountReads: ...
    @property
    def keys(self) -> KeyReads: ...
    @property
    def link_keys(self) -> LinkKeyReads: ...
    @property
    def calls(self) -> CallReads: ...
    @property
    def recordings(self) -> RecordingReads: ...
    @property
    def renditions(self) -> RenditionReads: ...


class Writing(Protocol):
    """A transaction: all of it or nothing, durable when its context ends without an error."""

    @property
    def now(self) -> datetime: ...
    @property
    def accounts(self) -> AccountWrites: ...
    @property
    def keys(self) -> KeyWrites: ...
    @property
    def link_keys(self) -> LinkKeyWrites: ...
    @property
    def calls(self) -> CallWrites: ...
    @property
    def recordings(self) -> RecordingWrites: ...
    @property
    def renditions(self) -> RenditionWrites: ...


class Database(Protocol):
    """Transactions of two types; a use-case that reads cannot write."""

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """Raises StorageFailed."""

    def write(self) -> AbstractAsyncContextManager[Writing]:
        """Raises StorageFailed; nothing is acknowledged then."""
