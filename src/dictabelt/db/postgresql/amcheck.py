"""The extension amcheck, where a server has it: tables and indexes, page by page."""

from typing import Final

from asyncpg import PostgresError
from asyncpg.exceptions import (
    DataCorruptedError,
    IndexCorruptedError,
    InsufficientPrivilegeError,
    UndefinedFunctionError,
)

from dictabelt.core.damage import DatabaseFault
from dictabelt.db.postgresql.catalogue import RESTORE
from dictabelt.db.postgresql.connecting import Connection

_MOST: Final = 20
_SCHEMA: Final = """
    SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON extnamespace =
    pg_namespace.oid WHERE extname = 'amcheck'
"""
_MAY: Final = """
    SELECT has_function_privilege(current_user, $1 || '.bt_index_check(regclass, boolean)',
    'EXECUTE') AND has_function_privilege(current_user,
    $1 || '.verify_heapam(regclass, boolean, boolean, text, bigint, bigint)', 'EXECUTE')
"""
_ALL: Final = """
    SELECT pg_class.oid::regclass::text FROM pg_class JOIN pg_am ON pg_am.oid = relam
    WHERE relnamespace = current_schema()::regnamespace AND amname = $1 AND relkind = $2
    AND NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = pg_class.oid AND NOT indisvalid)
    ORDER BY 1
"""
_ABSENT: Final = "the server has no amcheck, so indexes are not read: CREATE EXTENSION amcheck"
_REFUSED: Final = (
    "amcheck is not for this user, so indexes are not read: GRANT EXECUTE ON FUNCTION"
    " bt_index_check(regclass, boolean), verify_heapam TO the vault's user"
)
_DAMAGED: Final = (IndexCorruptedError, DataCorruptedError)


async def remarks(connection: Connection) -> list[str]:
    """Why pages are not read. Raises what asyncpg raises."""
    schema = await connection.fetchval(_SCHEMA)
    if schema is None:
        return [_ABSENT]
    return [] if await _allowed(connection, schema) else [_REFUSED]


async def faults(connection: Connection) -> list[DatabaseFault]:
    """Damaged pages, and rows that an index has not; none where nobody may look."""
    schema = await connection.fetchval(_SCHEMA)
    if schema is None or not await _allowed(connection, schema):
        return []
    return [*await _of_tables(connection, schema), *await _of_indexes(connection, schema)]


async def _allowed(connection: Connection, schema: str) -> bool:
    try:
        return bool(await connection.fetchval(_MAY, schema))
    except (InsufficientPrivilegeError, UndefinedFunctionError):
        return False


async def _of_tables(connection: Connection, schema: str) -> list[DatabaseFault]:
    found: list[DatabaseFault] = []
    look = f"SELECT blkno, msg FROM {schema}.verify_heapam($1) LIMIT {_MOST}"  # noqa: S608
    for (name,) in await connection.fetch(_ALL, "heap", b"r"):
        try:
            said = [f"page {page}: {text}" for page, text in await connection.fetch(look, name)]
        except _DAMAGED as error:
            said = [_words(error)]
        found += [DatabaseFault(f"table {name}, {it}", RESTORE) for it in said]
    return found


async def _of_indexes(connection: Connection, schema: str) -> list[DatabaseFault]:
    found = []
    look = f"SELECT {schema}.bt_index_check($1, true)"
    for (name,) in await connection.fetch(_ALL, "btree", b"i"):
        try:
            await connection.fetch(look, name)
        except _DAMAGED as error:
            fix = f"REINDEX INDEX CONCURRENTLY {name}, and look at the server's disk"
            found.append(DatabaseFault(f"index {name}: {_words(error)}", fix))
    return found


def _words(error: PostgresError) -> str:
    return str(error).partition("\n")[0]
