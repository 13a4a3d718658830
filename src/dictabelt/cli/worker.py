"""`dictabelt worker`: background work in a process of its own."""

from typing import TYPE_CHECKING, Annotated

import typer

from dictabelt.cli import tell
from dictabelt.cli.monitoring import monitored
from dictabelt.cli.opening import in_vault, settings_of
from dictabelt.cli.options import Data, Json, examples, group

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

commands = group()


@commands.command(epilog=examples("worker", "worker --kinds publish,deliver --data /srv/calls"))
def worker(
    kinds: Annotated[
        str | None,
        typer.Option(
            "--kinds",
            metavar="KIND,...",
            help="publish, deliver (webhooks), analyse, pack.  [default: all]",
        ),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Do the background work of a vault until Ctrl-C, beside servers or without any.

    Servers do it too, unless their setting background says "elsewhere". Work in hand at the end
    goes back, for others to do.
    """
    from dictabelt.app import KINDS, oversight, working_for_others
    from dictabelt.cli import logs
    from dictabelt.server.answering import until_told

    chosen = _chosen(kinds, KINDS)
    settings = settings_of(data=data)
    logs.configure()
    seen = oversight()

    async def work(vault: "Vault") -> None:
        async with (
            monitored(vault, settings, seen=seen),
            working_for_others(vault, settings, kinds=chosen, seen=seen),
        ):
            await until_told(lambda: _tell(str(settings.data), chosen, json=json))

    in_vault(settings, work, seen=seen)


def _chosen(kinds: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if kinds is None:
        return known
    chosen = tuple(it.strip() for it in kinds.split(","))
    if wrong := [it for it in chosen if it not in known]:
        raise typer.BadParameter(f"{wrong[0]!r} is no kind of work; there are {', '.join(known)}")
    return chosen


def _tell(data: str, kinds: tuple[str, ...], *, json: bool) -> None:
    if json:
        tell.as_json_line({"data": data, "kinds": list(kinds)})
    else:
        print(f"working for {data}: {', '.join(kinds)}; Ctrl-C stops it", flush=True)
