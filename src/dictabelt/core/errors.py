"""Everything the vault refuses, and why; no HTTP status in sight.

VaultError
  Unauthorized    no key, or a key that is wrong, revoked or expired
  Forbidden       a good key without the scope
  LinkRevoked     a good link that its owner took back
  LinkElsewhere   a good link, followed from an address that it is not for
  LinkUsedUp      a good link that was used as often as it may be
  NotFound        missing, deleted, or another account's: the three look alike
  Invalid         input that names nothing or breaks a rule
  Conflict        the thing's state does not allow it
    Held          under legal hold
    NotReady      the media is not there yet, or cannot be played
    NotLive       the call, or the recording, is not in progress
    KeyReused     an idempotency key came again with another request
    DeviceBound   the device has a key already
  TooBusy         scarce work is taken; `retry_after` says when to come back
  Unreadable      bytes that are not the audio they claim to be
  StorageFailed   the disk, the bucket or the database refused
    Damaged       stored bytes are not those that were kept
      Quarantined a check said so before: they are not even looked at
  Internal        a fault of ours
"""

from dictabelt.core.damage import Damage


class VaultError(Exception):
    """Base of every refusal; `str()` of it is safe to show to a client."""


class Unauthorized(VaultError):
    """No key, or one that is wrong, revoked, expired, or not for this dialect."""


class MissingKey(Unauthorized):
    """The request carried no key at all."""


class Forbidden(VaultError):
    """A good key that lacks the scope."""


class LinkRevoked(VaultError):
    """A good link that its owner took back."""


class LinkElsewhere(VaultError):
    """A good link that is bound to other addresses than the caller's."""


class LinkUsedUp(VaultError):
    """A good link that was used as often as its owner allowed."""


class NotFound(VaultError):
    """Missing, deleted or foreign."""


class Invalid(VaultError):
    """Input that breaks a rule; `field` is the name the client used for it."""

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.field = field


class Conflict(VaultError):
    """The thing's state does not allow what was asked."""


class Held(Conflict):
    """Under legal hold."""


class NotReady(Conflict):
    """The media is not uploaded, not finished, or not playable."""


class NotLive(Conflict):
    """The call is not being recorded, or the recording is not in progress."""


class KeyReused(Conflict):
    """An idempotency key that belongs to another request."""


class DeviceBound(Conflict):
    """The device has a key already."""


class TooBusy(VaultError):
    """Scarce work is taken; come back after `retry_after` seconds."""

    def __init__(self, reason: str, *, retry_after: int) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unreadable(VaultError):
    """Bytes that are not the audio they claim to be."""


class StorageFailed(VaultError):
    """The disk, the bucket or the database refused; nothing was acknowledged."""


class Damaged(StorageFailed):
    """Stored bytes are not those that were kept: cut, swapped or rotten; `damage` says which."""

    def __init__(self, reason: str, damage: Damage = Damage.CHANGED) -> None:
        super().__init__(reason)
        self.damage = damage


class Quarantined(Damaged):
    """A check found the media damaged; its owner must bring its file back."""


class Internal(VaultError):
    """A fault of ours; says nothing about itself to the client."""
