"""`dictabelt rm`: deletes recordings."""

import sys
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import as_owner
from dictabelt.cli.options import SAMPLE, Account, Data, Json, examples, group, uuid_text
from dictabelt.core.errors import StorageFailed, VaultError
from dictabelt.core.ids import RecordingId
from dictabelt.core.nouns import Principal

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

commands = group()


@commands.command(epilog=examples(f"rm {SAMPLE}", f"rm {SAMPLE} --yes --json"))
def rm(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID", parser=uuid_text, help="Recordings, as `ls` shows them."),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Delete recordings for good: their bytes, renditions and links."""
    if not yes:
        _ask(len(ids))
    refused = as_owner(data, account, work=lambda vault, who: _delete(vault, who, ids=ids))
    for id, reason in refused.items():
        tell.complain(f"{id}: {reason}")
    if json:
        tell.as_json([_fate(it, refused) for it in ids])
    elif len(refused) < len(ids):
        tell.say(f"deleted {len(ids) - len(refused)}")
    if not refused:
        return Exit.DONE
    return Exit.REFUSED if len(refused) == len(ids) else Exit.PARTLY


def _ask(count: int) -> None:
    if not sys.stdin.isatty():
        raise Problem("nobody is there to ask; say --yes", Exit.USAGE)
    what = "this recording" if count == 1 else f"these {count} recordings"
    if not typer.confirm(f"Delete {what} for good?", err=True):
        raise Problem("nothing was deleted", Exit.REFUSED)


async def _delete(vault: "Vault", who: Principal, *, ids: list[str]) -> dict[str, str]:
    """Reasons of those that must stay. Raises StorageFailed."""
    refused = {}
    for id in ids:
        try:
            await vault.recordings.delete(who, RecordingId(UUID(id)))
        except StorageFailed:
            raise
        except VaultError as reason:
            refused[id] = str(reason)
    return refused


def _fate(id: str, refused: dict[str, str]) -> dict[str, object]:
    return {"id": id, "deleted": id not in refused, "reason": refused.get(id)}
