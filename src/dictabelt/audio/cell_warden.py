"""The warden: a process with FFmpeg loaded and one thread, which forks a cell for each file.

Run as a module with a Unix socket as its standard input. For each job there come three
descriptors, the media file, a pipe and a leash, and a request. The cell writes to the pipe.
When it ended, its exit code goes to the leash; when the leash is let go, it is killed.
"""

import gc
import io
import os
import selectors
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from dictabelt.audio import cell_ffmpeg, wav
from dictabelt.audio.cell import decode
from dictabelt.audio.cell_words import EXIT, SIZE
from dictabelt.audio.limits import Limits

_LOOK_AFTER_PARENT = 10.0
_MOST_DESCRIPTORS = 65_536


class Warden:
    """Forks, kills and buries cells until the parent is gone."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._parent = os.getppid()
        self._bell, self._bell_push = socket.socketpair()
        self._leashes: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Until the other end of the line is closed, or its owner gone though a fork holds it."""
        self._listen_for_deaths()
        self._selector.register(self._line, selectors.EVENT_READ, self._take_job)
        while os.getppid() == self._parent:
            ready = self._selector.select(_LOOK_AFTER_PARENT)
            works: list[Callable[[], bool]] = [key.data for key, _ in ready]
            if not all(work() for work in works):
                return

    def end(self) -> None:
        """Kills all cells."""
        for pid in self._leashes:
            os.kill(pid, signal.SIGKILL)

    def _listen_for_deaths(self) -> None:
        self._bell.setblocking(False)
        self._bell_push.setblocking(False)
        signal.set_wakeup_fd(self._bell_push.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._bell, selectors.EVENT_READ, self._bury)

    def _take_job(self) -> bool:
        request, descriptors = _received(self._line)
        if len(descriptors) != 3:
            return False
        media, pipe, leash = descriptors
        held = socket.socket(fileno=leash)
        try:
            self._fork(media, pipe, held, request)
        except OSError:  # no process to be had: the leash is let go without a word
            held.close()
        finally:
            os.close(media)
            os.close(pipe)
        return True

    def _fork(self, media: int, pipe: int, leash: socket.socket, request: bytes) -> None:
        warden = os.getpid()
        pid = os.fork()
        if pid == 0:
            _live(media, pipe, request=request, warden=warden)
        leash.setblocking(False)
        self._leashes[pid] = leash
        self._selector.register(leash, selectors.EVENT_READ, partial(self._kill, pid))

    def _kill(self, pid: int) -> bool:
        leash = self._leashes.get(pid)
        if leash is not None:
            self._selector.unregister(leash)
            os.kill(pid, signal.SIGKILL)
        return True

    def _bury(self) -> bool:
        with suppress(BlockingIOError):
            self._bell.recv(4096)
        while self._leashes:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            self._tell(self._leashes.pop(pid), status)
        return True

    def _tell(self, leash: socket.socket, status: int) -> None:
        with suppress(KeyError):
            self._selector.unregister(leash)
        with leash, suppress(OSError):
            leash.send(EXIT.pack(os.waitstatus_to_exitcode(status)))


def _received(line: socket.socket) -> tuple[bytes, list[int]]:
    start, descriptors, _, _ = socket.recv_fds(line, SIZE.size, 3)
    rest = bytearray()
    if len(start) == SIZE.size:
        size = SIZE.unpack(start)[0]
        while len(rest) < size and (piece := line.recv(size - len(rest))):
            rest += piece
    return bytes(rest), descriptors


def _live(media: int, pipe: int, *, request: bytes, warden: int) -> NoReturn:
    """The life of a cell; nothing of the warden's is left open to it."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # ends it when nobody listens any more
        _keep_only(media, pipe)
        decode(media, pipe, request=request, warden=warden)
        code = 0
    finally:
        os._exit(code)


def _keep_only(media: int, pipe: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    low = 3
    for kept in (*sorted((media, pipe)), _MOST_DESCRIPTORS):
        if low < kept:  # an empty range is all descriptors to Python 3.11
            os.closerange(low, kept)
        low = kept + 1


def _rehearse() -> None:
    """Loads what is loaded on first use: a cell can open no file, not even a module's."""
    silence = wav.header(8000, 1, samples=800) + bytes(1600)
    with cell_ffmpeg.decoding(io.BytesIO(silence), Limits()) as stream:
        for _ in stream.blocks():
            pass


def main() -> None:
    """Serves on the standard input."""
    os.setsid()  # the terminal's Ctrl-C is for the parent
    with socket.socket(fileno=os.dup(0)) as line:
        _rehearse()
        gc.freeze()
        warden = Warden(line)
        try:
            warden.serve()
        finally:
            warden.end()
            os._exit(0)


if __name__ == "__main__":
    main()
