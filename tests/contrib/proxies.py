"""nginx and Caddy before an application, with the very files of `contrib`."""

import asyncio
import os
import pwd
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from contrib.expressions import CONTRIB
from contrib.programs import program
from serving import serving

_PATIENCE = 20
_NGINX = """\
daemon off;
pid {folder}/nginx.pid;
{user}
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; include {folder}/dictabelt.conf; }}
}}
"""


@dataclass(frozen=True)
class Started:
    """A command to run, and the environment that it needs."""

    command: tuple[str, ...]
    environment: dict[str, str]


def nginx(folder: Path, port: int, behind: int) -> Started:
    found = program("nginx")
    snippet = (CONTRIB / "nginx" / "dictabelt.conf").read_text(encoding="utf-8")
    assert "127.0.0.1:8080" in snippet
    (folder / "dictabelt.conf").write_text(snippet.replace("127.0.0.1:8080", f"127.0.0.1:{behind}"))
    # a worker of root's turns into nobody, who cannot enter a temporary folder
    user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    written = folder / "nginx.conf"
    written.write_text(_NGINX.format(folder=folder, port=port, user=user))
    return Started((found, "-e", "stderr", "-p", str(folder), "-c", str(written)), {})


def caddy(folder: Path, port: int, behind: int) -> Started:
    found = program("caddy")
    snippet = (CONTRIB / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    assert "127.0.0.1:8080" in snippet
    ours = snippet.replace("127.0.0.1:8080", f"127.0.0.1:{behind}")
    ours = ours.replace("recordings.example.com", f"http://127.0.0.1:{port}")
    written = folder / "Caddyfile"
    written.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + ours)
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return Started((found, "run", "--adapter", "caddyfile", "--config", str(written)), home)


Proxy = Callable[[Path, int, int], Started]
PROXIES: MappingProxyType[str, Proxy] = MappingProxyType({"nginx": nginx, "caddy": caddy})


@asynccontextmanager
async def behind(proxy: Proxy, app: ASGIApp, folder: Path) -> AsyncIterator[str]:
    """The base URL of the proxy before a server of `app`."""
    async with serving(app) as inner:
        port = free_port()
        it = proxy(folder, port, urlsplit(inner).port or 0)
        process = await asyncio.create_subprocess_exec(
            *it.command,
            env={**os.environ, **it.environment},
            stderr=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            await answers(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def answers(port: int) -> None:
    """Returns once somebody listens."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
