"""Hooks: where an account wants its events sent, in which dialect."""

import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from urllib.parse import urlsplit

from dictabelt.core.access import require
from dictabelt.core.errors import Conflict, Invalid, NotFound
from dictabelt.core.idempotency import Answered, Once
from dictabelt.core.ids import AccountId, HookId, new_uuid
from dictabelt.core.nouns import Principal, Scope
from dictabelt.core.once import answer
from dictabelt.core.ports import Database, Writing
from dictabelt.core.webhook import Hook

MOST = 100
_URL = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wish:
    """A hook to be made; without a secret it gets one of ours.

    At most `most` of those that are `like` it may be there at once.
    """

    dialect: str
    url: str
    events: frozenset[str] = frozenset({"*"})
    secret: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    like: Callable[[Hook], bool] = lambda _: True
    most: int = MOST


def refuse_receiver(url: str, *, field: str) -> None:
    """Raises Invalid unless `url` is an http or https URL with a host (RFC 3986 section 2)."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not _URL.fullmatch(url):
        raise Invalid(f"{field} must be an http or https URL", field=field)


def new_secret(pepper: bytes, id: HookId) -> str:
    """The secret of a hook, in the form that Standard Webhooks gives secrets (`whsec_`)."""
    derived = hmac.digest(pepper, b"hook-secret:" + id.bytes, sha256)
    return "whsec_" + b64encode(derived[:24]).decode()


def signing_key(pepper: bytes, account: AccountId) -> str:
    """The key of callbacks that recordings carry, spelled as SignalWire spells signing keys."""
    return "PSK_" + hmac.digest(pepper, b"signing-key:" + account.bytes, sha256).hex()[:40]


class Hooks:
    """Use-cases on hooks."""

    def __init__(self, db: Database, pepper: bytes) -> None:
        self._db = db
        self._pepper = pepper

    async def add(
        self,
        who: Principal,
        wish: Wish,
        *,
        once: Once | None = None,
        render: Callable[[Hook], bytes] = lambda _: b"",
    ) -> Answered:
        """A hook that hears of what happens from now on; `render` may show its secret this once.

        Raises Forbidden, Invalid, Conflict when there are too many, KeyReused.
        """
        require(who, Scope.WRITE)
        refuse_receiver(wish.url, field="url")
        async with self._db.write() as tx:

            async def make() -> Hook:
                return await self._make(tx, who, wish)

            return await answer(tx, who, once, make=make, render=render)

    async def all(self, who: Principal, dialect: str | None = None) -> list[Hook]:
        """Oldest first. Raises Forbidden."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            return await tx.hooks.of(who.account, dialect)

    async def get(self, who: Principal, id: HookId, *, dialect: str) -> Hook:
        """Raises Forbidden, NotFound, also for another dialect's."""
        require(who, Scope.READ)
        async with self._db.read() as tx:
            hook = await tx.hooks.get(who.account, id)
        if hook is None or hook.dialect != dialect:
            raise NotFound("no such webhook")
        return hook

    async def change(self, who: Principal, hook: Hook) -> Hook:
        """Puts `hook` in place of the one of its id. Raises Forbidden, NotFound, Invalid."""
        require(who, Scope.WRITE)
        refuse_receiver(hook.url, field="url")
        async with self._db.write() as tx:
            before = await tx.hooks.get(who.account, hook.id)
            if before is None or before.dialect != hook.dialect:
                raise NotFound("no such webhook")
            changed = replace(hook, account=who.account, created_at=before.created_at)
            await tx.hooks.put(who.account, changed)
        return changed

    async def remove(self, who: Principal, id: HookId, *, dialect: str) -> None:
        """Hears nothing more, of what happened before neither. Raises Forbidden, NotFound."""
        require(who, Scope.WRITE)
        async with self._db.write() as tx:
            hook = await tx.hooks.get(who.account, id)
            if hook is None or hook.dialect != dialect:
                raise NotFound("no such webhook")
            await tx.hooks.forget(who.account, id)

    def signing_key(self, who: Principal) -> str:
        """What checks the signature of callbacks that recordings carry. Raises Forbidden."""
        require(who, Scope.ADMIN)
        return signing_key(self._pepper, who.account)

    async def _make(self, tx: Writing, who: Principal, wish: Wish) -> Hook:
        there = await tx.hooks.of(who.account)
        if len(there) >= MOST:
            raise Conflict(f"an account has {MOST} webhooks at most; delete one first")
        if sum(map(wish.like, there)) >= wish.most:
            raise Conflict(f"there are {wish.most} webhooks like it already; delete one first")
        id = HookId(new_uuid())
        hook = Hook(
            id=id,
            account=who.account,
            dialect=wish.dialect,
            url=wish.url,
            created_at=tx.now,
            events=wish.events,
            secret=wish.secret if wish.secret is not None else new_secret(self._pepper, id),
            headers=wish.headers,
            details=wish.details,
        )
        await tx.hooks.add(who.account, hook)
        return hook


def refuse_headers(headers: Mapping[str, str]) -> None:
    """Raises Invalid for header names or values that no HTTP message can carry."""
    for name, value in headers.items():
        token = name.replace("-", "").replace("_", "")
        if not token.isalnum() or not name.isascii():
            raise Invalid(f"{name!r} is no header name", field="headers")
        if not value.isascii() or not value.isprintable():
            raise Invalid(f"the value of {name} must be printable ASCII", field="headers")
