"""Blocking work in a thread that is over before its caller goes on, cancelled or not."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")


def _wait() -> None:
    """What there is to do about work that cannot be hurried."""


async def in_thread(
    work: Callable[[*Arguments], T], *arguments: *Arguments, stop: Callable[[], None] = _wait
) -> T:
    """What `work` returns or raises.

    When the caller is cancelled, `stop` is called and the thread is waited for before
    CancelledError goes on: the thread may hold a file descriptor that would otherwise be closed,
    and its number given to another file, under its hands.
    """
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(None, copy_context().run, work, *arguments)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stop()
        while not future.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait((future,))
        if not future.cancelled():
            # Work that was told to stop raises; asyncio would log what nobody reads.
            future.exception()
        raise
