"""The entry point of `dictabelt`; light, so that Ctrl-C is met from the first moment on."""

import gc
import os
import signal
import sys
from collections.abc import Sequence

_INTERRUPTED = 130


def run(arguments: Sequence[str] | None = None) -> int:
    """Obeys the arguments, those of the process when None; the exit code."""
    before = signal.signal(signal.SIGINT, _leave)
    if arguments is None:
        # what modules make is no garbage: to search it again and again is a fifth of a start
        gc.disable()
    try:
        from dictabelt.cli.commands import obey

        code = obey(arguments)
    except BrokenPipeError:
        # whoever read our output has had enough (`dictabelt ls | head -1`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        gc.enable()
        signal.signal(signal.SIGINT, before)
    if code == _INTERRUPTED:
        _leave()
    return code


def _leave(*_: object) -> None:
    """Ends the process here: a thread may be in the middle of hours of audio."""
    print("dictabelt: interrupted", file=sys.stderr, flush=True)
    os._exit(_INTERRUPTED)
