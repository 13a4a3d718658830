"""Memory: what a process held at most is seen, and later work starts from nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.growth import Gauge, Growth, supported

# A line of n MiB: it holds so much for a moment, lets it go, and says so.
GREEDY = """
import sys
for line in sys.stdin:
    held = bytearray(b"x") * (int(line) * 2**20)
    del held
    print("done", flush=True)
"""


@contextmanager
def greedy() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", GREEDY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        take(process, 1)
        yield process
        process.kill()


def take(process: subprocess.Popen[str], mib: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{mib}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "done\n"


@pytest.mark.skipif(not supported(), reason="needs /proc with clear_refs (Linux)")
def test_the_peak_of_each_work_is_its_own() -> None:
    with greedy() as process:
        gauge = Gauge(process.pid)
        take(process, 50)
        assert gauge.growth("much", most=64).grown == pytest.approx(50, abs=5)
        take(process, 1)
        assert gauge.growth("little", most=64).grown < 10


@pytest.mark.parametrize(("peak", "kept"), [(90.0, True), (164.0, True), (164.1, False)])
def test_a_promise_is_kept_up_to_its_figure(peak: float, kept: bool) -> None:
    assert Growth("a", 100.0, peak, 64.0).kept is kept


def test_what_shrank_did_not_grow() -> None:
    assert Growth("a", 100.0, 90.0, 64.0).grown == 0
