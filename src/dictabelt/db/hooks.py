"""Hooks as rows; their secret and headers are sealed."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select, update

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import AccountId, HookId
from dictabelt.core.ports import Seal
from dictabelt.core.webhook import Hook
from dictabelt.db.event_tables import hooks
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, Values, insertion
from dictabelt.db.values import (
    read_id,
    read_instant,
    read_object,
    read_words,
    write_id,
    write_instant,
    write_json,
)

_MUTABLE = [column.name for column in hooks.c[3:]]
_OWN = (hooks.c.account == bindparam("of_account"), hooks.c.id == bindparam("of_id"))
_OLDEST = (hooks.c.created_at, hooks.c.id)

GET = Query(select(hooks).where(*_OWN), "of_account", "of_id")
OF = Query(
    select(hooks).where(hooks.c.account == bindparam("of_account")).order_by(*_OLDEST),
    "of_account",
)
ADD = insertion(hooks)
CHANGE = Query(
    update(hooks).where(*_OWN).values({name: bindparam(name) for name in _MUTABLE}),
    *_MUTABLE,
    "of_account",
    "of_id",
)
FORGET = Query(delete(hooks).where(*_OWN), "of_account", "of_id")


def _context(account: AccountId, id: HookId) -> bytes:
    """What a sealed value belongs to: in another row it does not open."""
    return b"hook:" + account.bytes + id.bytes


class Hooks:
    """Hooks in one transaction."""

    def __init__(self, runner: Runner, seal: Seal) -> None:
        self._runner = runner
        self._seal = seal

    async def get(self, account: AccountId, id: HookId) -> Hook | None:
        rows = await self._runner.rows(GET, (write_id(account), write_id(id)))
        return self._hook(rows[0]) if rows else None

    async def of(self, account: AccountId, dialect: str | None = None) -> list[Hook]:
        """Oldest first; those of one dialect, or of all."""
        found = [self._hook(row) for row in await self._runner.rows(OF, (write_id(account),))]
        return [it for it in found if dialect in (None, it.dialect)]

    async def add(self, account: AccountId, hook: Hook) -> None:
        """Raises Conflict when the id is taken."""
        same_account(account, hook.account)
        await self._runner.touch(ADD, self._row(account, hook))

    async def put(self, account: AccountId, hook: Hook) -> None:
        """Everything but the instant of creation. Raises NotFound."""
        same_account(account, hook.account)
        own, id, _created_at, *mutable = self._row(account, hook)
        if not await self._runner.touch(CHANGE, (*mutable, own, id)):
            raise NotFound("no such webhook")

    async def forget(self, account: AccountId, id: HookId) -> bool:
        """Whether it was there."""
        return await self._runner.touch(FORGET, (write_id(account), write_id(id))) > 0

    def _hook(self, row: Row) -> Hook:
        account, id, created_at, dialect, url, events, sealed, details, enabled = row
        owner, own = AccountId(read_id(account)), HookId(read_id(id))
        hidden: Mapping[str, object] = read_object(
            self._seal.open(sealed, _context(owner, own)).decode()
        )
        headers = hidden["headers"]
        assert isinstance(headers, dict)
        return Hook(
            id=own,
            account=owner,
            dialect=dialect,
            url=url,
            created_at=read_instant(created_at),
            events=frozenset(read_words(events)),
            secret=str(hidden["secret"]),
            headers=headers,
            details=read_object(details),
            enabled=bool(enabled),
        )

    def _row(self, account: AccountId, it: Hook) -> Values:
        hidden = write_json({"secret": it.secret, "headers": dict(it.headers)})
        return (
            write_id(account),
            write_id(it.id),
            write_instant(it.created_at),
            it.dialect,
            it.url,
            write_json(sorted(it.events)),
            self._seal.seal(hidden.encode(), _context(account, it.id)),
            write_json(it.details),
            it.enabled,
        )
