"""How ids, instants and JSON are kept in a column, and read back."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from dictabelt.core.errors import Invalid
from dictabelt.core.nouns import Party, Scope, Signal

In = TypeVar("In")
Out = TypeVar("Out")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.Encoder(enc_hook=dict).encode

read_object: Callable[[str], dict[str, Any]] = msgspec.json.Decoder(dict[str, Any]).decode
read_party: Callable[[str], Party] = msgspec.json.Decoder(Party).decode
read_scopes: Callable[[str], frozenset[Scope]] = msgspec.json.Decoder(frozenset[Scope]).decode
read_signal: Callable[[str], Signal] = msgspec.json.Decoder(Signal).decode


def optional(convert: Callable[[In], Out], value: In | None) -> Out | None:
    """`convert(value)`, and nothing for nothing."""
    return None if value is None else convert(value)


def write_id(id: UUID) -> bytes:
    """The 16 bytes of an id in network order."""
    return id.bytes


def read_id(value: bytes) -> UUID:
    """Reverses `write_id`."""
    return UUID(bytes=value)


def write_instant(at: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC; `at` knows its time zone."""
    return (at - _EPOCH) // _MICROSECOND


def read_instant(value: int) -> datetime:
    """Reverses `write_instant`, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def write_json(value: Party | Signal | Mapping[str, object] | list[Scope]) -> str:
    """JSON text of a noun or of a client's own object. Raises Invalid for what JSON cannot say."""
    try:
        return _encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Invalid("cannot be kept as JSON") from error
