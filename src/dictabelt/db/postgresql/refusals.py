"""What PostgreSQL's refusals, and its silence, mean to the vault."""

from ssl import SSLCertVerificationError
from typing import Final

from asyncpg import InterfaceError, PostgresConnectionError, PostgresError
from asyncpg.exceptions import (
    AdminShutdownError,
    CannotConnectNowError,
    CrashShutdownError,
    DataError,
    IdleInTransactionSessionTimeoutError,
    IntegrityConstraintViolationError,
    InternalClientError,
    InvalidCachedStatementError,
    ProgramLimitExceededError,
    ProtocolViolationError,
)

from dictabelt.core.errors import Conflict, Invalid, StorageFailed, VaultError

# All that a driver or a socket raises.
FAILURES: Final = (
    PostgresError,
    InterfaceError,
    InternalClientError,
    OSError,
    TimeoutError,
    UnicodeEncodeError,
)

# After these the connection is of no use; another one may be.
_LOST: Final = (
    PostgresConnectionError,
    AdminShutdownError,
    CannotConnectNowError,
    CrashShutdownError,
    IdleInTransactionSessionTimeoutError,
    InvalidCachedStatementError,
    InternalClientError,
    ProtocolViolationError,
    OSError,
    TimeoutError,
)

_VALUES: Final = (DataError, ProgramLimitExceededError, UnicodeEncodeError)

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_READS: Final = "the database only reads; is it a replica?"
_REASONS: Final = {
    # of all that we ask, a replica's refusal to begin a change alone is so called
    "0A000": _READS,
    "25006": _READS,
    "28000": "the database refuses this user; check the name in its URL",
    "28P01": "the database refuses this password; check the one in its URL",
    "3D000": "there is no such database; make it (createdb), or check its name in the URL",
    "40001": "another change was in the way; try again",
    "40P01": "another change was in the way; try again",
    "42501": "the database refuses this user a right that the vault needs",
    "53100": "the disk of the database is full; free some space",
    "53200": "the database is out of memory",
    "53300": "the database takes no more connections; see the setting database_pool",
    "55P03": "another change did not end in time; try again",
    "57014": "the database took longer than the setting statement_timeout_ms allows",
    "58030": "the disk of the database failed; see the system's log",
    "XX001": "the database is damaged; restore a backup",
    "XX002": "the database is damaged; restore a backup",
}
_SILENT = "the database does not answer; try again"
_UNTRUSTED = (
    "the certificate of the database is not trusted; "
    "check the host, sslmode and sslrootcert in its URL"
)
_PLAIN = "the database does not speak TLS; check sslmode in its URL"


def refusal(error: BaseException) -> VaultError:
    """Conflict for a broken constraint, Invalid for a value, else StorageFailed with the fix."""
    if isinstance(error, IntegrityConstraintViolationError):
        return Conflict("it clashes with what is already there, or refers to what is not")
    if isinstance(error, _VALUES) or _is_unsendable(error):
        return Invalid("a value that the database cannot keep")
    if is_lost(error):
        return StorageFailed(_loss(error))
    return StorageFailed(_REASONS.get(getattr(error, "sqlstate", ""), "the database refused"))


def _loss(error: BaseException) -> str:
    if isinstance(error, SSLCertVerificationError):
        return _UNTRUSTED
    # asyncpg has no class of its own for it
    return _PLAIN if "rejected SSL upgrade" in str(error) else _SILENT


def is_lost(error: BaseException) -> bool:
    """Whether the connection it happened on must not be used again."""
    closed = isinstance(error, InterfaceError) and "closed" in str(error)
    return closed or isinstance(error, _LOST)


def _is_unsendable(error: BaseException) -> bool:
    """Whether it is of a value that asyncpg cannot put into a message."""
    return isinstance(error, InterfaceError) and isinstance(error, ValueError)
