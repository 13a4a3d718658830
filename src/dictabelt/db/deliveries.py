"""Deliveries of events as rows."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import AccountId, DeliveryId, EventId, HookId
from dictabelt.core.webhook import Delivery, DeliveryState
from dictabelt.db.event_tables import deliveries
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, Values
from dictabelt.db.values import (
    optional,
    read_id,
    read_instant,
    read_object,
    write_id,
    write_instant,
    write_json,
)

_NAMES = [column.name for column in deliveries.c]
_MUTABLE = [column.name for column in deliveries.c[5:]]
_OWN = (deliveries.c.account == bindparam("of_account"), deliveries.c.id == bindparam("of_id"))

GET = Query(select(deliveries).where(*_OWN), "of_account", "of_id")
OF = Query(
    select(deliveries)
    .where(
        deliveries.c.account == bindparam("of_account"),
        deliveries.c.event == bindparam("of_event"),
    )
    .order_by(deliveries.c.created_at, deliveries.c.id),
    "of_account",
    "of_event",
)
# SQLite spells this clause like PostgreSQL.
ADD = Query(
    insert(deliveries)
    .values({name: bindparam(name) for name in _NAMES})
    .on_conflict_do_nothing(index_elements=["account", "event", "dialect", "receiver"]),
    *_NAMES,
)
CHANGE = Query(
    update(deliveries).where(*_OWN).values({name: bindparam(name) for name in _MUTABLE}),
    *_MUTABLE,
    "of_account",
    "of_id",
)


def delivery_of(row: Row) -> Delivery:
    """The delivery that a row tells of."""
    (
        account, id, created_at, event, _receiver, dialect, url, hook, address, state, attempts,
        status, error, updated_at,
    ) = row  # fmt: skip
    return Delivery(
        id=DeliveryId(read_id(id)),
        account=AccountId(read_id(account)),
        event=EventId(read_id(event)),
        dialect=dialect,
        url=url,
        created_at=read_instant(created_at),
        hook=None if hook is None else HookId(read_id(hook)),
        address=read_object(address),
        state=DeliveryState(state),
        attempts=attempts,
        status=status,
        error=error,
        updated_at=optional(read_instant, updated_at),
    )


def delivery_row(account: AccountId, it: Delivery) -> Values:
    """Reverses `delivery_of`; the receiver is the hook, or the URL where there is none."""
    return (
        write_id(account),
        write_id(it.id),
        write_instant(it.created_at),
        write_id(it.event),
        it.url if it.hook is None else str(it.hook),
        it.dialect,
        it.url,
        optional(write_id, it.hook),
        write_json(it.address),
        it.state.value,
        it.attempts,
        it.status,
        it.error,
        optional(write_instant, it.updated_at),
    )


class Deliveries:
    """Deliveries in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, account: AccountId, id: DeliveryId) -> Delivery | None:
        rows = await self._runner.rows(GET, (write_id(account), write_id(id)))
        return delivery_of(rows[0]) if rows else None

    async def of(self, account: AccountId, event: EventId) -> list[Delivery]:
        """Oldest first."""
        rows = await self._runner.rows(OF, (write_id(account), write_id(event)))
        return [delivery_of(row) for row in rows]

    async def add(self, account: AccountId, it: Delivery) -> bool:
        """False, and nothing changed, where the receiver is to hear of the event already."""
        same_account(account, it.account)
        return await self._runner.touch(ADD, delivery_row(account, it)) > 0

    async def put(self, account: AccountId, it: Delivery) -> None:
        """Raises NotFound."""
        same_account(account, it.account)
        row = delivery_row(account, it)
        if not await self._runner.touch(CHANGE, (*row[5:], row[0], row[1])):
            raise NotFound("no such delivery")
