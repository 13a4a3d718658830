"""Answers under idempotency keys as rows; sealed, since an answer may show a secret once."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from dictabelt.core.idempotency import Kept
from dictabelt.core.ids import AccountId
from dictabelt.core.ports import Seal
from dictabelt.db.event_tables import once
from dictabelt.db.query import Query, Runner
from dictabelt.db.values import read_instant, write_id, write_instant

_NAMES = [column.name for column in once.c]
_ROW = insert(once).values({name: bindparam(name) for name in _NAMES})

GET = Query(
    select(once).where(
        once.c.account == bindparam("of_account"),
        once.c.operation == bindparam("of_operation"),
        once.c.key == bindparam("of_key"),
    ),
    "of_account",
    "of_operation",
    "of_key",
)
# SQLite spells this clause like PostgreSQL.
PUT = Query(
    _ROW.on_conflict_do_update(
        index_elements=["account", "operation", "key"],
        set_={name: _ROW.excluded[name] for name in _NAMES[3:]},
    ),
    *_NAMES,
)
FORGET = Query(
    delete(once).where(
        once.c.account == bindparam("of_account"), once.c.kept_at < bindparam("before")
    ),
    "of_account",
    "before",
)


def _context(account: AccountId, operation: str, key: str) -> bytes:
    return b"once:" + account.bytes + f"{operation}\n{key}".encode()


class Once:
    """Kept answers in one transaction."""

    def __init__(self, runner: Runner, seal: Seal) -> None:
        self._runner = runner
        self._seal = seal

    async def get(self, account: AccountId, operation: str, key: str) -> Kept | None:
        rows = await self._runner.rows(GET, (write_id(account), operation, key))
        if not rows:
            return None
        _account, _operation, _key, fingerprint, sealed, kept_at = rows[0]
        body = self._seal.open(sealed, _context(account, operation, key))
        return Kept(operation, key, fingerprint, body, read_instant(kept_at))

    async def put(self, account: AccountId, it: Kept) -> None:
        """In place of what was kept under the key before."""
        sealed = self._seal.seal(it.answer, _context(account, it.operation, it.key))
        own = (write_id(account), it.operation, it.key)
        await self._runner.touch(PUT, (*own, it.fingerprint, sealed, write_instant(it.kept_at)))

    async def forget_before(self, account: AccountId, at: datetime) -> None:
        """Those kept before that instant."""
        await self._runner.touch(FORGET, (write_id(account), write_instant(at)))
