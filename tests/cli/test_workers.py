"""Many processes at one socket: one line when all answer, none missed for long, none left over."""

import os
import signal
import subprocess
from collections.abc import Iterator
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
    os.kill(min(before), signal.SIGKILL)
    while len(children(server) - before) < 1:
        assert answers(base)
    ended = stopped(server)
    assert ended.code == 0
    assert '"code": -9' in ended.err
    assert '"worker": 1' in ended.err


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
