"""Who is asking: proof of a key, and the only mint of principals."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from uuid import UUID

from dictabelt.core.errors import Forbidden, MissingKey, NotFound, Unauthorized
from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Account, ApiKey, Principal, Scope
from dictabelt.core.ports import Database
from dictabelt.core.tokens import digest, well_formed

_OPERATOR = frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN})
_LISTENER = frozenset({Scope.LISTEN})
_NO_KEY = "the key is unknown, revoked or expired"
# Whose digests are remembered, so that who asks often is not proven anew each time; whether the
# key is still good is read each time all the same.
_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request offers as proof; `account` is the user name of Basic, None elsewhere."""

    token: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who is asking, the account, and the instant of both."""

    who: Principal
    account: Account
    now: datetime


def mint_account_id(id: UUID) -> AccountId:
    """The id of an account that is being made."""
    return AccountId(id)


def require(who: Principal, scope: Scope) -> None:
    """Raises Forbidden when `who` lacks the scope."""
    if scope not in who.scopes:
        raise Forbidden(f"the key lacks the scope {scope.value}")


def require_uploading(who: Principal) -> None:
    """Raises Forbidden unless `who` may write, or is a device that may upload its own."""
    if Scope.UPLOAD not in who.scopes:
        require(who, Scope.WRITE)


def require_listening(who: Principal) -> None:
    """Raises Forbidden unless `who` may read recordings or holds a link."""
    if Scope.LISTEN not in who.scopes:
        require(who, Scope.READ)


def refuse_key(key: ApiKey | None, offered: Credentials, *, dialect: str, now: datetime) -> None:
    """Raises Unauthorized, with one text for every reason, unless the key is good now."""
    good = (
        key is not None
        and key.revoked_at is None
        and (key.expires_at is None or now < key.expires_at)
        and key.dialect in (None, dialect)
        and (offered.account is None or offered.account == str(key.account))
    )
    if not good:
        raise Unauthorized(_NO_KEY)


def _digest(token: str, *, pepper: bytes) -> bytes:
    """Raises Unauthorized for what can be no token."""
    if not well_formed(token):
        raise Unauthorized(_NO_KEY)
    return digest(token, pepper)


def _sent(offered: Credentials | None) -> Credentials:
    if offered is None or not offered.token:
        raise MissingKey("no key was sent")
    return offered


def _proven(key: ApiKey | None, offered: Credentials, *, dialect: str, now: datetime) -> Principal:
    refuse_key(key, offered, dialect=dialect, now=now)
    assert key is not None
    return Principal(
        account=key.account,
        scopes=key.scopes,
        key=key.id,
        device_id=key.device_id,
        end_user_id=key.end_user_id,
        until=key.expires_at,
    )


class Access:
    """Turns credentials, links and public URLs into principals."""

    def __init__(self, db: Database, pepper: bytes) -> None:
        self._db = db
        self._digest = lru_cache(maxsize=_TOKENS)(partial(_digest, pepper=pepper))

    async def authenticate(self, offered: Credentials | None, dialect: str) -> Principal:
        """Costs one key read; a malformed token costs none. Raises MissingKey or Unauthorized."""
        sent = _sent(offered)
        kept = self._digest(sent.token)
        async with self._db.glance() as tx:
            return _proven(await tx.keys.by_digest(kept), sent, dialect=dialect, now=tx.now)

    async def admit(self, offered: Credentials | None, dialect: str) -> Admitted:
        """As `authenticate`, with what is needed to count an account's requests."""
        sent = _sent(offered)
        kept = self._digest(sent.token)
        async with self._db.glance() as tx:
            who = _proven(await tx.keys.by_digest(kept), sent, dialect=dialect, now=tx.now)
            account = await tx.accounts.get(who.account)
        assert account is not None  # its keys refer to it
        return Admitted(who, account, tx.now)

    async def listener(self, account: UUID, offered: Credentials | None, dialect: str) -> Principal:
        """Who may play media of `account`: anybody where it is public, else its own keys.

        Raises NotFound for an unknown account or another's key, MissingKey or
        Unauthorized where media is protected.
        """
        async with self._db.glance() as tx:
            found = await tx.accounts.get(account)
        if found is None:
            raise NotFound("no such account")
        if found.media_public:
            return Principal(account=found.id, scopes=_LISTENER)
        who = await self.authenticate(offered, dialect)
        if who.account != found.id:
            raise NotFound("no such account")
        return who

    def holder(self, account: UUID) -> Principal:
        """The holder of a link whose signature has been verified."""
        return Principal(account=AccountId(account), scopes=_LISTENER)

    def system(self, account: AccountId) -> Principal:
        """Background work that follows from what the account did."""
        return Principal(account=account, scopes=frozenset({Scope.READ, Scope.WRITE}))

    async def operator(self, account: str) -> Principal:
        """The owner at the command line, acting for one account by name or id. Raises NotFound."""
        async with self._db.glance() as tx:
            found = _pick(await tx.accounts.all(), account)
        return Principal(account=found.id, scopes=_OPERATOR)


def _pick(accounts: list[Account], wanted: str) -> Account:
    for it in accounts:
        if wanted in (it.name, str(it.id)):
            return it
    raise NotFound(f"no account {wanted!r}; `dictabelt account list` shows them")
