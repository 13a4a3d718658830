"""What a parent does about processes that die: the first time, and once they were ready."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from dictabelt.server import crew
from dictabelt.server.stopping import Stop
from dictabelt.server.tether import Member

PATIENCE = 60
# Ready at once, unless what it needs is away.
CHILD = """
import os, socket, sys, time
folder = sys.argv[2]
def note(name):
    with open(f"{folder}/{name}", "a") as file:
        file.write(f"{os.getpid()}\\n")
if os.path.exists(f"{folder}/away"):
    note("failed")
    sys.exit(4)
note("ready")
line = socket.socket(fileno=int(sys.argv[1]))
line.send(b"R")
line.recv(1)
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def plan(folder: Path) -> crew.Plan:
    def command(it: Member) -> list[str]:
        return [sys.executable, "-c", CHILD, str(it.tether), str(folder)]

    return crew.Plan(command, 1, Stop(notice=0, grace=1), deaths=2)


def noted(file: Path) -> list[int]:
    """The processes that have written there."""
    return [int(it) for it in file.read_text().split()] if file.exists() else []


def until(true: Callable[[], bool]) -> None:
    for _ in range(PATIENCE * 20):
        if true():
            return
        Event().wait(0.05)


def test_one_that_cannot_begin_is_given_up(tmp_path: Path, listener: socket.socket) -> None:
    (tmp_path / "away").touch()
    with pytest.raises(crew.GivenUp) as given_up:
        crew.run(plan(tmp_path), listener, ready=lambda: None)
    assert given_up.value.code == 4
    assert len(noted(tmp_path / "failed")) == 1


def test_one_that_was_ready_is_started_again_as_often_as_it_takes(
    tmp_path: Path, listener: socket.socket
) -> None:
    ready, failed = tmp_path / "ready", tmp_path / "failed"

    def outage() -> None:
        until(lambda: len(noted(ready)) == 1)
        (tmp_path / "away").touch()
        os.kill(noted(ready)[0], signal.SIGKILL)
        until(lambda: len(noted(failed)) > 2)
        (tmp_path / "away").unlink()
        until(lambda: len(noted(ready)) == 2)
        os.kill(os.getpid(), signal.SIGTERM)

    meanwhile = Thread(target=outage)
    meanwhile.start()
    try:
        crew.run(plan(tmp_path), listener, ready=lambda: None)
    finally:
        meanwhile.join()
    assert (len(noted(ready)), len(noted(failed)) > 2) == (2, True)
