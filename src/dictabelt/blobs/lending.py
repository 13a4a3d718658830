"""Credentials of an S3 store, lent to sign URLs with, while they are good."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from typing import Any, Final

from dictabelt.blobs.threads import in_thread

# Temporary credentials are renewed before they have less than this left (botocore, and our advice).
_TEMPORARY: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Lent:
    """Credentials; `lasting` is how long they are good for at the least, None for good."""

    key_id: str
    secret: str
    token: str | None = None
    lasting: timedelta | None = None


Lender = Callable[[], Awaitable[Lent | None]]


def lender_of(environment: Mapping[str, str]) -> Lender | None:
    """Lends what the environment has, else what botocore finds and renews, where it is installed.

    None where neither can be.
    """
    key_id, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if key_id and secret:
        lent = _lent(key_id, secret, environment.get("AWS_SESSION_TOKEN"))

        async def same() -> Lent | None:
            return lent

        return same
    return None if find_spec("botocore") is None else _Renewed().lend


class _Renewed:
    """Credentials of a profile, a role of the machine, the container or a web identity."""

    def __init__(self) -> None:
        self._found: Any = None

    async def lend(self) -> Lent | None:
        """What is good now; asks in a thread, as that may take a request."""
        return await in_thread(self._lend)

    def _lend(self) -> Lent | None:
        from botocore.session import get_session

        if self._found is None:
            self._found = get_session().get_credentials()
        if self._found is None:
            return None
        now = self._found.get_frozen_credentials()
        return _lent(now.access_key, now.secret_key, now.token)


def _lent(key_id: str, secret: str, token: str | None) -> Lent:
    return Lent(key_id, secret, token or None, _TEMPORARY if token else None)
