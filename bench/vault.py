"""A vault of its own for the benchmark: the demo's server as a user starts it, and a long call."""

import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from bench.processes import ROOT, Failed, line, started
from bench.target import Server

DICTABELT = Path(sys.executable).with_name("dictabelt")
_PATIENCE_SECONDS = 60
_HEADER = 44
_LONG_CALL_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Media:
    """A file of a recording, as `demo.json` tells of it."""

    bota: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording; `ids` by dialect."""

    id: str
    state: str
    ids: dict[str, str]
    media: list[Media]


@dataclass(frozen=True, slots=True)
class Account:
    """Whose recordings they are."""

    id: str
    name: str
    key: str
    recordings: list[Recording]


@dataclass(frozen=True, slots=True)
class Vault:
    """A running server, an account of it and one of its finished recordings."""

    server: Server
    data: Path
    account: Account
    recording: Recording

    def link(self, id: str, form: str = "original", *, mix: str = "both") -> str:
        """Path and query of a signed link, for an hour; unless told, to the untouched bytes."""
        own = ("--account", self.account.name, "--data", self.data)
        wanted = ("--form", form, "--mix", mix)
        told = _told("sign", id, *wanted, "--base-url", self.server.origin, *own)
        return told.decode().strip().removeprefix(self.server.origin)

    def keep(self, file: Path) -> str:
        """Imports the file; the recording's id."""
        own = ("--account", self.account.name, "--data", self.data, "--json")
        return str(msgspec.json.decode(_told("import", file, *own))["recording"])

    def keep_all(self, folder: Path) -> list[str]:
        """Imports the folder's files; the recordings' ids."""
        own = ("--account", self.account.name, "--data", self.data, "--json")
        lines = _told("import", folder, *own).splitlines()
        return [str(msgspec.json.decode(it)["recording"]) for it in lines]


@dataclass(frozen=True, slots=True)
class _DemoFile:
    base_url: str
    accounts: list[Account]


@contextmanager
def serving(folder: Path, *, core: int | None) -> Iterator[Vault]:
    """The demo's server on a free port of loopback, its data in `folder`. Raises Failed."""
    data, log = folder / "vault", folder / "server.log"
    command = (DICTABELT, "demo", "--port", "0", "--data", data, "--json")
    with started(command, core=core, log=log) as process:
        line(process, log, within=_PATIENCE_SECONDS)  # printed once the server answers
        told = msgspec.json.decode((data / "demo.json").read_bytes(), type=_DemoFile)
        account = told.accounts[0]
        finished = next(it for it in account.recordings if it.state == "available")
        port = urlsplit(told.base_url).port
        assert port is not None
        vault = Vault(Server(port, process.pid), data, account, finished)
        _without_limits(vault)
        yield vault


def long_call(file: Path) -> None:
    """Writes a WAV of 10,000,000 bytes: a call of the demo, told again and again.

    A plain header of 44 bytes and PCM, 8 kHz stereo, some five minutes.
    """
    spoken = files("dictabelt.demo_data") / "pcm-8k-stereo.wav"
    with spoken.open("rb") as source, wave.open(source) as call, wave.open(str(file), "wb") as copy:
        copy.setparams(call.getparams())
        frames = call.readframes(call.getnframes())
        wanted = _LONG_CALL_BYTES - _HEADER
        copy.writeframes((frames * (wanted // len(frames) + 1))[:wanted])


def short_calls(folder: Path, files: int) -> None:
    """Writes WAVs of a tenth of a second, no two alike."""
    for number in range(files):
        with wave.open(str(folder / f"{number:05}.wav"), "wb") as call:
            call.setparams((1, 2, 8_000, 800, "NONE", "not compressed"))
            call.writeframes(number.to_bytes(2, "little") * 800)


def _without_limits(vault: Vault) -> None:
    """Lets the account ask Bota's endpoints as often as a benchmark does."""
    own = ("--account", vault.account.name, "--data", vault.data, "--scope", "admin", "--json")
    token = msgspec.json.decode(_told("key", "add", "bench", *own))["token"]
    ample = msgspec.json.encode({"requests_a_minute": 10**9, "upload_urls_a_minute": 10**9})
    to_vault = HTTPConnection("127.0.0.1", vault.server.port, timeout=_PATIENCE_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {token}"}
        to_vault.request("PATCH", "/vault/v1/account", ample, headers)
        answer = to_vault.getresponse()
        if answer.status != 200:
            raise Failed(f"the limits stay: {answer.read()!r}")
    finally:
        to_vault.close()


def _told(*arguments: str | Path) -> bytes:
    done = subprocess.run(  # noqa: S603
        [DICTABELT, *arguments],
        check=False,
        capture_output=True,
        cwd=ROOT,
        timeout=_PATIENCE_SECONDS,
    )
    if done.returncode:
        raise Failed(f"dictabelt {arguments[0]}: {done.stderr.decode().strip()}")
    return done.stdout
