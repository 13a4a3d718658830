"""Identifier types, minting and reading; every public id is a random UUIDv4."""

import re
from typing import NewType
from uuid import UUID, uuid4

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

_DASHED = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_uuid() -> UUID:
    """A fresh id; 122 random bits, because a public media URL rests on nothing else."""
    return uuid4()


def read_uuid(text: str) -> UUID | None:
    """The UUID that `text` spells in its 36-character form (RFC 9562 section 4), else None."""
    return UUID(text) if _DASHED.fullmatch(text) else None


def read_prefixed(prefix: str, text: str) -> UUID | None:
    """The UUID behind a prefixed spelling such as `rec_` + 32 lower-case hex, else None."""
    digits = text.removeprefix(prefix)
    return UUID(hex=digits) if digits != text and _HEX.fullmatch(digits) else None


def spell_prefixed(prefix: str, id: UUID) -> str:
    """The prefixed spelling of `id`; `read_prefixed` reverses it."""
    return prefix + id.hex


def blob_key(account: AccountId) -> str:
    """A fresh place for bytes, out of ids alone, so that no client's text reaches the disk."""
    name = new_uuid().hex
    return f"{account.hex}/{name[:2]}/{name}"
