"""`dictabelt demo`: a server full of example calls, and how to fetch them from every API."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dictabelt.cli.opening import in_new_vault, settings_of
from dictabelt.cli.options import Json, examples, group

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

_DATA = Path("dictabelt-data", "demo")
commands = group()


@commands.command(epilog=examples("demo", "demo --port 0 --data dictabelt-data/trial --json"))
def demo(
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="0 takes a free one.  [default: 8080]"
        ),
    ] = None,
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="A folder of its own.")
    ] = _DATA,
    json: Json = False,
) -> None:
    """Serve example calls, and print how to fetch them; Ctrl-C stops it.

    It answers on this machine only. The first start fills the folder and makes keys; later ones
    find them again. Once the server answers, demo.json in the folder has its address, keys and
    recordings, for scripts.
    """
    from dictabelt.app import front, oversight, working
    from dictabelt.cli import demo_file, logs, server
    from dictabelt.cli.guide import guide, show, show_json
    from dictabelt.cli.tenants import tenants
    from dictabelt.http.dialect import discover
    from dictabelt.server.answering import answer

    # a server of its own: never on the network, and its links for its own address
    settings = settings_of(
        data=data, host="127.0.0.1", port=port, public_urls=(), trusted_proxies=()
    )
    logs.configure()
    with server.bound(settings.host, settings.port) as listener:
        placed = server.placed(settings, listener)

        leaving = asyncio.Event()
        seen = oversight(stopping=leaving.is_set)

        async def work(vault: "Vault") -> None:
            found = await tenants(vault, placed.data)
            printed = await guide(vault, placed, tenants=found, dialects=discover())

            async def ready() -> None:
                demo_file.write(placed.data, printed.file)
                show_json(printed) if json else show(printed)

            async with working(vault, placed, seen=seen):
                await answer(
                    front(vault, placed, seen=seen),
                    listener,
                    house=server.house(placed),
                    ready=ready,
                    leaving=leaving.set,
                )

        in_new_vault(placed, work, seen=seen, loop=server.fast_loop)
