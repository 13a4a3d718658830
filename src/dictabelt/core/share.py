"""The nouns of a share: a link that is kept, what holds it back, and who listens by it."""

from dataclasses import dataclass
from datetime import datetime

from dictabelt.core.ids import AccountId, KeyId, LinkId, MediaId, RecordingId
from dictabelt.core.media import Form, Variant


@dataclass(frozen=True, slots=True)
class Leash:
    """What holds a share back, None and none for nothing; `note` is for its owner alone.

    `networks` are CIDR as `networks.network` spells them, of either family.
    """

    uses: int | None = None
    networks: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A link given away under an id of its own.

    `made_by` is the key it was asked for with, None for the owner's command
    line. `uses` is how many there may be, `used` how many there were.
    """

    id: LinkId
    account: AccountId
    recording: RecordingId
    media: MediaId
    variant: Variant
    created_at: datetime
    expires_at: datetime
    note: str | None = None
    revoked_at: datetime | None = None
    made_by: KeyId | None = None
    uses: int | None = None
    used: int = 0
    networks: tuple[str, ...] = ()
    last_used_at: datetime | None = None

    @property
    def form(self) -> Form:
        """The form of what it gives."""
        return self.variant.form


@dataclass(frozen=True, slots=True)
class Use:
    """One address listening by one share, from its first request to its last."""

    share: LinkId
    address: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever follows a link; `address` as `networks.caller` spells it, "" where none is known."""

    address: str = ""
