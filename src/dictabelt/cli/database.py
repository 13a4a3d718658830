"""`dictabelt db`: the schema of the vault's database, and moving to another database."""

from typing import TYPE_CHECKING, Annotated

import typer

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import complete, settings_of
from dictabelt.cli.options import Data, Json, examples, group
from dictabelt.cli.progress import RowTally, told

if TYPE_CHECKING:
    from dictabelt.app import RowSum

commands = group(name="db", help="Upgrade the database, or move the vault to another one.")


@commands.callback(epilog=examples("db current", "db upgrade"))
def _database() -> None:
    """Upgrade the database, or move the vault to another one."""


@commands.command(epilog=examples("db current", "db current --json"))
def current(data: Data = None, json: Json = False) -> None:
    """Show the schema of the database, and the one that this version needs."""
    from dictabelt.app import HEAD, database_of

    found = complete(database_of(settings_of(data=data)).revision())
    if json:
        tell.as_json({"schema": found, "needed": HEAD})
    else:
        tell.as_table(("schema", "needed"), [(found or "none", HEAD)])


@commands.command(epilog=examples("db upgrade", "db upgrade --json"))
def upgrade(data: Data = None, json: Json = False) -> None:
    """Bring the database to the schema of this version; `dictabelt serve` does so by itself."""
    from dictabelt.app import HEAD, database_of

    complete(database_of(settings_of(data=data)).upgrade())
    if json:
        tell.as_json({"schema": HEAD})


Place = "sqlite:PATH or postgresql://user:password@host:port/database"


@commands.command(
    epilog=examples(
        "db copy --from sqlite:dictabelt-data/vault.sqlite3 --to sqlite:copy.sqlite3",
        "db copy --from sqlite:dictabelt-data/vault.sqlite3 --to sqlite:copy.sqlite3 --json",
    )
)
def copy(
    source: Annotated[str, typer.Option("--from", metavar="PLACE", help=Place)],
    target: Annotated[str, typer.Option("--to", metavar="PLACE", help=Place)],
    json: Json = False,
) -> int:
    """Copy all rows to another database, and compare counts and hashes of every table.

    Stop the vault first: what is written meanwhile is not copied. Run it again when it was cut
    off; it goes on where it was. secret.key and blobs/ stay where they are.
    """
    sums = complete(_copy(source, target))
    if json:
        tell.as_json([_row(one, other) for one, other in sums])
    else:
        cells = ((it.table, str(it.rows), _verdict(it, other)) for it, other in sums)
        tell.as_table(("table", "rows", "compared"), cells)
    wrong = [it.table for it, other in sums if it != other]
    if wrong:
        raise Problem(f"the target differs in: {', '.join(wrong)}", Exit.PARTLY)
    return Exit.DONE


async def _copy(source: str, target: str) -> "list[tuple[RowSum, RowSum]]":
    from dictabelt.app import copying

    async with copying(source, target) as work:
        tally = RowTally(await work.count())
        async with told(tally, doing="copying"):
            await work.run(tally.add)
        return await work.compare()


def _row(one: "RowSum", other: "RowSum") -> dict[str, object]:
    return {"table": one.table, "rows": one.rows, "sha256": one.hash, "same": one == other}


def _verdict(one: "RowSum", other: "RowSum") -> str:
    return "same" if one == other else f"DIFFERS: {other.rows} rows"
