"""Looks a refusal up in a dialect's error table, the nearest class first."""

from collections.abc import Mapping
from typing import TypeVar

from dictabelt.core.errors import Damaged, StorageFailed, TooBusy, Unauthorized, VaultError
from dictabelt.http.dialect import MethodNotAllowed

T = TypeVar("T")

# A database that starts again takes a few seconds; what takes longer is asked again.
STORAGE_SECONDS = 5


def nearest(table: Mapping[type[VaultError], T], refusal: VaultError) -> T:
    """The row of the error's own class, or of the nearest one above it; VaultError has one."""
    return next(table[it] for it in type(refusal).__mro__ if it in table)


def headers(refusal: VaultError, *, challenge: str | None = None) -> dict[str, str]:
    """WWW-Authenticate, Retry-After or Allow (RFC 9110 sections 11.6.1, 10.2.3, 10.2.1).

    `challenge` is the scheme of a dialect that takes keys in Authorization.
    """
    match refusal:
        case Unauthorized() if challenge is not None:
            return {"www-authenticate": f'{challenge} realm="dictabelt"'}
        case TooBusy(retry_after=seconds):
            return {"retry-after": str(seconds)}
        case Damaged():  # nor will the same bytes be better then
            return {}
        case StorageFailed():
            return {"retry-after": str(STORAGE_SECONDS)}
        case MethodNotAllowed(allowed=methods):
            return {"allow": ", ".join(methods)}
        case _:
            return {}
