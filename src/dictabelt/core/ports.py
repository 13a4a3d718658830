"""What the core needs of the outside: rows, bytes and audio, as protocols."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from dictabelt.core.analysis import Drawing, Heard
from dictabelt.core.job import Leased, Queued
from dictabelt.core.media import Form, Signal, Variant
from dictabelt.core.rows import (
    AccountReads,
    AccountWrites,
    AnalysisReads,
    AnalysisWrites,
    CallReads,
    CallWrites,
    DeliveryReads,
    DeliveryWrites,
    EventReads,
    EventWrites,
    HookReads,
    HookWrites,
    JobWrites,
    KeptReads,
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


@dataclass(frozen=True, slots=True)
class Guise:
    """As what a store is to hand bytes to a client: the values of two header fields."""

    content_type: str
    disposition: str


class Bytes(Protocol):
    """Open bytes, of a length that may not be known yet."""

    async def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; empty at the end.

        Raises StorageFailed, and NotFound where the bytes go with their key.
        """

    async def close(self) -> None:
        """Lets the bytes go."""


@runtime_checkable
class Blob(Bytes, Protocol):
    """Open bytes of one key, or as many as one would hold."""

    @property
    def size(self) -> int:
        """Size in bytes."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes of an open file, given by its descriptor, which are there without waiting."""

    file: int
    offset: int


Lay = Callable[[int, int], Awaitable[Stretch | None]]
"""(offset, length) -> where these bytes lie as they are served; None where they must be read.

Good until the blob is closed. Raises StorageFailed.
"""


def lay_of(it: Bytes) -> Lay | None:
    """How to find its bytes in a file, if they lie in one."""
    found: Lay | None = getattr(it, "lay", None)
    return found


class Growth(Protocol):
    """Bytes on their way into a key, to be read as they come."""

    async def begun(self) -> None:
        """Returns once there are bytes. Raises what kept them from coming."""

    async def open(self) -> Bytes:
        """A reader that waits for what has not come yet; raises what ended the writing."""

    async def stored(self) -> Stored:
        """Returns once all of them are kept. Raises what ended the writing."""


class Blobs(Protocol):
    """Bytes by key; a key is made by the core, never by a client."""

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> Stored:
        """Keeps all of `chunks` or nothing. Raises StorageFailed."""

    async def fill(self, key: str, write: Callable[[BinaryIO], None]) -> Stored:
        """Keeps what `write` puts into its file, in a thread, or nothing. Raises StorageFailed."""

    def grow(self, key: str, write: Callable[[BinaryIO], None]) -> Growth:
        """As `fill`, begun at once, and read while it goes on."""

    async def open(self, key: str) -> Blob:
        """Raises NotFound or StorageFailed."""

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """A path that a decoder can read for as long as the context lasts. Raises NotFound."""

    async def delete(self, key: str) -> None:
        """Forgets the key; a missing one is no error."""

    def keys(self) -> AsyncIterator[str]:
        """Every key, in no order. Raises StorageFailed."""


class Signpost(Protocol):
    """Sends clients to a store for bytes that it keeps as they are served."""

    async def address(
        self, key: str, guise: Guise, *, now: datetime, until: datetime | None
    ) -> str | None:
        """A URL of the store, dead at `until` at the latest; None where there can be none."""


class Packer(Protocol):
    """Originals kept in less room, which give the identical file back."""

    def packable(self, signal: Signal, size: int) -> bool:
        """Whether an original of so many bytes can be packed."""

    def estimate(self, path: Path, signal: Signal) -> int:
        """About as many bytes as its pack will have. Raises Unreadable."""

    def pack(self, path: Path, signal: Signal, *, write: Callable[[bytes], object]) -> None:
        """Writes the pack piece by piece; `write` may raise to stop. Raises Unreadable."""

    async def unpack(self, source: Blob, signal: Signal, *, size: int) -> Blob:
        """The original of `size` bytes; owns the pack. Raises StorageFailed for a damaged one."""


class Audio(Protocol):
    """Decoding and encoding. What takes a path runs in a thread, so it is a plain function."""

    @property
    def packer(self) -> Packer:
        """Packs originals."""

    def probe(self, path: Path) -> Signal:
        """Decodes everything once. Raises Unreadable with a reason."""

    def encoder(self, signal: Signal, form: Form) -> str:
        """Names what decides the bytes of `form`; another name may mean other bytes."""

    def size(self, signal: Signal, variant: Variant) -> int | None:
        """Bytes of it, where they follow from the number of samples."""

    def computes(self, signal: Signal, form: Form) -> bool:
        """Whether any part of `form` can be made without the rest."""

    def view(self, source: Blob, signal: Signal, *, variant: Variant) -> Blob:
        """Bytes that are made as they are read, of a form that `computes`; owns `source`."""

    @property
    def analyser(self) -> str:
        """Names what decides an analysis; another name may mean another."""

    def analyse(self, path: Path, signal: Signal, *, expected_seconds: float | None) -> Heard:
        """Listens from end to end. Raises Unreadable."""

    def draw(self, peaks: bytes, drawing: Drawing) -> bytes:
        """Peaks of an analysis in another form or zoom. Raises StorageFailed for damaged ones."""

    def render(
        self, path: Path, signal: Signal, *, variant: Variant, write: Callable[[bytes], object]
    ) -> None:
        """Writes it piece by piece; `write` may raise to stop the work. Raises Unreadable."""

    def trial(self) -> None:
        """Encodes and decodes a moment of silence. Raises Internal when it cannot."""


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

    async def queued(self) -> tuple[Queued, ...]:
        """What there is to do, by kind; a kind without a job is left out."""

    async def wait(self, kinds: tuple[str, ...], *, longest: timedelta) -> None:
        """Returns when a job of these kinds may be due, at the latest after `longest`."""


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
    def analyses(self) -> AnalysisReads: ...
    @property
    def kept(self) -> KeptReads: ...
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
    """A transaction: all of it or nothing, durable when its context ends without an error.

    What refused it once (Conflict, Invalid) has ended it: nothing more is done in it.
    """

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
    def analyses(self) -> AnalysisWrites: ...
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


@dataclass(frozen=True, slots=True)
class Pulse:
    """The vault's instant, and a number that is another one once any row is.

    The number is None where only reading the rows can tell.
    """

    now: datetime
    version: int | None


Beat = Callable[[], Pulse]
"""Raises StorageFailed."""


class Database(Protocol):
    """Transactions of two types; a use-case that reads cannot write."""

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """Raises StorageFailed."""

    def glance(self) -> AbstractAsyncContextManager[Reading]:
        """For one look: a second one may see what was written since. Raises StorageFailed."""

    def survey(self) -> AbstractAsyncContextManager[Reading]:
        """One moment's rows, maybe of a little ago: for lists that nothing is decided by.

        Raises StorageFailed.
        """

    def write(self) -> AbstractAsyncContextManager[Writing]:
        """Raises StorageFailed; nothing is acknowledged then."""


def beat_of(db: Database) -> Beat | None:
    """How to feel the pulse of a database without a transaction, where it has one."""
    found: Beat | None = getattr(db, "pulse", None)
    return found
