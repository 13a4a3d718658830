"""What a cell may use of the machine: set once, from within, before it sees the file."""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

from dictabelt.audio.limits import Limits

_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES = 1, 38  # prctl(2): PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS
_PAGES = Path("/proc/self/statm")


def confine(limits: Limits, *, warden: int) -> None:
    """No other file, socket, process or thread; bounded memory and processor time.

    Ends the process when its parent, `warden`, is gone already.
    """
    if sys.platform == "linux":
        _tie(warden)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_NPROC, 0)
    if _PAGES.exists():  # macOS does not know it, nor does it enforce RLIMIT_AS
        used = int(_PAGES.read_text().split()[0]) * resource.getpagesize()
        _cap(resource.RLIMIT_AS, used + limits.memory)
    _cap(resource.RLIMIT_CPU, limits.processor_seconds(limits.seconds) + 1)
    grant(limits, seconds=0)
    _cap(resource.RLIMIT_NOFILE, 0)  # those that are open stay


def grant(limits: Limits, *, seconds: float) -> None:
    """Allows the processor time for `seconds` of audio decoded so far.

    The soft limit raises SIGXCPU, which tells this end from all others.
    """
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    wanted = limits.processor_seconds(seconds)
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _tie(warden: int) -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if os.getppid() != warden:  # it ended before the first call
        os._exit(1)


def _cap(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (value, value))
