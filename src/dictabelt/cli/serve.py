"""`dictabelt serve`: the vault behind HTTP."""

from typing import TYPE_CHECKING, Annotated

import typer

from dictabelt.cli import tell
from dictabelt.cli.opening import address, in_new_vault, settings_of
from dictabelt.cli.options import Data, Json, examples, group

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

commands = group()


@commands.command(epilog=examples("serve", "serve --host 0.0.0.0 --port 8443 --data /srv/calls"))
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
    data: Data = None,
    json: Json = False,
) -> None:
    """Serve the vault until Ctrl-C; a folder without one gets one.

    Logs go to stderr: lines on a terminal, JSON elsewhere.
    """
    from dictabelt.app import front, oversight, working
    from dictabelt.cli import logs, server
    from dictabelt.server.answering import answer
    from dictabelt.server.stopping import Stopping

    stopping = Stopping()
    settings = settings_of(data=data, host=host, port=port)
    logs.configure()
    with server.bound(settings.host, settings.port) as listener:
        placed = server.placed(settings, listener)
        url = address(placed)

        async def ready() -> None:
            if json:
                tell.as_json_line({"base_url": url, "data": str(placed.data)})
            else:
                print(f"serving {placed.data} at {url}; Ctrl-C stops it", flush=True)

        watches = (logs.requests(),) if placed.request_log == "on" else ()
        seen = oversight(*watches, stopping=lambda: stopping.begun)

        async def work(vault: "Vault") -> None:
            async with working(vault, placed, seen=seen):
                await answer(
                    front(vault, placed, seen=seen),
                    listener,
                    house=server.house(placed),
                    stopping=stopping,
                    ready=ready,
                )

        in_new_vault(placed, work, seen=seen, loop=server.fast_loop)
