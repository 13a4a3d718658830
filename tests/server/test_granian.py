"""The vault under another ASGI server, by the factory that the README names."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from cli.running import LONGEST, clean

pytest.importorskip("granian")


def answered(url: str, server: subprocess.Popen[str]) -> httpx2.Response:
    """What it answers, once it listens."""
    while server.poll() is None:
        try:
            return httpx2.get(url, timeout=LONGEST)
        except httpx2.ConnectError:
            continue
    pytest.fail(f"granian ended with code {server.returncode}")


def test_the_vault_answers_under_granian(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    served = ("--interface", "asgi", "--factory", "dictabelt.app:served", "--port", str(port))
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", *served],
        cwd=tmp_path,
        env={**clean(), "DICTABELT_DATA": str(tmp_path / "data")},
        stdout=subprocess.DEVNULL,
        text=True,
    )
    with process as server:
        try:
            base = f"http://127.0.0.1:{port}"
            assert answered(f"{base}/livez", server).json() == {"status": "ok"}
            refused = httpx2.get(f"{base}/vault/v1/account", timeout=LONGEST)
            assert refused.status_code == 401
            server.send_signal(signal.SIGTERM)
            assert server.wait(LONGEST) in (0, -signal.SIGTERM)
        finally:
            server.kill()
    assert (tmp_path / "data" / "vault.sqlite3").exists()
