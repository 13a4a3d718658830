"""What the core needs of the outside: rows, bytes and audio, as protocols."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from dictabelt.core.job import Leased
from dictabelt.core.media import Form, Signal
from dictabelt.core.rows import (
    AccountReads,
    AccountWrites,
    CallReads,
    CallWrites,
    DeliveryReads,
    DeliveryWrites,
    EventReads,
    EventWrites,
    HookReads,
    HookWrites,
    JobWrites,
    KeyReads,
    KeyWrites,
    LinkKeyReads,
    LinkKeyWrites,
    OnceReads,
    OnceWrites,
    RecordingReads,
    RecordingWrites,
    RenditionReads,
    RenditionWrites,
    ShareReads,
    ShareWrites,
    TranscriptionReads,
    TranscriptionWrites,
)
from dictabelt.core.webhook import Letter, Patience, Receipt


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


class Jobs(Protocol):
    """The worker's side of durable work. Every method is durable when it returns.

    `keep`, `done` and `again` are fenced: they do nothing and say False when
    the lease is not the job's newest.
    """

    async def lease(self, kinds: tuple[str, ...], *, lasting: timedelta) -> Leased | None:
        """The job that has been due longest and is nobody's, or whose lease ran out."""

    async def keep(self, it: Leased, *, lasting: timedelta) -> bool:
        """The heartbeat: the lease lasts that long from now on."""

    async def done(self, it: Leased) -> bool:
        """The job is over, well or not."""

    async def again(self, it: Leased, *, after: timedelta) -> bool:
        """The job is due once more, that long from now."""

    async def wait(self, *, longest: timedelta) -> None:
        """Returns when a job may be due, at the latest after `longest`."""


class Seal(Protocol):
    """Hides what rows must not show; a sealed value opens in its own context only."""

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Differs each time."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Reverses `seal`. Raises StorageFailed for what was sealed otherwise."""


class Post(Protocol):
    """Sends letters, never to where the settings do not allow, never following redirects."""

    async def send(self, letter: Letter, patience: Patience) -> Receipt:
        """What came of it; a refusal of ours or of the network is a receipt too."""


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
    @property
    def transcriptions(self) -> TranscriptionReads: ...
    @property
    def hooks(self) -> HookReads: ...
    @property
    def events(self) -> EventReads: ...
    @property
    def deliveries(self) -> DeliveryReads: ...
    @property
    def shares(self) -> ShareReads: ...
    @property
    def once(self) -> OnceReads: ...


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
    @property
    def transcriptions(self) -> TranscriptionWrites: ...
    @property
    def hooks(self) -> HookWrites: ...
    @property
    def events(self) -> EventWrites: ...
    @property
    def deliveries(self) -> DeliveryWrites: ...
    @property
    def shares(self) -> ShareWrites: ...
    @property
    def once(self) -> OnceWrites: ...
    @property
    def jobs(self) -> JobWrites: ...


class Database(Protocol):
    """Transactions of two types; a use-case that reads cannot write."""

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """Raises StorageFailed."""

    def write(self) -> AbstractAsyncContextManager[Writing]:
        """Raises StorageFailed; nothing is acknowledged then."""
