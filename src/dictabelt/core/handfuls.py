"""Things taken a few at a time, so that a far store is waited for once for all of them."""

from collections.abc import AsyncIterator, Callable, Hashable
from typing import TypeVar

AT_ONCE = 8
T = TypeVar("T")


async def handfuls(
    things: AsyncIterator[T], sign: Callable[[T], Hashable]
) -> AsyncIterator[list[T]]:
    """All of them in their order, at most `AT_ONCE` together, of which no two have one sign."""
    held: dict[Hashable, T] = {}
    async for it in things:
        own = sign(it)
        if len(held) >= AT_ONCE or own in held:
            yield list(held.values())
            held = {}
        held[own] = it
    if held:
        yield list(held.values())
