"""nginx over a folder, as a peer: one worker, sendfile, a configuration of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Failed, started
from bench.target import Server

_PATIENCE_SECONDS = 10
# keepalive_requests: the default of 1000 would close connections in the middle of a round.
_CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush off;
    keepalive_requests 1000000000;
    types {{ audio/wav wav; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def program() -> str | None:
    """Where nginx is; Debian puts it where a user's PATH does not look."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def version() -> str | None:
    """As `nginx/1.22.1`; None when there is no nginx."""
    found = program()
    if found is None:
        return None
    told = subprocess.run([found, "-v"], capture_output=True, check=False, timeout=10)  # noqa: S603
    return told.stderr.decode().strip().rpartition(" ")[2]


@contextmanager
def serving(root: Path, folder: Path, *, core: int | None) -> Iterator[Server]:
    """A server of the files in `root`. Raises Failed."""
    found, port = program(), _free_port()
    assert found is not None
    folder.mkdir()
    # a worker of root's turns into nobody, who cannot enter a temporary folder
    user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    written = folder / "nginx.conf"
    written.write_text(_CONFIGURATION.format(folder=folder, root=root, port=port, user=user))
    command = (found, "-e", "stderr", "-p", folder, "-c", written)
    log = folder / "nginx.log"
    with started(command, core=core, log=log) as process:
        _wait_for(port, log)
        yield Server(port, process.pid)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise Failed(f"nginx does not answer: {log.read_text(errors='replace')}")
