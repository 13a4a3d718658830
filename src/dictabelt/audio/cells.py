"""Keeps a warden and has it decode files in cells: processes of their own, on a leash."""

import fcntl
import os
import select
import signal
import socket
import sys
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from dictabelt.audio.cell_words import EXIT, SIZE
from dictabelt.core.errors import Internal

_WARDEN = "dictabelt.audio.cell_warden"
_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_SEND_TIMEOUT = 10.0
_PIPE_SIZE = 1024 * 1024


class Lost(Internal):
    """The warden ended, and its cells with it; whatever file they had was not the reason."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A running cell, as seen from outside: what it writes, and the leash it is on."""

    pipe: int
    leash: socket.socket

    def fill(self, room: memoryview, *, patience: float) -> bool:
        """Reads until `room` is full; False when the pipe ends before. Raises TimeoutError."""
        ready = select.poll()
        ready.register(self.pipe, select.POLLIN)
        filled = 0
        while filled < len(room):
            if not ready.poll(patience * 1000):
                raise TimeoutError
            read = os.readv(self.pipe, [room[filled:]])
            if not read:
                return False
            filled += read
        return True

    def exit_code(self, *, patience: float) -> int:
        """How it ended; negative for a signal. Raises Lost, or TimeoutError while it lives."""
        self.leash.settimeout(patience)
        with suppress(ConnectionError):
            told = self.leash.recv(EXIT.size)
            if len(told) == EXIT.size:
                code: int = EXIT.unpack(told)[0]
                return code
        raise Lost("the decoder's warden ended")

    def close(self) -> None:
        """Lets go of it: if it still lives it is killed."""
        with self.leash, suppress(OSError):
            self.leash.shutdown(socket.SHUT_RDWR)  # closing is not enough after a fork
        os.close(self.pipe)


class Post:
    """Where one process has its warden: started on the first job, replaced when it was killed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._line: socket.socket | None = None
        self._dismiss: Callable[[], object] = _nobody

    def send(self, request: bytes, descriptors: Sequence[int]) -> None:
        """Hands a job to the warden. Raises Lost when a fresh one cannot be reached either."""
        with self._lock:
            if self._sent(request, descriptors):
                return
            self._dismiss()
            self._line = None
            if not self._sent(request, descriptors):
                raise Lost("the decoder's warden cannot be started")

    def close(self) -> None:
        """Ends the warden and its cells."""
        with self._lock:
            self._dismiss()
            self._line = None

    def _sent(self, request: bytes, descriptors: Sequence[int]) -> bool:
        message = SIZE.pack(len(request)) + request
        try:
            line = self._line or self._hire()
            return socket.send_fds(line, [message], descriptors) == len(message)
        except OSError:
            return False

    def _hire(self) -> socket.socket:
        line, theirs = socket.socketpair()
        line.settimeout(_SEND_TIMEOUT)
        try:
            warden = _spawn(theirs.fileno())
        except OSError:
            line.close()
            raise
        finally:
            theirs.close()
        self._line = line
        self._dismiss = weakref.finalize(self, _dismiss, line, warden, os.getpid())
        return line


class Cells:
    """Starts cells, from any thread, and in every process that got a copy by fork."""

    def __init__(self) -> None:
        self._posts: dict[int, Post] = {}

    def start(self, media: int, request: bytes) -> Cell:
        """A cell that decodes the open file `media`. Raises Lost when there is none to be had."""
        post = self._posts.setdefault(os.getpid(), Post())
        reading, writing = os.pipe()
        ours, theirs = socket.socketpair()
        cell = Cell(reading, ours)
        try:
            _widen(writing)
            post.send(request, (media, writing, theirs.fileno()))
        except BaseException:
            cell.close()
            raise
        finally:
            os.close(writing)
            theirs.close()
        return cell

    def close(self) -> None:
        """Ends the warden of this process; the next job would start another."""
        self._posts.setdefault(os.getpid(), Post()).close()


def _spawn(line: int) -> int:
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(os.path.isabs, sys.path))
    environment["OPENBLAS_NUM_THREADS"] = "1"  # only a process of one thread can be forked safely
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", _WARDEN],
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, line, 0)],
        setsigmask=(),
    )


def _dismiss(line: socket.socket, warden: int, owner: int) -> None:
    if os.getpid() != owner:  # a fork's copy: the warden is not its own
        line.close()
        return
    with line, suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    with suppress(ProcessLookupError):
        os.kill(warden, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(warden, 0)


def _nobody() -> None:
    """The first warden has no predecessor."""


def _widen(pipe: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError):  # a user has so much room for all pipes and no more
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
