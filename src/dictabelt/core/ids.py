"""Identifier types, minting and reading; every public id is a random UUIDv4."""

import re
from secrets import token_bytes
from typing import NewType
from uuid import UUID, SafeUUID

AccountId = NewType("AccountId", UUID)
KeyId = NewType("KeyId", UUID)
CallId = NewType("CallId", UUID)
RecordingId = NewType("RecordingId", UUID)
MediaId = NewType("MediaId", UUID)
TranscriptionId = NewType("TranscriptionId", UUID)
HookId = NewType("HookId", UUID)
EventId = NewType("EventId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
JobId = NewType("JobId", UUID)
LinkId = NewType("LinkId", UUID)

_KEY = re.compile(r"[0-9a-f]{32}/[0-9a-f]{2}/[0-9a-f]{32}", re.ASCII)
_DASHED = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)
_new, _set, _UNKNOWN = object.__new__, object.__setattr__, SafeUUID.unknown
# RFC 9562 section 5.4: the bits that are random, and those that say so.
_VERSION_4 = 0x4000_8000_0000_0000_0000
_RANDOM = ~0xF000_C000_0000_0000_0000


def new_uuid() -> UUID:
    """A fresh id; 122 random bits, because a public media URL rests on nothing else."""
    number = int.from_bytes(token_bytes(16))
    return _uuid(number & _RANDOM | _VERSION_4)


def uuid_of(value: bytes) -> UUID:
    """The UUID of those 16 bytes."""
    return _uuid(int.from_bytes(value))


def read_uuid(text: str) -> UUID | None:
    """The UUID that `text` spells in its 36-character form (RFC 9562 section 4), else None."""
    return _uuid(int(text.replace("-", ""), 16)) if _DASHED.fullmatch(text) else None


def read_prefixed(prefix: str, text: str) -> UUID | None:
    """The UUID behind a prefixed spelling such as `rec_` + 32 lower-case hex, else None."""
    digits = text.removeprefix(prefix)
    return _uuid(int(digits, 16)) if digits != text and _HEX.fullmatch(digits) else None


def spell_prefixed(prefix: str, id: UUID) -> str:
    """The prefixed spelling of `id`; `read_prefixed` reverses it."""
    return prefix + id.hex


def blob_key(account: AccountId) -> str:
    """A fresh place for bytes, out of ids alone, so that no client's text reaches the disk."""
    name = new_uuid().hex
    return f"{account.hex}/{name[:2]}/{name}"


def is_blob_key(text: str) -> bool:
    """Whether `blob_key` may have made it: a bucket may hold what is another program's."""
    return bool(_KEY.fullmatch(text))


def _uuid(number: int) -> UUID:
    """What `UUID(int=number)` makes, in a third of its time: pages of recordings have hundreds."""
    it = _new(UUID)
    _set(it, "int", number)
    _set(it, "is_safe", _UNKNOWN)
    return it
