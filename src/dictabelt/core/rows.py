"""The rows that the core needs: what it reads and writes of each noun, the account first."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from dictabelt.core.analysis import Analysis
from dictabelt.core.idempotency import Kept
from dictabelt.core.ids import (
    AccountId,
    CallId,
    DeliveryId,
    EventId,
    HookId,
    KeyId,
    LinkId,
    MediaId,
    RecordingId,
    TranscriptionId,
)
from dictabelt.core.job import Job
from dictabelt.core.kept import Holding
from dictabelt.core.media import Media, Rendition, Variant
from dictabelt.core.nouns import Account, ApiKey, Call, LinkKey, Recording
from dictabelt.core.search import EventSearch, Page, Search, TranscriptSearch, Window
from dictabelt.core.share import Share, Use
from dictabelt.core.transcript import Transcription
from dictabelt.core.webhook import Delivery, Event, Hook


class AccountReads(Protocol):
    """Accounts by id or name."""

    async def get(self, id: UUID) -> Account | None: ...
    async def named(self, name: str) -> Account | None: ...
    async def all(self) -> list[Account]: ...


class AccountWrites(AccountReads, Protocol):
    """And new ones."""

    async def add(self, account: Account) -> None: ...
    async def put(self, account: AccountId, changed: Account) -> None: ...


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
    async def put(self, account: AccountId, call: Call) -> None: ...


class RecordingReads(Protocol):
    """Recordings of an account with their call and media; deleted ones are not there.

    Except where a search, or `deleted_since`, asks for those.
    """

    async def get(
        self, account: AccountId, id: RecordingId, deleted_since: datetime | None = None
    ) -> Recording | None: ...
    async def find(self, account: AccountId, search: Search, window: Window) -> Page[Recording]: ...
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
    async def forget_media(self, account: AccountId, id: RecordingId) -> None: ...


class RenditionReads(Protocol):
    """Stored renditions of an account's media."""

    async def get(
        self, account: AccountId, media: MediaId, variant: Variant
    ) -> Rendition | None: ...
    async def of(self, account: AccountId, media: MediaId) -> list[Rendition]: ...


class RenditionWrites(RenditionReads, Protocol):
    """And new and forgotten ones."""

    async def put(self, account: AccountId, rendition: Rendition) -> None: ...
    async def forget(self, account: AccountId, media: MediaId) -> None: ...


class AnalysisReads(Protocol):
    """What listening to an account's media showed."""

    async def get(self, account: AccountId, media: MediaId) -> Analysis | None: ...


class AnalysisWrites(AnalysisReads, Protocol):
    """And new and forgotten ones."""

    async def put(self, account: AccountId, it: Analysis) -> None: ...
    async def forget(self, account: AccountId, media: MediaId) -> None: ...


class KeptReads(Protocol):
    """What names bytes, walked media by media; nothing of deleted recordings."""

    async def page(
        self, account: AccountId, limit: int, after: MediaId | None
    ) -> list[Holding]: ...
    async def of(self, account: AccountId, media: MediaId) -> Holding | None: ...


class TranscriptionReads(Protocol):
    """Transcriptions of an account's recordings, newest first."""

    async def get(self, account: AccountId, id: TranscriptionId) -> Transcription | None: ...
    async def find(
        self, account: AccountId, search: TranscriptSearch, window: Window
    ) -> Page[Transcription]: ...


class TranscriptionWrites(TranscriptionReads, Protocol):
    """And new, changed and forgotten ones."""

    async def add(self, account: AccountId, it: Transcription) -> None: ...
    async def put(self, account: AccountId, it: Transcription) -> None: ...
    async def forget(self, account: AccountId, id: TranscriptionId) -> None: ...
    async def forget_of(self, account: AccountId, recording: RecordingId) -> None: ...


class HookReads(Protocol):
    """Hooks of an account, oldest first; secret and headers are unsealed."""

    async def get(self, account: AccountId, id: HookId) -> Hook | None: ...
    async def of(self, account: AccountId, dialect: str | None = None) -> list[Hook]: ...


class HookWrites(HookReads, Protocol):
    """And new, changed and forgotten ones."""

    async def add(self, account: AccountId, hook: Hook) -> None: ...
    async def put(self, account: AccountId, hook: Hook) -> None: ...
    async def forget(self, account: AccountId, id: HookId) -> bool: ...


class EventReads(Protocol):
    """Events of an account, newest first."""

    async def get(self, account: AccountId, id: EventId) -> Event | None: ...
    async def find(
        self, account: AccountId, search: EventSearch, window: Window
    ) -> Page[Event]: ...


class EventWrites(EventReads, Protocol):
    """And new ones."""

    async def add(self, account: AccountId, event: Event) -> None: ...
    async def forget_words(self, account: AccountId, recording: RecordingId) -> None: ...


class DeliveryReads(Protocol):
    """Deliveries of an account's events."""

    async def get(self, account: AccountId, id: DeliveryId) -> Delivery | None: ...
    async def of(self, account: AccountId, event: EventId) -> list[Delivery]: ...


class DeliveryWrites(DeliveryReads, Protocol):
    """And new and changed ones; adding one that is there already does nothing."""

    async def add(self, account: AccountId, it: Delivery) -> bool: ...
    async def put(self, account: AccountId, it: Delivery) -> None: ...


class ShareReads(Protocol):
    """Links that are kept so that they can be listed and revoked, newest first; uses of them."""

    async def get(self, account: AccountId, id: LinkId) -> Share | None: ...
    async def of(self, account: AccountId, recording: RecordingId) -> list[Share]: ...
    async def use(self, account: AccountId, id: LinkId, address: str) -> Use | None: ...


class ShareWrites(ShareReads, Protocol):
    """And new and revoked ones."""

    async def add(self, account: AccountId, it: Share) -> None: ...
    async def revoke(self, account: AccountId, id: LinkId, at: datetime) -> bool: ...
    async def heard(self, account: AccountId, id: LinkId, *, more: int, at: datetime) -> None: ...
    async def put_use(self, account: AccountId, it: Use) -> None: ...
    async def forget_uses(self, account: AccountId, before: datetime) -> None: ...
    async def forget_uses_of(self, account: AccountId, recording: RecordingId) -> None: ...


class OnceReads(Protocol):
    """Answers kept under an idempotency key."""

    async def get(self, account: AccountId, operation: str, key: str) -> Kept | None: ...


class OnceWrites(OnceReads, Protocol):
    """And new ones in place of old ones, and the end of those kept before an instant."""

    async def put(self, account: AccountId, it: Kept) -> None: ...
    async def forget_before(self, account: AccountId, at: datetime) -> None: ...


class JobWrites(Protocol):
    """Work enqueued in the transaction of what it follows from."""

    async def add(self, account: AccountId, job: Job) -> None: ...
