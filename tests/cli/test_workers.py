"""Many processes at one socket: one line when all answer, none missed for long, none left over."""

import os
import random
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2
import pytest

from cli.running import LONGEST, Command, first_line, ran, started, stopped
from sounds import NOT_AUDIO, tone

SERVE = ("serve", "--port", "0", "--json", "--workers", "2")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with started(*SERVE, folder=tmp_path) as it:
        yield it


def children(process: subprocess.Popen[str]) -> set[int]:
    own = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not own.exists():
        pytest.skip("processes are told by /proc, which is Linux's")
    return {int(it) for it in own.read_text().split()}


def answers(base: str) -> bool:
    return httpx2.get(f"{base}/livez").status_code == 200


def gone(process: int) -> bool:
    """Whether it runs no longer; nobody may have asked how it ended."""
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_all_answer_at_one_address_and_one_signal_ends_all(
    server: subprocess.Popen[str], by: int
) -> None:
    base = first_line(server)["base_url"]
    before = children(server)
    assert len(before) == 2
    assert all(answers(base) for _ in range(20))
    ended = stopped(server, by)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert all(map(gone, before))


def test_one_that_is_killed_is_started_again_while_the_other_answers(
    server: subprocess.Popen[str],
) -> None:
    base = first_line(server)["base_url"]
    before = children(server)
    os.kill(next(iter(before)), signal.SIGKILL)
    while len(children(server) - before) < 1:
        assert answers(base)
    ended = stopped(server)
    assert ended.code == 0
    assert '"code": -9' in ended.err
    assert '"worker": ' in ended.err


def test_sighup_renews_all_and_nobody_is_refused_meanwhile(
    server: subprocess.Popen[str],
) -> None:
    base = first_line(server)["base_url"]
    before = children(server)
    server.send_signal(signal.SIGHUP)
    while children(server) & before or len(children(server)) < 2:
        assert answers(base)
    ended = stopped(server)
    assert (ended.code, ended.err) == (0, "")


def test_they_go_when_their_parent_is_killed(server: subprocess.Popen[str]) -> None:
    first_line(server)
    before = children(server)
    server.kill()
    server.communicate(timeout=LONGEST)
    while not all(map(gone, before)):
        pass


def test_each_has_figures_of_its_own_at_a_port_of_its_own(tmp_path: Path) -> None:
    first = two_free_ports()
    data = tmp_path / "dictabelt-data"
    data.mkdir()
    (data / "dictabelt.toml").write_text(f"metrics_port = {first}\n")
    with started(*SERVE, folder=tmp_path) as server:
        base = first_line(server)["base_url"]
        for _ in range(10):
            assert httpx2.get(f"{base}/docs").status_code == 200
        pages = [httpx2.get(f"http://127.0.0.1:{first + it}/metrics").text for it in range(2)]
        assert sum(asked(page) for page in pages) == 10
        assert answers(f"http://127.0.0.1:{first}")
        ended = stopped(server)
    assert ended.code == 0


def asked(page: str) -> float:
    """How often the documents were, by one process's figures."""
    counts = re.findall(r'^dictabelt_requests_total\{.*"/docs".*\} (\S+)$', page, re.MULTILINE)
    return sum(map(float, counts))


def two_free_ports() -> int:
    """The lower of two neighbours, outside the range that clients' sockets are given."""
    while True:
        port = random.randrange(15_000, 32_000)
        with suppress(OSError), ExitStack() as held:
            for it in (port, port + 1):
                held.enter_context(socket.create_server(("127.0.0.1", it)))
            return port


def test_a_vault_that_cannot_be_opened_is_told_once(tmp_path: Path) -> None:
    data = tmp_path / "dictabelt-data"
    data.mkdir()
    (data / "vault.sqlite3").write_bytes(NOT_AUDIO)
    refused = ran(*SERVE, folder=tmp_path)
    assert (refused.code, refused.out) == (4, "")
    assert refused.err.count("dictabelt: error: ") == 1


def test_what_a_server_leaves_undone_a_worker_does(clinic: Command, tmp_path: Path) -> None:
    (tmp_path / "dictabelt-data" / "dictabelt.toml").write_text('background = "elsewhere"\n')
    with (
        started("serve", "--port", "0", "--json", folder=tmp_path) as server,
        started("worker", "--json", "--kinds", "analyse,pack", folder=tmp_path) as worker,
    ):
        first_line(server)
        assert first_line(worker)["kinds"] == ["analyse", "pack"]
        (tmp_path / "call.wav").write_bytes(tone(2, 440))
        recording = clinic("import", "call.wav", "--json").json["recording"]
        while not listened(clinic, recording):
            pass
        for it in (server, worker):
            ended = stopped(it, signal.SIGTERM)
            assert (ended.code, ended.err) == (0, "")


def listened(clinic: Command, recording: str) -> bool:
    """Whether the one recording has been listened to."""
    return clinic("show", recording, "--json").json["heard"] is not None


def test_a_kind_of_work_that_is_none_is_refused(clinic: Command, tmp_path: Path) -> None:
    refused = ran("worker", "--kinds", "sleep", folder=tmp_path)
    assert refused.code == 2
    assert "'sleep' is no kind of work; there are publish, deliver, analyse, pack" in refused.err
