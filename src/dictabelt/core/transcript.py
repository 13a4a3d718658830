"""The noun of a transcription: what was said, in which words, when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dictabelt.core.ids import AccountId, RecordingId, TranscriptionId


class TranscriptState(StrEnum):
    """Accepted until somebody transcribes it; then available, or failed."""

    ACCEPTED = "accepted"
    ONGOING = "ongoing"
    AVAILABLE = "available"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Segment:
    """Words between two instants of the audio, in milliseconds; channels count from 1."""

    start_ms: int
    end_ms: int
    text: str
    channel: int | None = None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Transcription:
    """One transcription of a recording; `locale` is a BCP 47 tag, price a positive decimal."""

    id: TranscriptionId
    account: AccountId
    recording: RecordingId
    state: TranscriptState
    locale: str
    created_at: datetime
    updated_at: datetime
    text: str | None = None
    segments: tuple[Segment, ...] = ()
    summary: str | None = None
    duration_ms: int | None = None
    channels: int | None = None
    price: str | None = None
    price_unit: str | None = None
    error: str | None = None
