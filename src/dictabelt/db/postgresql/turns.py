"""Whose turn it is in this process, so that who waits for an account holds no connection."""

import asyncio
from weakref import WeakValueDictionary

from dictabelt.core.errors import StorageFailed


class Turns:
    """A lock for each account that somebody changes or waits to change."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def taken(self, key: int) -> asyncio.Lock:
        """The lock, held until it is released. Raises StorageFailed after `patience` seconds."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        try:
            async with asyncio.timeout(self._patience):
                await lock.acquire()
        except TimeoutError as error:
            raise StorageFailed("another change did not end in time; try again") from error
        return lock
