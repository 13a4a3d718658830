"""A real server of Azure's blob API, Azurite, on loopback and in memory."""

import base64
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Final

import httpx2

from seaweed import NotHere

NAMED: Final = "DICTABELT_TEST_AZURITE"
# Looked for at once: tests of the command line take such names out of the environment.
_PROGRAM: Final = os.environ.get(NAMED) or shutil.which("azurite-blob")
_READY_SECONDS: Final = 60
_VERSION: Final = "2023-11-03"


@dataclass(frozen=True, slots=True)
class Container:
    """A container of an account at `endpoint`, and the account's key."""

    endpoint: str
    account: str = "tester"
    key: str = field(default_factory=lambda: base64.b64encode(token_bytes(64)).decode())
    name: str = "vault"

    @property
    def port(self) -> int:
        return int(self.endpoint.split("/")[2].rpartition(":")[2])

    @property
    def environment(self) -> dict[str, str]:
        """What the vault looks for in its environment."""
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": self.account,
            "AZURE_STORAGE_ACCOUNT_KEY": self.key,
        }

    def fresh(self) -> str:
        """The URL of a place in the container that nobody else uses."""
        return f"az://{self.name}/{token_hex(8)}"

    def make(self) -> None:
        """Raises httpx2.HTTPError."""
        date = f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT"
        heads = f"x-ms-date:{date}\nx-ms-version:{_VERSION}"
        # An account that is in the path is in the signature twice.
        resource = f"/{self.account}/{self.account}/{self.name}\nrestype:container"
        text = "PUT" + "\n" * 12 + f"{heads}\n{resource}"
        key = base64.b64decode(self.key)
        proof = base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode()
        given = {
            "x-ms-date": date,
            "x-ms-version": _VERSION,
            "authorization": f"SharedKey {self.account}:{proof}",
        }
        url = f"{self.endpoint}/{self.name}?restype=container"
        httpx2.put(url, headers=given, timeout=10).raise_for_status()


@contextmanager
def running(folder: Path, program: str | None = _PROGRAM) -> Iterator[Container]:
    """A server of this test run, ready for requests.

    Raises NotHere where it is not installed, ChildProcessError where it is and does not start.
    """
    if program is None:
        raise NotHere(f"Azurite is not installed: no azurite-blob on PATH, none in {NAMED}")
    port = _free_port()
    container = Container(f"http://127.0.0.1:{port}/tester")
    folder.mkdir(parents=True)
    line = [program, "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    line += ["--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    known = {**os.environ, "AZURITE_ACCOUNTS": f"{container.account}:{container.key}"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(line, cwd=folder, stdout=log, stderr=log, env=known)
    try:
        _wait(process, container, log=folder / "log")
        yield container
    finally:
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", container: Container, *, log: Path) -> None:
    """Returns once the container is there. Raises ChildProcessError."""
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            container.make()
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise ChildProcessError(f"Azurite did not start: {log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port
