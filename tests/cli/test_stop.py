"""A server that is told to stop ends what it is at, lets nobody in, and says so to systemd."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from cli.running import DICTABELT, LONGEST, Command, clean, first_line, started, stopped
from sounds import silence

SECONDS = 1800
SIZE = 44 + 2 * 8_000 * SECONDS


@pytest.fixture
def long(clinic: Command, tmp_path: Path) -> str:
    """A recording that no system takes as a whole while nobody reads."""
    (tmp_path / "long.wav").write_bytes(silence(SECONDS))
    recording: str = clinic("import", "long.wav", "--json").json["recording"]
    return recording


@contextmanager
def slow(clinic: Command, recording: str, base: str) -> Iterator[httpx2.Response]:
    """A download of which nothing but the head is read."""
    link = clinic("sign", recording, "--form", "wav", "--base-url", base).out.strip()
    with httpx2.stream("GET", link) as answer:
        assert answer.status_code == 200
        yield answer


def refused(base: str) -> bool:
    place = urlsplit(base)
    assert place.hostname is not None
    try:
        with socket.create_connection((place.hostname, place.port or 80)):
            return False
    except (ConnectionRefusedError, ConnectionResetError):
        # reset: the listener closed between the two halves of the handshake
        return True


def test_a_download_ends_after_sigterm_while_nobody_new_comes_in(
    long: str, clinic: Command, tmp_path: Path
) -> None:
    with started("serve", "--port", "0", "--json", folder=tmp_path) as server:
        base = first_line(server)["base_url"]
        with slow(clinic, long, base) as answer:
            server.send_signal(signal.SIGTERM)
            while not refused(base):
                pass
            assert server.poll() is None
            assert len(answer.read()) == SIZE
        out, err = server.communicate(timeout=LONGEST)
    assert (server.returncode, out) == (0, "")
    assert [json.loads(it)["event"] for it in err.splitlines()] == ["request"]


def test_a_second_signal_cuts_at_once(long: str, clinic: Command, tmp_path: Path) -> None:
    with started("serve", "--port", "0", "--json", folder=tmp_path) as server:
        base = first_line(server)["base_url"]
        with slow(clinic, long, base) as answer:
            server.send_signal(signal.SIGTERM)
            while not refused(base):
                pass
            ended = stopped(server, signal.SIGTERM)
            with pytest.raises(httpx2.TransportError):
                answer.read()
    assert ended.code == 0
    assert "requests were cut off" in ended.err


def test_systemd_hears_how_it_is(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(LONGEST)
        manager.bind(str(tmp_path / "notify"))
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        command = [DICTABELT, "serve", "--port", "0", "--json"]
        with subprocess.Popen(
            command, cwd=tmp_path, env={**clean(), **told}, stdout=subprocess.PIPE, text=True
        ) as server:
            first_line(server)
            heard = [manager.recv(64) for _ in range(4)]
            server.send_signal(signal.SIGTERM)
            while (last := manager.recv(64)) == b"WATCHDOG=1":
                heard.append(last)
            server.communicate(timeout=LONGEST)
    assert (heard.count(b"READY=1"), last) == (1, b"STOPPING=1")
    assert set(heard) == {b"READY=1", b"WATCHDOG=1"}
