"""A real S3 server, SeaweedFS, on loopback and in a folder that goes with it."""

import json
import random
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final

from obstore.exceptions import BaseError
from obstore.store import S3Store

BUCKET: Final = "vault"
# SeaweedFS listens for its own kind so far above each of its ports.
_KIN: Final = 10_000
_PORTS: Final = ("master", "volume", "filer", "admin", "s3")
_READY_SECONDS: Final = 60


class NotHere(Exception):
    """The server is not installed, or did not start; `str()` says why."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket at `endpoint` and who may do everything with it."""

    endpoint: str
    key_id: str = "tester"
    secret: str = "tester-secret"
    name: str = BUCKET

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    @property
    def environment(self) -> dict[str, str]:
        """What the vault looks for in its environment."""
        return {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}

    def client(self) -> S3Store:
        """One of our own, that asks once."""
        return S3Store(
            self.name,
            endpoint=self.endpoint,
            access_key_id=self.key_id,
            secret_access_key=self.secret,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )

    def fresh(self) -> str:
        """The URL of a place in the bucket that nobody else uses."""
        return f"s3://{self.name}/{token_hex(8)}"


@contextmanager
def running(folder: Path) -> Iterator[Bucket]:
    """A server over the new `folder`, ready for requests. Raises NotHere."""
    program = shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")
    if program is None:
        raise NotHere("SeaweedFS is not installed")
    ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
    bucket = Bucket(f"http://127.0.0.1:{ports['s3']}")
    folder.mkdir(parents=True)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(_command(program, folder, ports, bucket), stdout=log, stderr=log)
    try:
        _wait(process, bucket, log=folder / "log")
        yield bucket
    finally:
        process.kill()  # a polite end takes three seconds
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _command(program: str, folder: Path, ports: dict[str, int], bucket: Bucket) -> list[str]:
    who = {"accessKey": bucket.key_id, "secretKey": bucket.secret}
    able = {"name": "tester", "credentials": [who], "actions": ["Admin", "Read", "Write", "List"]}
    known = folder / "s3.json"
    known.write_text(json.dumps({"identities": [able]}))
    (folder / "data").mkdir()
    line = [program, "mini", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    line += [f"-s3.config={known}", f"-bucket={bucket.name}"]
    line += [f"-{part}.port={port}" for part, port in ports.items()]
    line += ["-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    return [*line, "-master.telemetry=false"]


def _wait(process: "subprocess.Popen[bytes]", bucket: Bucket, *, log: Path) -> None:
    """Returns once the bucket is there. Raises NotHere."""
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(BaseError):
            bucket.client().list_with_delimiter()
            return
        time.sleep(0.05)
    said = log.read_text(errors="replace")[-2000:]
    raise NotHere(f"SeaweedFS did not start: {said}")


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(15_000, 32_000)
        if port not in found and _free(port) and _free(port + _KIN):
            found.append(port)
    return found


def _free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
