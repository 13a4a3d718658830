"""Compressed audio is decoded in processes of their own, which can hurt nobody."""

import gc
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audio.flac import silent_flac
from audio.processes import Watched, cell_of, children, only, wardens
from audio.recordings import noise, written
from dictabelt.audio.foreign import decoding
from dictabelt.audio.limits import Limits
from dictabelt.audio.probe import probe
from dictabelt.core.errors import Internal, Unreadable

HOUR = 3600
PROC = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def limits() -> Iterator[Limits]:
    made = Limits()
    yield made
    made.cells.close()


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hour") / "a.flac"
    path.write_bytes(silent_flac(HOUR))
    return path


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("short")
    return written(folder / "a.mp3", noise(8000), rate=8000, codec="libmp3lame")


def refusal(path: Path, limits: Limits) -> str:
    with pytest.raises(Unreadable) as refused:
        probe(path, limits)
    limits.cells.close()
    return str(refused.value)


@pytest.fixture
def warden(limits: Limits, short: Path) -> Iterator[Watched]:
    """The warden that works for `limits`."""
    before = wardens()
    probe(short, limits)
    started = only([it for it in wardens() if it not in before])
    with Watched(started) as watched:
        yield watched


@pytest.fixture(scope="module")
def laborious(short: Path) -> Path:
    """Two hours that take seconds to decode."""
    path = short.with_name("long.mp3")
    path.write_bytes(short.read_bytes() * 2 * HOUR)
    return path


def test_too_much_processor_time_ends_the_job(laborious: Path) -> None:
    limits = Limits(cpu_seconds=1, pace=10**9)
    assert refusal(laborious, limits).endswith("used more than its 1 seconds of processor time")


def test_audio_earns_processor_time(laborious: Path) -> None:
    limits = Limits(cpu_seconds=1)
    assert probe(laborious, limits).duration.total_seconds() > 2 * HOUR
    limits.cells.close()


def test_too_much_memory_ends_the_job(tmp_path: Path) -> None:
    path = illustrated(tmp_path / "a.flac", 12 * 2**20)
    assert refusal(path, Limits(memory=8 * 2**20)).endswith("wanted more than 8 MiB of memory")
    assert refusal(hungry(tmp_path / "a.m4a"), Limits()).startswith("no audio")


def test_an_honest_file_may_need_memory(limits: Limits, tmp_path: Path) -> None:
    assert probe(illustrated(tmp_path / "a.flac", 12 * 2**20), limits).samples == 80_000


def illustrated(path: Path, size: int) -> Path:
    """Ten seconds of sound behind a picture of so many bytes, which is read in one go."""
    data = written(path, noise(80_000), rate=8000, codec="flac").read_bytes()
    picture = struct.pack(">II9sIIIIII", 3, 9, b"image/png", 0, 1, 1, 24, 0, size) + bytes(size)
    # RFC 9639, 8: a block's type and its length; the first is the stream's own, of 34 bytes
    block = b"\x06" + len(picture).to_bytes(3, "big") + picture
    path.write_bytes(data[:42] + block + data[42:])
    return path


def hungry(path: Path) -> Path:
    """A file of some kilobytes that claims 200 million samples of one byte, each in an index."""
    data = bytearray(written(path, noise(80_000), rate=8000, codec="alac").read_bytes())
    many = (200_000_000).to_bytes(4, "big")
    for table, place, value in (
        (b"stsz", 8, (1).to_bytes(4, "big") + many),
        (b"stsc", 16, many),
        (b"stts", 12, many),
    ):
        start = data.index(table) + place
        data[start : start + len(value)] = value
    path.write_bytes(data)
    return path


def test_a_long_silence_in_a_small_file_is_refused_on_the_way(hour: Path) -> None:
    assert refusal(hour, Limits(seconds=60)) == "longer than 60 seconds of audio"
    assert refusal(hour, Limits(bytes=2**20)) == "more than 1048576 bytes of decoded audio"


def end_of_cell(limits: Limits, hour: Path, *, by: signal.Signals) -> str:
    """What is said of a job whose cell got a signal."""
    before = wardens()
    with decoding(hour, limits) as it:
        warden = only([it for it in wardens() if it not in before])
        with Watched(cell_of(warden, hour)) as cell:
            os.kill(cell.id, by)
            with pytest.raises(Unreadable) as refused:
                list(it.blocks())
    assert warden in wardens()
    limits.cells.close()
    return str(refused.value)


@PROC
@pytest.mark.parametrize(
    ("by", "reason"),
    [
        (signal.SIGKILL, "the decoder was killed, as it is when memory runs out"),
        (signal.SIGSEGV, "the decoder crashed (signal 11)"),
        (signal.SIGSTOP, "the decoder said nothing for 5 seconds"),
    ],
)
def test_a_cell_that_ends_early_ends_its_job_alone(
    hour: Path, by: signal.Signals, reason: str
) -> None:
    patience = 5 if by is signal.SIGSTOP else 60
    assert end_of_cell(Limits(patience=patience), hour, by=by).endswith(reason)


@PROC
def test_a_killed_warden_is_replaced(limits: Limits, warden: Watched, short: Path) -> None:
    os.kill(warden.id, signal.SIGKILL)
    assert warden.ends()
    assert probe(short, limits).samples
    assert warden.id not in children(os.getpid())


@PROC
def test_a_warden_killed_in_the_middle_takes_its_cells_along(
    limits: Limits, warden: Watched, hour: Path
) -> None:
    with decoding(hour, limits) as it, Watched(cell_of(warden.id, hour)) as cell:
        os.kill(warden.id, signal.SIGKILL)
        with pytest.raises(Internal):
            list(it.blocks())
        assert cell.ends()


@PROC
@pytest.mark.parametrize("state", [signal.SIGCONT, signal.SIGSTOP])
def test_a_reader_that_stops_half_way_leaves_no_process(
    limits: Limits, warden: Watched, *, hour: Path, state: signal.Signals
) -> None:
    with decoding(hour, limits) as it:
        next(it.blocks())
        cell = Watched(cell_of(warden.id, hour))
        os.kill(cell.id, state)
    with cell:
        assert cell.ends()
    assert warden.lives()


@PROC
def test_closing_and_forgetting_both_end_the_warden(short: Path) -> None:
    for end in (lambda it: it.cells.close(), lambda it: None):
        before = wardens()
        limits = Limits()
        probe(short, limits)
        warden = only([it for it in wardens() if it not in before])
        end(limits)
        del limits
        gc.collect()
        assert warden not in children(os.getpid())


def test_many_threads_share_a_warden(limits: Limits, short: Path, hour: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda it: probe(it, limits), [short, hour] * 20))
    assert {it.container for it in found[::2]} == {"mp3"}
    assert len(set(found[::2])) == len(set(found[1::2])) == 1


def count(folder: str) -> int:
    return len(list(Path(folder).iterdir()))


@PROC
def test_two_hundred_jobs_leak_no_descriptor(limits: Limits, warden: Watched, short: Path) -> None:
    def open_now() -> tuple[int, int]:
        return count("/proc/self/fd"), count(f"/proc/{warden.id}/fd")

    before = open_now()
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: probe(short, limits), range(200)):
            pass
    after = open_now()
    assert after[0] == before[0]
    assert after[1] <= before[1] + 4  # cells that are just ending


@PROC
def test_a_warden_has_one_thread_and_no_secrets(
    monkeypatch: pytest.MonkeyPatch, short: Path
) -> None:
    monkeypatch.setenv("DICTABELT_SECRET", "s3cret")
    limits, before = Limits(), wardens()
    probe(short, limits)
    warden = only([it for it in wardens() if it not in before])
    assert count(f"/proc/{warden}/task") == 1
    assert b"s3cret" not in Path(f"/proc/{warden}/environ").read_bytes()
    limits.cells.close()


@PROC
def test_a_cell_can_open_nothing(limits: Limits, warden: Watched, hour: Path) -> None:
    with decoding(hour, limits):
        cell = cell_of(warden.id, hour)
        words = Path(f"/proc/{cell}/limits").read_text().splitlines()
        status = Path(f"/proc/{cell}/status").read_text()
        opened = {str(it.readlink()) for it in Path(f"/proc/{cell}/fd").iterdir()}
    caps = {line[:26].strip(): line[26:47].strip() for line in words[1:]}
    assert caps["Max open files"] == caps["Max file size"] == caps["Max processes"] == "0"
    assert 2**30 < int(caps["Max address space"]) < 2**32
    assert "NoNewPrivs:\t1" in status
    assert {it.split(":")[0] for it in opened} == {"/dev/null", "pipe", str(hour)}


@PROC
def test_a_forked_process_keeps_a_warden_of_its_own(short: Path) -> None:
    program = f"""
import os, sys
from pathlib import Path
from dictabelt.audio.limits import Limits
from dictabelt.audio.probe import probe

def wardens():
    return Path(f"/proc/self/task/{{os.getpid()}}/children").read_text().split()

limits, path = Limits(), Path({str(short)!r})
probe(path, limits)
first = wardens()
child = os.fork()
if child == 0:
    probe(path, limits)
    sys.exit(len(wardens()) != 1 or wardens() == first)
assert os.waitpid(child, 0)[1] == 0
probe(path, limits)
assert wardens() == first
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


@PROC
def test_nothing_survives_a_parent_that_is_killed(hour: Path) -> None:
    program = f"""
import os
from pathlib import Path
from dictabelt.audio.cell_words import EXIT, HEAD
from dictabelt.audio.cells import Cell, Cells
from dictabelt.audio.foreign import decoding
from dictabelt.audio.limits import Limits

def children(pid):
    return Path(f"/proc/{{pid}}/task/{{pid}}/children").read_text().split()

limits = Limits()
with decoding(Path({str(hour)!r}), limits):
    (warden,) = children(os.getpid())
    print(warden, *children(warden), flush=True)
    input()
"""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as parent:
        assert parent.stdout is not None
        warden, cell = (Watched(int(it)) for it in parent.stdout.readline().split())
        parent.kill()
    with warden, cell:
        assert warden.ends()
        assert cell.ends()
