"""The line between a parent and one of its processes: ready, alive, and each other's end."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """Which of several processes this is, and its descriptors of the socket and the tether."""

    number: int
    listener: int
    tether: int


READY = b"R"
_ALIVE = b"."
_BEAT_SECONDS = 1


class Tether:
    """The child's end."""

    def __init__(self, descriptor: int) -> None:
        self._own = socket.socket(fileno=descriptor)
        self._own.setblocking(False)
        self._own.set_inheritable(False)

    def say_ready(self) -> None:
        """Tells the parent that the process does what it is for."""
        self._own.send(READY)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Tells that the loop turns; ends the process like SIGTERM when the parent is gone."""
        tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._listen())]
        try:
            yield
        finally:
            for it in tasks:
                it.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._own.close()

    async def _beat(self) -> None:
        with suppress(OSError):
            while True:
                self._own.send(_ALIVE)
                await asyncio.sleep(_BEAT_SECONDS)

    async def _listen(self) -> None:
        with suppress(OSError):
            await asyncio.get_running_loop().sock_recv(self._own, 1)
        os.kill(os.getpid(), signal.SIGTERM)
