"""Accounts and their keys: made, listed, revoked by the owner."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from dictabelt.core.access import mint_account_id, require
from dictabelt.core.errors import Conflict, Invalid, NotFound
from dictabelt.core.ids import KeyId, new_uuid
from dictabelt.core.nouns import Account, ApiKey, Principal, Scope
from dictabelt.core.ports import Database
from dictabelt.core.tokens import digest, new_token

GRANTABLE = (Scope.READ, Scope.WRITE, Scope.ADMIN)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key and, this once, its token."""

    key: ApiKey
    token: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a new key is to be good for."""

    name: str
    scopes: frozenset[Scope]
    lifetime: timedelta | None = None
    dialect: str | None = None


class Accounts:
    """Use-cases of the owner; whoever reaches them holds the data folder."""

    def __init__(self, db: Database, pepper: bytes) -> None:
        self._db = db
        self._pepper = pepper

    async def add(self, name: str, *, media_public: bool, link_seconds: int | None) -> Account:
        """Raises Invalid for an empty name or bad lifetime, Conflict for a name in use."""
        if not name.strip():
            raise Invalid("an account needs a name", field="name")
        if link_seconds is not None and not 1 <= link_seconds <= 604_800:
            raise Invalid("a link lives 1 second to 7 days (604800)", field="link_seconds")
        async with self._db.write() as tx:
            if await tx.accounts.named(name) is not None:
                raise Conflict(f"there is an account {name!r} already; choose another name")
            account = Account(
                id=mint_account_id(new_uuid()),
                name=name,
                created_at=tx.now,
                media_public=media_public,
                link_seconds=link_seconds,
            )
            await tx.accounts.add(account)
        return account

    async def all(self) -> list[Account]:
        """Every account, oldest first."""
        async with self._db.read() as tx:
            return await tx.accounts.all()

    async def issue_key(self, who: Principal, grant: Grant) -> Issued:
        """A new key; its token is in the answer and nowhere else. Raises Forbidden, Invalid."""
        require(who, Scope.ADMIN)
        refuse_scopes(grant.scopes)
        token = new_token()
        async with self._db.write() as tx:
            key = ApiKey(
                id=KeyId(new_uuid()),
                account=who.account,
                name=grant.name,
                digest=digest(token, self._pepper),
                scopes=grant.scopes,
                created_at=tx.now,
                expires_at=None if grant.lifetime is None else tx.now + grant.lifetime,
                dialect=grant.dialect,
            )
            await tx.keys.add(key)
        return Issued(key, token)

    async def keys(self, who: Principal) -> list[ApiKey]:
        """The account's keys, oldest first, revoked ones too. Raises Forbidden."""
        require(who, Scope.ADMIN)
        async with self._db.read() as tx:
            return await tx.keys.of(who.account)

    async def revoke_key(self, who: Principal, id: KeyId) -> None:
        """Dead from the next request on. Raises Forbidden, NotFound."""
        require(who, Scope.ADMIN)
        async with self._db.write() as tx:
            if not await tx.keys.revoke(who.account, id, tx.now):
                raise NotFound("no such key; `dictabelt key list` shows them")


def refuse_scopes(scopes: Iterable[Scope]) -> None:
    """Raises Invalid for no scope at all, or one that keys cannot have."""
    wanted = list(scopes)
    if not wanted or any(it not in GRANTABLE for it in wanted):
        names = ", ".join(it.value for it in GRANTABLE)
        raise Invalid(f"a key needs scopes out of: {names}", field="scope")
