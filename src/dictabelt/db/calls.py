"""Calls as rows."""

from functools import partial

from sqlalchemy import ColumnElement, bindparam, literal_column, select, update

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import AccountId, CallId
from dictabelt.core.nouns import Call, Direction
from dictabelt.db.classes import DIRECTIONS
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, Values, insertion
from dictabelt.db.tables import calls, recordings
from dictabelt.db.values import (
    optional,
    read_id,
    read_instant,
    read_party,
    write_id,
    write_instant,
    write_json,
)

# the account is known to who asks
COLUMNS = calls.c[1:]
_OWN = calls.c.account == bindparam("account")
_MUTABLE = [column.name for column in calls.c[2:]]

GET = Query(select(*COLUMNS).where(_OWN, calls.c.id == bindparam("id")), "account", "id")
BY_VENDOR_ID = Query(
    select(*COLUMNS).where(_OWN, calls.c.vendor_id == bindparam("vendor_id")),
    "account",
    "vendor_id",
)
ADD = insertion(calls)
CHANGE = Query(
    update(calls)
    .where(calls.c.account == bindparam("of_account"), calls.c.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in _MUTABLE}),
    *_MUTABLE,
    "of_account",
    "of_id",
)
# what its recordings are found by
OF_RECORDINGS = ("caller_number", "callee_number", "channel")
_DIRECTIONS: ColumnElement[int] = literal_column(str(len(DIRECTIONS)))
# the direction is what is left over of a facet
_FACET = recordings.c.facet - recordings.c.facet % _DIRECTIONS + bindparam("direction")


def _changing(which: ColumnElement[bool]) -> Query:
    return Query(
        update(recordings)
        .where(
            recordings.c.account == bindparam("of_account"),
            recordings.c.call == bindparam("of_call"),
            which,
        )
        .values({name: bindparam(name) for name in OF_RECORDINGS} | {"facet": _FACET}),
        *OF_RECORDINGS,
        "direction",
        "of_account",
        "of_call",
    )


# One of both would find no index: those that are there and those deleted have one each.
CHANGE_RECORDINGS = _changing(recordings.c.deleted_at.is_(None))
CHANGE_DELETED = _changing(recordings.c.deleted_at.is_not(None))


def call_of(account: AccountId, row: Row) -> Call:
    """The call that `COLUMNS` of a row of `calls` tell of."""
    id, direction, caller, callee, started_at, ended_at, vendor_id, channel = row
    return Call(
        id=CallId(read_id(id)),
        account=account,
        direction=optional(Direction, direction),
        caller=optional(read_party, caller),
        callee=optional(read_party, callee),
        started_at=optional(read_instant, started_at),
        ended_at=optional(read_instant, ended_at),
        vendor_id=vendor_id,
        channel=optional(read_id, channel),
    )


def call_row(account: AccountId, call: Call) -> Values:
    """A whole row of `calls`."""
    return (
        write_id(account),
        write_id(call.id),
        call.direction.value if call.direction else None,
        optional(write_json, call.caller),
        optional(write_json, call.callee),
        optional(write_instant, call.started_at),
        optional(write_instant, call.ended_at),
        call.vendor_id,
        optional(write_id, call.channel),
    )


def found_by(call: Call | None) -> Values:
    """`OF_RECORDINGS` of a call, or of none."""
    if call is None:
        return (None,) * len(OF_RECORDINGS)
    return (
        call.caller.number if call.caller else None,
        call.callee.number if call.callee else None,
        optional(write_id, call.channel),
    )


def _first(account: AccountId, rows: list[Row]) -> Call | None:
    return call_of(account, rows[0]) if rows else None


class Calls:
    """Calls in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, account: AccountId, id: CallId) -> Call | None:
        values = (write_id(account), write_id(id))
        return await self._runner.made(GET, values, of=partial(_first, account))

    async def by_vendor_id(self, account: AccountId, vendor_id: str) -> Call | None:
        values = (write_id(account), vendor_id)
        return await self._runner.made(BY_VENDOR_ID, values, of=partial(_first, account))

    async def add(self, account: AccountId, call: Call) -> None:
        """Raises Conflict when the id or the vendor's id is taken in this account."""
        same_account(account, call.account)
        await self._runner.touch(ADD, call_row(account, call))

    async def put(self, account: AccountId, call: Call) -> None:
        """Everything but the id. Raises Conflict or NotFound."""
        same_account(account, call.account)
        own, id, *mutable = call_row(account, call)
        if not await self._runner.touch(CHANGE, (*mutable, own, id)):
            raise NotFound("no such call")
        for query in (CHANGE_RECORDINGS, CHANGE_DELETED):
            direction = DIRECTIONS.index(call.direction)
            await self._runner.touch(query, (*found_by(call), direction, own, id))
