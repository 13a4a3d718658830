"""A parent that keeps so many processes going at one socket; it does no work itself."""

import logging
import os
import select
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, sleep

from dictabelt.server import notify
from dictabelt.server.stopping import Signals, Stop, heeded_by_parent
from dictabelt.server.tether import READY, Member

log = logging.getLogger("dictabelt.server")

_TICK_SECONDS = 0.1
# Beyond what a child may take to stop, before it is killed.
_SPARE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start each of `count` processes.

    One that never was ready and dies of itself, or `deaths` times in a row, is
    given up, and all with it; one that was is started again and again. One
    that is silent for `stuck` seconds is killed.
    """

    command: Callable[[Member], Sequence[str]]
    count: int
    stop: Stop
    short: float = 30
    deaths: int = 5
    stuck: float = 60


class GivenUp(Exception):
    """A process that will not live; `code` is what it ended with."""

    def __init__(self, code: int) -> None:
        super().__init__(f"a process ends with code {code} each time")
        self.code = code


def run(plan: Plan, listener: socket.socket, *, ready: Callable[[], None]) -> None:
    """Returns when SIGINT or SIGTERM has ended them all; SIGHUP renews one after the other.

    The first process prepares the vault; the others begin when it is ready.
    `ready` runs once, when all are. Raises GivenUp.
    """
    seats = [Seat(number, plan=plan, listener=listener) for number in range(1, plan.count + 1)]
    crew = _Crew(seats, ready)
    with heeded_by_parent() as signals:
        try:
            crew.keep_going(signals)
            listener.close()
            notify.tell("STOPPING=1")
            crew.end(signals, plan.stop)
        finally:
            for it in seats:
                it.kill()


class _Crew:
    def __init__(self, seats: list["Seat"], ready: Callable[[], None]) -> None:
        self._seats = seats
        self._ready: Callable[[], None] | None = ready
        self._renewing: deque[tuple[Seat, int]] = deque()

    def keep_going(self, signals: Signals) -> None:
        """Returns at the first signal to end."""
        hangups, alive_at, pause = 0, 0.0, notify.watchdog()
        while not signals.begun:
            self._look()
            if hangups != signals.hangups:
                hangups = signals.hangups
                self._renewing = deque((it, it.turns) for it in self._seats)
            self._renew()
            if pause is not None and monotonic() - alive_at >= pause:
                alive_at = monotonic()
                notify.tell("WATCHDOG=1")
            self._wait()

    def end(self, signals: Signals, stop: Stop) -> None:
        """Passes the signals on, until everybody has gone."""
        passed, end = 0, monotonic() + stop.notice + stop.grace + _SPARE_SECONDS
        while any(it.alive for it in self._seats) and monotonic() < end:
            for number in signals.ends[passed:]:
                passed += 1
                for it in self._seats:
                    it.tell_end(number)
            sleep(_TICK_SECONDS / 2)

    def _look(self) -> None:
        now = monotonic()
        first, *others = self._seats
        first.look(now)
        for it in others:
            if first.turns:
                it.look(now)
        if self._ready is not None and all(it.ready for it in self._seats):
            self._ready()
            self._ready = None
            notify.tell("READY=1")

    def _renew(self) -> None:
        """Lets one process go at a time; the next when there is one in its place."""
        if not self._renewing:
            return
        seat, turns = self._renewing[0]
        if seat.turns > turns:
            self._renewing.popleft()
        else:
            seat.let_go()

    def _wait(self) -> None:
        lines = [it.line for it in self._seats if it.line is not None]
        select.select(lines, [], [], _TICK_SECONDS)


class Seat:
    """The place of one process, and whoever is in it."""

    def __init__(self, number: int, *, plan: Plan, listener: socket.socket) -> None:
        self._number = number
        self._plan = plan
        self._listener = listener
        self._process: subprocess.Popen[bytes] | None = None
        self.line: socket.socket | None = None
        self.ready = self._leaving = False
        self.turns = 0
        """How many processes were ready here."""
        self._began = self._heard = self._next = 0.0
        self._deaths = 0

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def look(self, now: float) -> None:
        """Starts whoever is missing, and hears what they say. Raises GivenUp."""
        if self._process is None:
            if now >= self._next:
                self._start(now)
        elif (code := self._process.poll()) is not None:
            self._clear(code, now)
        else:
            self._hear(now)

    def let_go(self) -> None:
        """Asks a process that is ready to end, so that another comes in its place."""
        if self.ready:
            self._leaving, self.ready = True, False
            self._send(signal.SIGTERM)

    def tell_end(self, number: int) -> None:
        """Passes a signal on, to whoever has not been told already that he may go."""
        if self._leaving:
            self._leaving = False
        else:
            # while a process starts, SIGINT would make it say that it was interrupted
            self._send(number if self.ready else signal.SIGTERM)

    def _send(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """For the end: whoever is still here goes now."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._hang_up()

    def _start(self, now: float) -> None:
        own, its = socket.socketpair()
        member = Member(self._number, listener=self._listener.fileno(), tether=its.fileno())
        with its:
            self._process = subprocess.Popen(  # noqa: S603
                self._plan.command(member),
                pass_fds=(member.listener, member.tether),
                env=notify.without(os.environ),
                # Ctrl-C is for the parent, which passes it on
                start_new_session=True,
            )
        own.setblocking(False)
        self.line, self._began, self._heard = own, now, now

    def _hear(self, now: float) -> None:
        assert self._process is not None
        heard = self._said()
        if heard:
            self._heard = now
        if READY in heard:
            self.ready = True
            self.turns += 1
        if self.turns and now - self._heard > self._plan.stuck:
            log.error("a process is stuck; it is killed", extra={"worker": self._number})
            self._process.kill()

    def _said(self) -> bytes:
        if self.line is None:
            return b""
        try:
            heard = self.line.recv(64)
        except BlockingIOError:
            return b""
        if not heard:  # it is ending; a line that is closed would wake us all the time
            self._hang_up()
        return heard

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None

    def _clear(self, code: int, now: float) -> None:
        self._hang_up()
        self._process, self.ready = None, False
        if self._leaving:
            self._leaving = False
            return
        self._deaths = self._deaths + 1 if now - self._began < self._plan.short else 1
        log.error("a process died", extra={"worker": self._number, "code": code})
        # One that was ready once meets what passes: a database that is away for a while.
        if not self.turns and (code > 0 or self._deaths >= self._plan.deaths):
            raise GivenUp(code)
        self._next = now + min(0.1 * 2**self._deaths, 5)
