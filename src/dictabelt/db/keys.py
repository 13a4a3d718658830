"""API keys and link keys as rows."""

from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import AccountId, KeyId
from dictabelt.core.nouns import ApiKey, LinkKey
from dictabelt.db.query import Query, Row, Runner, Values, insertion
from dictabelt.db.tables import api_keys, link_keys
from dictabelt.db.values import (
    optional,
    read_id,
    read_instant,
    read_scopes,
    write_id,
    write_instant,
    write_json,
)

BY_DIGEST = Query(select(api_keys).where(api_keys.c.digest == bindparam("digest")), "digest")
OF_ACCOUNT = Query(
    select(api_keys)
    .where(api_keys.c.account == bindparam("account"))
    .order_by(api_keys.c.created_at, api_keys.c.id),
    "account",
)
ADD = insertion(api_keys)
REVOKE = Query(
    update(api_keys)
    .where(api_keys.c.account == bindparam("of_account"), api_keys.c.id == bindparam("key"))
    .values(revoked_at=func.coalesce(api_keys.c.revoked_at, bindparam("at"))),
    "at",
    "of_account",
    "key",
)

LINK_KEYS = Query(
    select(link_keys).order_by(link_keys.c.created_at.desc(), link_keys.c.id.desc()),
)
ADD_LINK_KEY = insertion(link_keys)
RETIRE = Query(
    update(link_keys).where(link_keys.c.id == bindparam("key")).values(retired_at=bindparam("at")),
    "at",
    "key",
)


def key_of(row: Row) -> ApiKey:
    """The key that a row of `api_keys` tells of."""
    (
        account, id, name, digest, scopes, created_at, expires_at, revoked_at, dialect, device_id,
        end_user_id,
    ) = row  # fmt: skip
    return ApiKey(
        id=KeyId(read_id(id)),
        account=AccountId(read_id(account)),
        name=name,
        digest=digest,
        scopes=read_scopes(scopes),
        created_at=read_instant(created_at),
        expires_at=optional(read_instant, expires_at),
        revoked_at=optional(read_instant, revoked_at),
        dialect=dialect,
        device_id=device_id,
        end_user_id=end_user_id,
    )


def key_row(key: ApiKey) -> Values:
    """Reverses `key_of`."""
    return (
        write_id(key.account),
        write_id(key.id),
        key.name,
        key.digest,
        write_json(sorted(key.scopes)),
        write_instant(key.created_at),
        optional(write_instant, key.expires_at),
        optional(write_instant, key.revoked_at),
        key.dialect,
        key.device_id,
        key.end_user_id,
    )


def link_key_of(row: Row) -> LinkKey:
    """The key that a row of `link_keys` tells of."""
    id, created_at, retired_at = row
    return LinkKey(
        id=id, created_at=read_instant(created_at), retired_at=optional(read_instant, retired_at)
    )


def _first_key(rows: list[Row]) -> ApiKey | None:
    return key_of(rows[0]) if rows else None


class ApiKeys:
    """API keys in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def by_digest(self, digest: bytes) -> ApiKey | None:
        return await self._runner.made(BY_DIGEST, (digest,), of=_first_key)

    async def of(self, account: AccountId) -> list[ApiKey]:
        """Oldest first, revoked and expired ones too."""
        rows = await self._runner.rows(OF_ACCOUNT, (write_id(account),))
        return [key_of(row) for row in rows]

    async def add(self, key: ApiKey) -> None:
        """Raises Conflict when the id or the digest is taken, or there is no such account."""
        await self._runner.touch(ADD, key_row(key))

    async def revoke(self, account: AccountId, id: KeyId, at: datetime) -> bool:
        """Whether the account has this key; a key revoked before keeps its first instant."""
        values = (write_instant(at), write_id(account), write_id(id))
        return await self._runner.touch(REVOKE, values) > 0


class LinkKeys:
    """Link keys in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def all(self) -> list[LinkKey]:
        """Newest first, retired ones too."""
        return [link_key_of(row) for row in await self._runner.rows(LINK_KEYS, ())]

    async def add(self, key: LinkKey) -> None:
        """Raises Conflict when the id is taken."""
        row = (key.id, write_instant(key.created_at), optional(write_instant, key.retired_at))
        await self._runner.touch(ADD_LINK_KEY, row)

    async def retire(self, id: str, at: datetime) -> None:
        """Sets the instant, also of a key retired before. Raises NotFound."""
        if not await self._runner.touch(RETIRE, (write_instant(at), id)):
            raise NotFound("no such link key")
