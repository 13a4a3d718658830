"""Processes of a benchmark: each on a core of its own, stopped by its id, its words kept."""

import os
import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired

ROOT = Path(__file__).resolve().parent.parent
_GRACE_SECONDS = 10


class Failed(Exception):
    """A process that did not do its part; `str()` says what it said last."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Where servers and clients run; None where they cannot be kept apart."""

    server: int | None
    client: int | None

    def __str__(self) -> str:
        if self.server is None:
            return "shared by all: not pinned"
        return f"servers on {self.server}, clients on {self.client}"


def cores() -> Cores:
    """Two cores of those this process may use, where the system can pin (Linux)."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return Cores(*allowed[:2]) if len(allowed) > 1 else Cores(None, None)


@contextmanager
def started(
    command: Sequence[str | Path], *, core: int | None, log: Path
) -> Iterator[Popen[bytes]]:
    """The running process, ended when the context is; what it complains of goes to `log`."""
    with log.open("wb") as complaints, confined(core):
        process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=complaints, cwd=ROOT)  # noqa: S603
    try:
        yield process
    finally:
        _stop(process)


def line(process: Popen[bytes], log: Path, *, within: float) -> bytes:
    """The next line that the process prints. Raises Failed when none comes `within` seconds."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], within)
    said = process.stdout.readline() if ready else b""
    if not said:
        what = "ended" if ready else f"said nothing for {within:.0f} s"
        last = " ".join(log.read_text(errors="replace").split()[-40:])
        raise Failed(f"process {process.pid} ({log.name}) {what}: {last or 'no word'}")
    return said


@contextmanager
def confined(core: int | None) -> Iterator[None]:
    """This process on one core, so that a child and all its threads start there and stay."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _stop(process: Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=_GRACE_SECONDS)
    except TimeoutExpired:
        process.kill()
        process.communicate()
