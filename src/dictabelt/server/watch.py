"""Looks at every connection in turn, and lets those go that make no progress."""

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from dictabelt.server.deadlines import Deadlines, Phase
from dictabelt.server.guard import Guard
from dictabelt.server.lane import Lane

if TYPE_CHECKING:
    from dictabelt.server.guard import Inner

log = logging.getLogger("dictabelt.server")


class Watch:
    """The door: who comes in, who is there, who must go.

    One timer for all, so that a request costs no timer of its own.
    """

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._inside: dict[Guard, Seen] = {}
        self._turned_away = 0
        self.lane = Lane()

    def protocol(self, **given: Any) -> Guard:
        """A guarded protocol of uvicorn's, made of what uvicorn gives to make its own."""
        from uvicorn.protocols.http.auto import AutoHTTPProtocol

        return Guard(cast("Inner", AutoHTTPProtocol(**given)), self)

    def enter(self, guard: Guard) -> bool:
        """Whether there is room for one more."""
        if len(self._inside) >= self._deadlines.connections:
            self._turned_away += 1
            return False
        self._inside[guard] = Seen()
        return True

    @property
    def inside(self) -> tuple[Guard, ...]:
        """Who is there, in the order they came."""
        return tuple(self._inside)

    def leave(self, guard: Guard) -> None:
        self._inside.pop(guard, None)

    async def run(self) -> None:
        """Looks around until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(self._deadlines.look)
            self.look(clock())

    def look(self, now: float) -> None:
        """Lets those go whose time is over; `now` in seconds of a clock that never goes back."""
        self.lane.look()
        gone = Counter({"too many connections": self._turned_away})
        self._turned_away = 0
        for guard, seen in list(self._inside.items()):
            if seen.stalled(guard, now, limit=self._deadlines.write):
                gone["reads nothing"] += 1
                guard.transport.abort()
            elif seen.overdue(guard, now, deadlines=self._deadlines):
                gone[guard.phase.value] += 1
                guard.let_go()
        told = {reason: count for reason, count in gone.items() if count}
        told.pop(Phase.IDLE.value, None)
        if told:
            log.warning("clients let go", extra={"reasons": told})


class Seen:
    """What was seen of one connection at the last look, and since when it is so."""

    def __init__(self) -> None:
        self._phase: tuple[Phase, int] | None = None
        self._since = self._last = 0.0
        self._began = self._received = 0
        self._waited = 0.0
        self._taken: tuple[int, ...] = ()
        self._taken_at = 0.0

    def stalled(self, guard: Guard, now: float, *, limit: float) -> bool:
        """Whether the client has taken nothing of what waits for it, for longer than `limit`."""
        taken = guard.taken if guard.unsent else ()
        if not taken or taken != self._taken:
            self._taken, self._taken_at = taken, now
        return now - self._taken_at > limit

    def overdue(self, guard: Guard, now: float, *, deadlines: Deadlines) -> bool:
        """Whether the client has taken too long over what the connection waits for."""
        phase = guard.phase
        if (phase, guard.requests) != self._phase:
            self._phase, self._since, self._waited = (phase, guard.requests), now, 0.0
            self._began = guard.received
        elif phase is Phase.BODY:
            self._look_at_body(guard, now)
        self._last, self._received = now, guard.received
        if guard.transport.is_closing():
            return False
        crawls = deadlines.crawls(guard.received - self._began, self._waited)
        return crawls or now - self._since > deadlines.of(phase)

    def _look_at_body(self, guard: Guard, now: float) -> None:
        if guard.held_up:
            self._since = now
            return
        self._waited += now - self._last
        if guard.received != self._received:
            self._since = now
