"""Progress of an import, on a terminal and in a log."""

import asyncio
import os
import pty
import subprocess
from pathlib import Path

import pytest

from cli.running import DICTABELT, LONGEST, Command, clean
from dictabelt.cli.progress import Tally, lines, tell_line
from sounds import tone


@pytest.mark.parametrize(
    ("tally", "line"),
    [
        (Tally(files=0, bytes=0), "0 of 0 files, 100 % of 0 bytes"),
        (Tally(files=3, bytes=2_500_000), "0 of 3 files, 0 % of 2.5 MB"),
        (Tally(3, 2_500_000, files_done=1, bytes_done=1_250_000), "1 of 3 files, 50 % of 2.5 MB"),
        (Tally(1, 7_000_000_000_000_000), "0 of 1 files, 0 % of 7000.0 TB"),
    ],
)
def test_a_line_says_how_far_it_is(tally: Tally, line: str) -> None:
    assert tally.line() == line


def test_a_file_that_grows_does_not_pass_the_total() -> None:
    tally = Tally(files=1, bytes=10)
    tally.add_bytes(7)
    tally.add_bytes(7)
    assert tally.bytes_done == 10


async def test_lines_are_told_again_and_again_as_they_are_then() -> None:
    tally, told = Tally(files=2, bytes=10), list[str]()
    twice = asyncio.Event()

    def tell(line: str) -> None:
        told.append(line)
        tally.files_done = 1
        if len(told) == 2:
            twice.set()

    task = asyncio.create_task(lines(tally, tell, every=0.001))
    async with asyncio.timeout(LONGEST):
        await twice.wait()
    task.cancel()
    assert told[0] == "0 of 2 files, 0 % of 10 bytes"
    assert told[1] == "1 of 2 files, 0 % of 10 bytes"


def test_a_progress_line_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    tell_line("1 of 2 files")
    assert capsys.readouterr() == ("", "importing: 1 of 2 files\n")


def test_a_terminal_shows_a_bar_while_stdout_stays_a_pipe(clinic: Command, tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(tone(1, 440))
    ours, theirs = pty.openpty()
    importing = subprocess.run(
        [DICTABELT, "import", "call.wav"],
        cwd=tmp_path,
        env={**clean(), "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
        timeout=LONGEST,
    )
    os.close(theirs)
    shown = everything(ours)
    assert importing.stdout.decode().endswith("  call.wav\n")
    assert b"\x1b" not in importing.stdout
    assert "━" in shown
    assert shown.endswith("1 imported\r\n")


def everything(terminal: int) -> str:
    """What was written to the other end, which is closed now."""
    pieces = []
    with os.fdopen(terminal, "rb", buffering=0) as file:
        try:
            while piece := file.read(65_536):
                pieces.append(piece)
        except OSError:  # Linux says EIO at the end of a terminal
            pass
    return b"".join(pieces).decode()
