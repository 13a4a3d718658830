"""Shares, and who listens by them, as rows."""

from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from dictabelt.core.ids import AccountId, KeyId, LinkId, MediaId, RecordingId
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.core.share import Share, Use
from dictabelt.db.event_tables import share_uses, shares
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, insertion
from dictabelt.db.values import (
    optional,
    read_id,
    read_instant,
    read_words,
    write_id,
    write_instant,
    write_json,
)

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
HEARD = Query(
    update(shares)
    .where(*_OWN)
    .values(used=shares.c.used + bindparam("more"), last_used_at=bindparam("at")),
    "more",
    "at",
    "of_account",
    "of_id",
)

_OF_SHARE = (
    share_uses.c.account == bindparam("of_account"),
    share_uses.c.share == bindparam("of_share"),
)
_USE = insert(share_uses).values({it.name: bindparam(it.name) for it in share_uses.c})

USE = Query(
    select(share_uses.c.first_at, share_uses.c.last_at).where(
        *_OF_SHARE, share_uses.c.address == bindparam("of_address")
    ),
    "of_account",
    "of_share",
    "of_address",
)
# SQLite spells this clause like PostgreSQL.
PUT_USE = Query(
    _USE.on_conflict_do_update(
        index_elements=["account", "share", "address"],
        set_={name: _USE.excluded[name] for name in ("first_at", "last_at")},
    ),
    *(it.name for it in share_uses.c),
)
FORGET_USES = Query(
    delete(share_uses).where(
        share_uses.c.account == bindparam("of_account"),
        share_uses.c.last_at <= bindparam("before"),
    ),
    "of_account",
    "before",
)
FORGET_USES_OF = Query(
    delete(share_uses).where(
        share_uses.c.account == bindparam("of_account"),
        share_uses.c.share.in_(
            select(shares.c.id).where(
                shares.c.account == bindparam("sharing_account"),
                shares.c.recording == bindparam("of_recording"),
            )
        ),
    ),
    "of_account",
    "sharing_account",
    "of_recording",
)


def share_of(row: Row) -> Share:
    """The share that a row tells of."""
    account, id, created_at, recording, media, form, expires_at, note, revoked_at, *leash = row
    mix, start_ms, end_ms, made_by, uses, used, networks, last_used_at = leash
    return Share(
        id=LinkId(read_id(id)),
        account=AccountId(read_id(account)),
        recording=RecordingId(read_id(recording)),
        media=MediaId(read_id(media)),
        variant=Variant(Form(form), Mix(mix), start_ms, end_ms),
        created_at=read_instant(created_at),
        expires_at=read_instant(expires_at),
        note=note,
        revoked_at=optional(read_instant, revoked_at),
        made_by=None if made_by is None else KeyId(read_id(made_by)),
        uses=uses,
        used=used,
        networks=tuple(read_words(networks)),
        last_used_at=optional(read_instant, last_used_at),
    )


def _row(it: Share) -> Row:
    return (
        write_id(it.account),
        write_id(it.id),
        write_instant(it.created_at),
        write_id(it.recording),
        write_id(it.media),
        it.variant.form.value,
        write_instant(it.expires_at),
        it.note,
        optional(write_instant, it.revoked_at),
        it.variant.mix.value,
        it.variant.start_ms,
        it.variant.end_ms,
        optional(write_id, it.made_by),
        it.uses,
        it.used,
        write_json(it.networks),
        optional(write_instant, it.last_used_at),
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
        await self._runner.touch(ADD, _row(it))

    async def revoke(self, account: AccountId, id: LinkId, at: datetime) -> bool:
        """Whether it is there; one revoked before keeps its first instant."""
        values = (write_instant(at), write_id(account), write_id(id))
        return await self._runner.touch(REVOKE, values) > 0

    async def heard(self, account: AccountId, id: LinkId, *, more: int, at: datetime) -> None:
        """Counts `more` uses, the last request of them at that instant."""
        await self._runner.touch(HEARD, (more, write_instant(at), write_id(account), write_id(id)))

    async def use(self, account: AccountId, id: LinkId, address: str) -> Use | None:
        """The last use of an address, as far as it is kept."""
        rows = await self._runner.rows(USE, (write_id(account), write_id(id), address))
        if not rows:
            return None
        first_at, last_at = map(read_instant, rows[0])
        return Use(id, address, first_at, last_at)

    async def put_use(self, account: AccountId, it: Use) -> None:
        """In place of an older one of that address. Raises Conflict without such a share."""
        instants = (write_instant(it.first_at), write_instant(it.last_at))
        row = (write_id(account), write_id(it.share), it.address, *instants)
        await self._runner.touch(PUT_USE, row)

    async def forget_uses(self, account: AccountId, before: datetime) -> None:
        """Those of any share whose last request was then, or earlier."""
        await self._runner.touch(FORGET_USES, (write_id(account), write_instant(before)))

    async def forget_uses_of(self, account: AccountId, recording: RecordingId) -> None:
        """Those of all shares of a recording."""
        owner = write_id(account)
        await self._runner.touch(FORGET_USES_OF, (owner, owner, write_id(recording)))
