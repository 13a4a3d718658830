"""Whether the process answers, and whether it should be asked."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

from starlette.requests import Request
from starlette.types import ASGIApp

from dictabelt.core.errors import VaultError
from dictabelt.core.health import Check
from dictabelt.http.answers import json
from dictabelt.http.dialect import NoSuchPath

Reasons = Mapping[str, str | None]
"""By the name of a check: why it fails, None where it does not."""

_PATIENCE = timedelta(seconds=2)
_FRESH = timedelta(seconds=5)


async def live(request: Request) -> ASGIApp:
    """A constant body: the process runs. Raises NoSuchPath below /livez, and for what is no GET."""
    _demand(request, "/livez")
    return json({"status": "ok"})


def never() -> bool:
    """For a process that nobody tells to stop."""
    return False


class Ready:
    """The front at /readyz: 200, or 503 with the reasons.

    Once `stopping` says so the process does what it has, and wants no more.

    However many ask, each check runs once in `fresh`, and nobody waits for one
    longer than `patience`: one that hangs is not begun again until it ends.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        *,
        stopping: Callable[[], bool] = never,
        patience: timedelta = _PATIENCE,
        fresh: timedelta = _FRESH,
    ) -> None:
        self._stopping = stopping
        self._asked = {name: _Asked(it, patience) for name, it in checks.items()}
        self._fresh = fresh
        self._asking: asyncio.Task[Reasons] | None = None
        self._stale_at = 0.0

    async def __call__(self, request: Request) -> ASGIApp:
        """Raises NoSuchPath below /readyz, and for what is no GET."""
        _demand(request, "/readyz")
        if self._stopping():
            return _unready({"stopping": "the server is shutting down"})
        failing = {name: why for name, why in (await self.reasons()).items() if why is not None}
        return _unready(failing) if failing else json({"status": "ready"})

    async def reasons(self) -> Reasons:
        """What each check said last, at most `fresh` ago."""
        now = asyncio.get_running_loop().time()
        if self._asking is None or (self._asking.done() and now >= self._stale_at):
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> Reasons:
        said = await asyncio.gather(*(it.reason() for it in self._asked.values()))
        self._stale_at = asyncio.get_running_loop().time() + self._fresh.total_seconds()
        return dict(zip(self._asked, said, strict=True))


class _Asked:
    """One check, begun at most once at a time."""

    def __init__(self, check: Check, patience: timedelta) -> None:
        self._check = check
        self._patience = patience.total_seconds()
        self._task: asyncio.Task[None] | None = None

    async def reason(self) -> str | None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(_complete(self._check))
        done, _ = await asyncio.wait({self._task}, timeout=self._patience)
        if not done:
            return f"no answer within {self._patience:g} s"
        error = self._task.exception()
        if error is None or isinstance(error, VaultError):
            return None if error is None else str(error)
        raise error


async def _complete(check: Check) -> None:
    await check()


def _demand(request: Request, path: str) -> None:
    if request.scope["path"] != path or request.method not in ("GET", "HEAD"):
        raise NoSuchPath(f"nothing is served at this path; GET {path} is")


def _unready(reasons: Reasons) -> ASGIApp:
    return json({"status": "unready", "reasons": reasons}, 503)
