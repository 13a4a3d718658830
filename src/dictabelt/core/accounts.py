"""Accounts and their keys: made, listed, revoked by the owner."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from dictabelt.core.access import mint_account_id, require
from dictabelt.core.errors import Conflict, DeviceBound, Invalid, NotFound
from dictabelt.core.ids import KeyId, new_uuid
from dictabelt.core.nouns import Account, ApiKey, Delivery, Principal, Scope
from dictabelt.core.ports import Database, Writing
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
    device_id: str | None = None
    end_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class AccountChanges:
    """What to change of an account; None leaves a thing as it is, 0 unsets a number."""

    name: str | None = None
    media_public: bool | None = None
    link_seconds: int | None = None
    requests_a_minute: int | None = None
    upload_urls_a_minute: int | None = None
    packing: bool | None = None
    delivery: Delivery | None = None

    def on(self, it: Account) -> Account:
        """The account with these changes."""
        return replace(
            it,
            name=self.name or it.name,
            media_public=it.media_public if self.media_public is None else self.media_public,
            link_seconds=_number(it.link_seconds, self.link_seconds),
            requests_a_minute=_number(it.requests_a_minute, self.requests_a_minute),
            upload_urls_a_minute=_number(it.upload_urls_a_minute, self.upload_urls_a_minute),
            packing=it.packing if self.packing is None else self.packing,
            delivery=self.delivery or it.delivery,
        )


class Accounts:
    """Use-cases of the owner; whoever reaches them holds the data folder."""

    def __init__(self, db: Database, pepper: bytes) -> None:
        self._db = db
        self._pepper = pepper

    async def add(self, name: str, *, media_public: bool, link_seconds: int | None) -> Account:
        """Raises Invalid for an empty name or bad lifetime, Conflict for a name in use."""
        if not name.strip():
            raise Invalid("an account needs a name", field="name")
        refuse_link_seconds(link_seconds)
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

    async def own(self, who: Principal) -> Account:
        """The caller's account. Raises NotFound."""
        async with self._db.glance() as tx:
            account = await tx.accounts.get(who.account)
        if account is None:
            raise NotFound("no such account")
        return account

    async def change(self, who: Principal, changes: AccountChanges) -> Account:
        """The caller's account once changed. Raises Forbidden, Invalid, Conflict."""
        require(who, Scope.ADMIN)
        refuse_link_seconds(changes.link_seconds or None)
        for name in ("requests_a_minute", "upload_urls_a_minute"):
            if (getattr(changes, name) or 0) < 0:
                raise Invalid(f"{name} must not be negative", field=name)
        async with self._db.write() as tx:
            before = await tx.accounts.get(who.account)
            if before is None:
                raise NotFound("no such account")
            changed = changes.on(before)
            same = await tx.accounts.named(changed.name)
            if same is not None and same.id != before.id:
                raise Conflict(f"there is an account {changed.name!r} already")
            await tx.accounts.put(who.account, changed)
        return changed

    async def issue_device_key(
        self, who: Principal, device_id: str, *, dialect: str, end_user_id: str | None
    ) -> Issued:
        """A key that only uploads, for one device. Raises Forbidden, DeviceBound."""
        require(who, Scope.WRITE)
        scopes = frozenset({Scope.UPLOAD})
        grant = Grant(device_id, scopes, None, dialect, device_id, end_user_id)
        async with self._db.write() as tx:
            if await _live_of(tx, who, device_id, dialect=dialect):
                raise DeviceBound("the device is bound already; unbind it first")
            return await self._made(tx, who, grant)

    async def renew_device_key(self, who: Principal, device_id: str) -> Issued:
        """Another key in place of the device's own. Raises NotFound."""
        if who.device_id is None or who.device_id != device_id:
            raise NotFound("no such device")
        async with self._db.write() as tx:
            old = next(it for it in await tx.keys.of(who.account) if it.id == who.key)
            await tx.keys.revoke(who.account, old.id, tx.now)
            grant = Grant(old.name, old.scopes, None, old.dialect, device_id, old.end_user_id)
            return await self._made(tx, who, grant)

    async def revoke_device(self, who: Principal, device_id: str, *, dialect: str) -> None:
        """The device's key is dead from the next request on. Raises Forbidden, NotFound."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            live = await _live_of(tx, who, device_id, dialect=dialect)
            if not live:
                raise NotFound("no such device")
            for it in live:
                await tx.keys.revoke(who.account, it.id, tx.now)

    async def issue_key(self, who: Principal, grant: Grant) -> Issued:
        """A new key; its token is in the answer and nowhere else. Raises Forbidden, Invalid."""
        require(who, Scope.ADMIN)
        refuse_scopes(grant.scopes)
        async with self._db.write() as tx:
            return await self._made(tx, who, grant)

    async def _made(self, tx: Writing, who: Principal, grant: Grant) -> Issued:
        token = new_token()
        key = ApiKey(
            id=KeyId(new_uuid()),
            account=who.account,
            name=grant.name,
            digest=digest(token, self._pepper),
            scopes=grant.scopes,
            created_at=tx.now,
            expires_at=None if grant.lifetime is None else tx.now + grant.lifetime,
            dialect=grant.dialect,
            device_id=grant.device_id,
            end_user_id=grant.end_user_id,
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


async def _live_of(tx: Writing, who: Principal, device_id: str, *, dialect: str) -> list[ApiKey]:
    own = (device_id, dialect)
    found = await tx.keys.of(who.account)
    return [it for it in found if (it.device_id, it.dialect) == own and it.revoked_at is None]


def refuse_link_seconds(seconds: int | None) -> None:
    """Raises Invalid for a lifetime that no link can have."""
    if seconds is not None and not 1 <= seconds <= 604_800:
        raise Invalid("a link lives 1 second to 7 days (604800)", field="link_seconds")


def _number(before: int | None, change: int | None) -> int | None:
    return before if change is None else change or None


def refuse_scopes(scopes: Iterable[Scope]) -> None:
    """Raises Invalid for no scope at all, or one that keys cannot have."""
    wanted = list(scopes)
    if not wanted or any(it not in GRANTABLE for it in wanted):
        names = ", ".join(it.value for it in GRANTABLE)
        raise Invalid(f"a key needs scopes out of: {names}", field="scope")
