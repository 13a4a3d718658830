"""The noun of a share: a link that is kept, so that its owner can list and revoke it."""

from dataclasses import dataclass
from datetime import datetime

from dictabelt.core.ids import AccountId, LinkId, MediaId, RecordingId
from dictabelt.core.media import Form


@dataclass(frozen=True, slots=True)
class Share:
    """A link given away under an id of its own."""

    id: LinkId
    account: AccountId
    recording: RecordingId
    media: MediaId
    form: Form
    created_at: datetime
    expires_at: datetime
    note: str | None = None
    revoked_at: datetime | None = None
