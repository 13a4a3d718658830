"""`dictabelt serve`: the vault behind HTTP, in one process or many."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit
from dictabelt.cli.member import member, starting
from dictabelt.cli.monitoring import monitored
from dictabelt.cli.opening import address, in_new_vault, settings_of
from dictabelt.cli.options import Data, Json, examples, group
from dictabelt.server.tether import Member

if TYPE_CHECKING:
    from dictabelt.app import Oversight
    from dictabelt.core.vault import Vault
    from dictabelt.settings import Settings

commands = group()


@commands.command(
    epilog=examples("serve", "serve --host 0.0.0.0 --port 8443 --workers 4 --data /srv/calls")
)
def serve(
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="ADDRESS", help="Where to listen.  [default: 127.0.0.1]"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="0 takes a free one.  [default: 8080]"
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", metavar="N", min=1, max=256, help="Processes that answer.  [default: 1]"
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
    one_of: Annotated[Member | None, typer.Option("--member", parser=member, hidden=True)] = None,
) -> None:
    """Serve the vault until Ctrl-C; a folder without one gets one.

    Logs go to stderr: lines on a terminal, JSON elsewhere. SIGTERM lets requests in hand finish,
    for as long as the setting stop_seconds says; a second signal does not. Of several processes
    one that dies is started again, and SIGHUP renews one after the other.
    """
    from dictabelt.cli import logs, server

    settings = settings_of(data=data, host=host, port=port, workers=workers)
    if one_of is not None:
        logs.configure(one_of.number)
        _serve_as(one_of, settings)
        return
    logs.configure()
    with server.listening(settings) as listener:
        placed = server.placed(settings, listener)
        if placed.workers > 1:
            _keep(placed, listener, json=json)
        else:
            _serve_alone(placed, listener, json=json)


def _serve_alone(settings: "Settings", listener: socket.socket, *, json: bool) -> None:
    async def ready() -> None:
        _tell(settings, json=json)

    _serve(settings, listener, ready=ready)


def _serve_as(it: Member, settings: "Settings") -> None:
    from dictabelt.cli import server
    from dictabelt.server.tether import Tether

    tether = Tether(it.tether)

    async def ready() -> None:
        tether.say_ready()

    with socket.socket(fileno=it.listener) as listener:
        listener.set_inheritable(False)
        placed = server.placed(settings, listener)
        _serve(placed, listener, ready=ready, number=it.number, during=tether.held)


def _serve(
    settings: "Settings",
    listener: socket.socket,
    *,
    ready: Callable[[], Awaitable[None]],
    number: int = 1,
    during: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> None:
    from dictabelt.app import front, oversight
    from dictabelt.cli import logs, server
    from dictabelt.server.answering import answer

    leaving = asyncio.Event()
    watches = (logs.requests(),) if settings.request_log == "on" else ()
    seen = oversight(*watches, stopping=leaving.is_set)

    async def work(vault: "Vault") -> None:
        async with (
            monitored(vault, settings, seen=seen, number=number),
            _background(vault, settings, seen=seen),
            during(),
        ):
            await answer(
                front(vault, settings, seen=seen),
                listener,
                house=server.house(settings),
                ready=ready,
                leaving=leaving.set,
            )

    in_new_vault(settings, work, seen=seen, loop=server.fast_loop)


def _keep(settings: "Settings", listener: socket.socket, *, json: bool) -> None:
    from dictabelt.cli import server
    from dictabelt.server import crew

    plan = crew.Plan(
        starting(settings.data, settings.host), settings.workers, server.house(settings).stop
    )
    try:
        crew.run(plan, listener, ready=lambda: _tell(settings, json=json))
    except crew.GivenUp as given_up:
        # what it died of it has told itself
        known = given_up.code in [int(it) for it in Exit]
        raise typer.Exit(given_up.code if known else Exit.REFUSED) from given_up


@asynccontextmanager
async def _background(
    vault: "Vault", settings: "Settings", *, seen: "Oversight"
) -> AsyncIterator[None]:
    from dictabelt.app import working

    if settings.background == "elsewhere":
        yield
        return
    async with working(vault, settings, seen=seen):
        yield


def _tell(settings: "Settings", *, json: bool) -> None:
    url = address(settings)
    if json:
        tell.as_json_line({"base_url": url, "data": str(settings.data)})
    else:
        print(f"serving {settings.data} at {url}; Ctrl-C stops it", flush=True)
