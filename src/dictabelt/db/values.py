"""How ids, instants and JSON are kept in a column, and read back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from dictabelt.core.errors import Invalid
from dictabelt.core.findings import Findings
from dictabelt.core.ids import uuid_of
from dictabelt.core.media import Signal
from dictabelt.core.nouns import Party, Recording, Scope
from dictabelt.core.transcript import Segment, Transcription

In = TypeVar("In")
Out = TypeVar("Out")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder(enc_hook=dict).encode

read_object: Callable[[str], dict[str, Any]] = msgspec.json.Decoder(dict[str, Any]).decode
read_party: Callable[[str], Party] = msgspec.json.Decoder(Party).decode
read_scopes: Callable[[str], frozenset[Scope]] = msgspec.json.Decoder(frozenset[Scope]).decode
read_signal: Callable[[str], Signal] = msgspec.json.Decoder(Signal).decode
read_strings: Callable[[str], dict[str, str]] = msgspec.json.Decoder(dict[str, str]).decode
read_words: Callable[[str], list[str]] = msgspec.json.Decoder(list[str]).decode
read_segments: Callable[[str], tuple[Segment, ...]] = msgspec.json.Decoder(
    tuple[Segment, ...]
).decode
# Rows outlive the noun's present fields: those it gained since have defaults.
read_recording: Callable[[str], Recording] = msgspec.json.Decoder(Recording).decode
read_transcription: Callable[[str], Transcription] = msgspec.json.Decoder(Transcription).decode

Kept = (
    Party
    | Signal
    | Recording
    | Transcription
    | Mapping[str, object]
    | Sequence[Segment]
    | Findings
    | Sequence[str]
)


def optional(convert: Callable[[In], Out], value: In | None) -> Out | None:
    """`convert(value)`, and nothing for nothing."""
    return None if value is None else convert(value)


def write_id(id: UUID) -> bytes:
    """The 16 bytes of an id in network order."""
    return id.bytes


def read_id(value: bytes) -> UUID:
    """Reverses `write_id`."""
    return uuid_of(value)


def write_instant(at: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC; `at` knows its time zone."""
    return (at - _EPOCH) // _MICROSECOND


def read_instant(value: int) -> datetime:
    """Reverses `write_instant`, in UTC."""
    return _EPOCH + value * _MICROSECOND


def write_json(value: Kept) -> str:
    """JSON text of a noun or of a client's own object. Raises Invalid for what JSON cannot say."""
    try:
        return _encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Invalid("cannot be kept as JSON") from error
