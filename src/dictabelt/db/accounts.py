"""Accounts as rows."""

from uuid import UUID

from sqlalchemy import bindparam, select, update

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Account, Delivery
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, Values, insertion
from dictabelt.db.tables import accounts
from dictabelt.db.values import read_id, read_instant, write_id, write_instant

_MUTABLE = [it.name for it in accounts.c if it.name not in {"id", "created_at"}]

GET = Query(select(accounts).where(accounts.c.id == bindparam("account")), "account")
NAMED = Query(select(accounts).where(accounts.c.name == bindparam("name")), "name")
ALL = Query(select(accounts).order_by(accounts.c.created_at, accounts.c.id))
ADD = insertion(accounts)
CHANGE = Query(
    update(accounts)
    .where(accounts.c.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in _MUTABLE}),
    *_MUTABLE,
    "of_id",
)


def account_of(row: Row) -> Account:
    """The account that a row of `accounts` tells of."""
    (
        id, name, created_at, media_public, link_seconds, delivery, requests_a_minute,
        upload_urls_a_minute, packing,
    ) = row  # fmt: skip
    return Account(
        id=AccountId(read_id(id)),
        name=name,
        created_at=read_instant(created_at),
        media_public=bool(media_public),
        link_seconds=link_seconds,
        delivery=Delivery(delivery),
        requests_a_minute=requests_a_minute,
        upload_urls_a_minute=upload_urls_a_minute,
        packing=bool(packing),
    )


def account_row(account: Account) -> Values:
    """Reverses `account_of`."""
    return (
        write_id(account.id),
        account.name,
        write_instant(account.created_at),
        account.media_public,
        account.link_seconds,
        account.delivery.value,
        account.requests_a_minute,
        account.upload_urls_a_minute,
        account.packing,
    )


def _first(rows: list[Row]) -> Account | None:
    return account_of(rows[0]) if rows else None


class Accounts:
    """Accounts in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, id: UUID) -> Account | None:
        return await self._runner.made(GET, (write_id(id),), of=_first)

    async def named(self, name: str) -> Account | None:
        return await self._runner.made(NAMED, (name,), of=_first)

    async def all(self) -> list[Account]:
        """Oldest first."""
        return [account_of(row) for row in await self._runner.rows(ALL, ())]

    async def add(self, account: Account) -> None:
        """Raises Conflict when the id or the name is taken."""
        await self._runner.touch(ADD, account_row(account))

    async def put(self, account: AccountId, changed: Account) -> None:
        """Everything but the instant of creation. Raises Conflict or NotFound."""
        same_account(account, changed.id)
        id, name, _created_at, *mutable = account_row(changed)
        if not await self._runner.touch(CHANGE, (name, *mutable, id)):
            raise NotFound("no such account")
