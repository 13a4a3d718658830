"""Shares as rows."""

from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from dictabelt.core.ids import AccountId, LinkId, MediaId, RecordingId
from dictabelt.core.media import Form
from dictabelt.core.share import Share
from dictabelt.db.event_tables import shares
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, insertion
from dictabelt.db.values import optional, read_id, read_instant, write_id, write_instant

_OWN = (shares.c.account == bindparam("of_account"), shares.c.id == bindparam("of_id"))

GET = Query(select(shares).where(*_OWN), "of_account", "of_id")
OF = Query(
    select(shares)
    .where(
        shares.c.account == bindparam("of_account"),
        shares.c.recording == bindparam("of_recording"),
    )
    .order_by(shares.c.created_at.desc(), shares.c.id.desc()),
    "of_account",
    "of_recording",
)
ADD = insertion(shares)
REVOKE = Query(
    update(shares)
    .where(*_OWN)
    .values(revoked_at=func.coalesce(shares.c.revoked_at, bindparam("at"))),
    "at",
    "of_account",
    "of_id",
)


def share_of(row: Row) -> Share:
    """The share that a row tells of."""
    account, id, created_at, recording, media, form, expires_at, note, revoked_at = row
    return Share(
        id=LinkId(read_id(id)),
        account=AccountId(read_id(account)),
        recording=RecordingId(read_id(recording)),
        media=MediaId(read_id(media)),
        form=Form(form),
        created_at=read_instant(created_at),
        expires_at=read_instant(expires_at),
        note=note,
        revoked_at=optional(read_instant, revoked_at),
    )


class Shares:
    """Shares in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, account: AccountId, id: LinkId) -> Share | None:
        rows = await self._runner.rows(GET, (write_id(account), write_id(id)))
        return share_of(rows[0]) if rows else None

    async def of(self, account: AccountId, recording: RecordingId) -> list[Share]:
        """Newest first, revoked and expired ones too."""
        rows = await self._runner.rows(OF, (write_id(account), write_id(recording)))
        return [share_of(row) for row in rows]

    async def add(self, account: AccountId, it: Share) -> None:
        """Raises Conflict when the id is taken, or there is no such recording."""
        same_account(account, it.account)
        row = (
            write_id(account),
            write_id(it.id),
            write_instant(it.created_at),
            write_id(it.recording),
            write_id(it.media),
            it.form.value,
            write_instant(it.expires_at),
            it.note,
            optional(write_instant, it.revoked_at),
        )
        await self._runner.touch(ADD, row)

    async def revoke(self, account: AccountId, id: LinkId, at: datetime) -> bool:
        """Whether it is there; one revoked before keeps its first instant."""
        values = (write_instant(at), write_id(account), write_id(id))
        return await self._runner.touch(REVOKE, values) > 0
