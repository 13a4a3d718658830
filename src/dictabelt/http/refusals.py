"""Looks a refusal up in a dialect's error table, the nearest class first."""

from collections.abc import Mapping
from typing import TypeVar

from dictabelt.core.errors import TooBusy, VaultError
from dictabelt.http.dialect import MethodNotAllowed

T = TypeVar("T")


def nearest(table: Mapping[type[VaultError], T], refusal: VaultError) -> T:
    """The row of the error's own class, or of the nearest one above it; VaultError has one."""
    return next(table[it] for it in type(refusal).__mro__ if it in table)


def headers(refusal: VaultError) -> dict[str, str]:
    """Retry-After and Allow (RFC 9110 sections 10.2.3 and 10.2.1) where the refusal has them."""
    match refusal:
        case TooBusy(retry_after=seconds):
            return {"retry-after": str(seconds)}
        case MethodNotAllowed(allowed=methods):
            return {"allow": ", ".join(methods)}
        case _:
            return {}
