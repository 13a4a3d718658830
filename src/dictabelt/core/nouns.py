"""The nouns: accounts, keys, calls, recordings, media, renditions and links."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from dictabelt.core.ids import (
    AccountId,
    CallId,
    KeyId,
    MediaId,
    RecordingId,
    TranscriptionId,
)
from dictabelt.core.media import Form, Kind, Media, MediaState, Variant


class Scope(StrEnum):
    """What a principal may do; a vendor's Voice scope is READ and WRITE together.

    UPLOAD is what a device's key has: new recordings of its own, nothing read.
    LISTEN is never given to a key: it is what a signed link, or a public
    media URL, lets its holder do.
    """

    READ = "recordings:read"
    WRITE = "recordings:write"
    UPLOAD = "recordings:upload"
    ADMIN = "admin"
    LISTEN = "media:listen"


class State(StrEnum):
    """A recording's life: queued, in progress (or paused), processing, then one of the rest."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    PROCESSING = "processing"
    AVAILABLE = "available"
    ABSENT = "absent"
    FAILED = "failed"


class Source(StrEnum):
    """What was recorded."""

    CALL = "call"
    CONFERENCE = "conference"


class Origin(StrEnum):
    """How the recording was started: the union of the vendors' words, and upload."""

    DIAL_VERB = "dial_verb"
    CONFERENCE = "conference"
    OUTBOUND_API = "outbound_api"
    TRUNKING = "trunking"
    RECORD_VERB = "record_verb"
    START_CALL_RECORDING = "start_call_recording"
    START_CONFERENCE_RECORDING = "start_conference_recording"
    CALL_COMMAND_RECORD = "call_command_record"
    CALL_COMMAND_RECORD_CALL = "call_command_record_call"
    CREATE_CALL = "create_call"
    BRIDGE_CALL = "bridge_call"
    UPLOAD = "upload"


class Leg(StrEnum):
    """The kind of call leg that was recorded."""

    PSTN = "pstn"
    SIP = "sip"
    WEBRTC = "webrtc"
    CONFERENCE = "conference"


class Direction(StrEnum):
    """Seen from the account's side."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Track(StrEnum):
    """Which side of the call was recorded."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BOTH = "both"


class Speaker(StrEnum):
    """Who is heard on a channel."""

    CALLER = "caller"
    AGENT = "agent"
    UNKNOWN = "unknown"


class Trim(StrEnum):
    """Whether silence at both ends was cut."""

    DO_NOT_TRIM = "do_not_trim"
    TRIM_SILENCE = "trim_silence"


class Delivery(StrEnum):
    """How media bytes reach a client."""

    PROXY = "proxy"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant; `link_seconds` is its own link lifetime where a vendor documents none.

    The two limits are requests a minute, None for what the vendor documents.
    `packing` lets originals be kept as FLAC, losslessly.
    """

    id: AccountId
    name: str
    created_at: datetime
    media_public: bool = True
    link_seconds: int | None = None
    delivery: Delivery = Delivery.PROXY
    requests_a_minute: int | None = None
    upload_urls_a_minute: int | None = None
    packing: bool = False


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its token: `digest` is HMAC-SHA256 of the token under the server's pepper."""

    id: KeyId
    account: AccountId
    name: str
    digest: bytes
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    dialect: str | None = None
    device_id: str | None = None
    end_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking, after proof; only `core/access.py` makes one.

    A device's principal names the device and its user. `until` is when its key expires.
    """

    account: AccountId
    scopes: frozenset[Scope]
    key: KeyId | None = None
    device_id: str | None = None
    end_user_id: str | None = None
    until: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Contact:
    """A party as an address book knows it."""

    id: str
    identifier_key: str
    identifier_value: str


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call; `number` is E.164 with its plus, a SIP address, or a client name."""

    number: str
    type: Leg = Leg.PSTN
    country: str | None = None
    caller_id_name: str | None = None
    anonymous: bool | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A telephone call; `vendor_id` is the id its first vendor gave it, unique in the account."""

    id: CallId
    account: AccountId
    direction: Direction | None = None
    caller: Party | None = None
    callee: Party | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    vendor_id: str | None = None
    channel: UUID | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording and its media; milliseconds of decoded audio, price a positive decimal.

    `transcript` is its newest finished transcription; `speakers` says who is on
    which channel, the first one first, as far as that is known.
    """

    id: RecordingId
    account: AccountId
    source: Source
    origin: Origin
    leg: Leg
    state: State
    created_at: datetime
    updated_at: datetime
    call: Call | None = None
    conference: UUID | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    channels: int | None = None
    track: Track = Track.BOTH
    trim: Trim = Trim.DO_NOT_TRIM
    price: str | None = None
    price_unit: str | None = None
    error_code: str | None = None
    transcription: bool = False
    name: str | None = None
    metadata: Mapping[str, object] | None = None
    device_id: str | None = None
    end_user_id: str | None = None
    extras: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    media: tuple[Media, ...] = ()
    hold: bool = False
    deleted_at: datetime | None = None
    tags: tuple[str, ...] = ()
    transcript: TranscriptionId | None = None
    speakers: tuple[Speaker, ...] = ()

    @property
    def audio(self) -> Media | None:
        """The first audio whose bytes came, else the first: what single-media dialects speak of."""
        first = None
        for it in self.media:
            if it.kind is Kind.AUDIO:
                if it.state is not MediaState.PENDING:
                    return it
                first = first or it
        return first

    @property
    def source_id(self) -> UUID:
        """The call's id, or the conference's; a recording of neither stands for itself."""
        if self.source is Source.CONFERENCE and self.conference is not None:
            return self.conference
        return self.call.id if self.call is not None else self.id

    def deleted(self, now: datetime) -> "Recording":
        """The same recording, hidden from now on."""
        return replace(self, deleted_at=now, updated_at=now)


@dataclass(frozen=True, slots=True)
class Link:
    """Signed, expiring access to one rendition; `name` is the file name without its extension."""

    account: AccountId
    recording: RecordingId
    media: MediaId
    variant: Variant
    name: str
    extension: str
    source: UUID
    key: str
    issued_at: datetime
    expires_at: datetime

    @property
    def form(self) -> Form:
        """The form of what it gives."""
        return self.variant.form


@dataclass(frozen=True, slots=True)
class Terms:
    """What a link should give: one variant, for a time, under a file name."""

    variant: Variant
    lifetime: timedelta
    name: str | None = None


@dataclass(frozen=True, slots=True)
class LinkKey:
    """A key that signs links; its secret is derived from the server's pepper, never stored."""

    id: str
    created_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What an uploader says of a recording; everything may be unknown.

    `conference` names the conference of a recording whose source is one.
    """

    call_id: str | None = None
    direction: Direction | None = None
    caller: Party | None = None
    callee: Party | None = None
    source: Source = Source.CALL
    origin: Origin = Origin.UPLOAD
    leg: Leg = Leg.PSTN
    started_at: datetime | None = None
    track: Track = Track.BOTH
    price: str | None = None
    price_unit: str | None = None
    name: str | None = None
    metadata: Mapping[str, object] | None = None
    device_id: str | None = None
    end_user_id: str | None = None
    conference: UUID | None = None
    channel: UUID | None = None
    ended_at: datetime | None = None
    channels: int | None = None
    trim: Trim = Trim.DO_NOT_TRIM
    extras: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = ()
