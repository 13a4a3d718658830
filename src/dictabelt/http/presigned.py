"""Sends clients to a bucket, by URLs that the bucket's own credentials sign."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from dictabelt.core.errands import errand_seconds
from dictabelt.core.ports import Guise
from dictabelt.http.sigv4 import Signer, sign


class Credential(Protocol):
    """Credentials of the store; `lasting` is how long they are good for, None for good."""

    @property
    def key_id(self) -> str: ...
    @property
    def secret(self) -> str: ...
    @property
    def token(self) -> str | None: ...
    @property
    def lasting(self) -> timedelta | None: ...


class Presigner:
    """Implements `Signpost` for S3."""

    def __init__(
        self, base: str, region: str, *, lend: Callable[[], Awaitable[Credential | None]]
    ) -> None:
        """`base` is the URL below which the keys are."""
        self._base = base
        self._region = region
        self._lend = lend

    async def address(
        self, key: str, guise: Guise, *, now: datetime, until: datetime | None
    ) -> str | None:
        """A URL for GET; None without credentials, or where it would live for no second."""
        lent = await self._lend()
        if lent is None:
            return None
        seconds = errand_seconds(now, until=until, lasting=lent.lasting)
        if seconds < 1:
            return None
        extra = [
            ("response-content-disposition", guise.disposition),
            ("response-content-type", guise.content_type),
        ]
        if lent.token is not None:
            extra.append(("X-Amz-Security-Token", lent.token))
        signer = Signer(lent.key_id, lent.secret, self._region)
        return sign(signer, f"{self._base}/{key}", expires=seconds, now=now, extra=extra)
