"""`dictabelt backup`: snapshots of the vault in a folder elsewhere, each with what is new alone."""

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dictabelt import __version__
from dictabelt.cli import tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import on_premises, settings_of
from dictabelt.cli.options import Data, Json, examples, group
from dictabelt.cli.places import (
    PassphraseFile,
    Target,
    keeper,
    phrase,
    repository,
    scratch,
)
from dictabelt.cli.portions import ALL, portion
from dictabelt.cli.progress import Tally, shown
from dictabelt.cli.snapshots import amount, counted, forgetting, listing, row, verification
from dictabelt.core.backup import Made, Work, back_up, estimated, learn
from dictabelt.core.errors import NotFound
from dictabelt.core.portion import Subset
from dictabelt.core.pruning import Policy
from dictabelt.core.repository import Repository
from dictabelt.core.snapshot import Counts, Origin

if TYPE_CHECKING:
    from dictabelt.core.premises import Premises

commands = group()
_WHICH = (
    "say what becomes of secret.key, without which no key and no link of a restored vault works:"
    " --passphrase-file FILE keeps it under a passphrase, --with-secret as it is,"
    " --without-secret not at all (then keep a copy elsewhere)"
)


@commands.command(
    epilog=examples("backup calls-backup --with-secret", "backup calls-backup --list --json")
)
def backup(
    target: Target,
    passphrase_file: PassphraseFile = None,
    with_secret: Annotated[
        bool, typer.Option("--with-secret", help="Keep secret.key in the backup as it is.")
    ] = False,
    without_secret: Annotated[
        bool, typer.Option("--without-secret", help="Leave secret.key out.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would be new, or would go.")
    ] = False,
    list_snapshots: Annotated[
        bool, typer.Option("--list", help="List the snapshots instead.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Check that the backup is whole instead.")
    ] = False,
    read_data: Annotated[
        bool, typer.Option("--read-data", help="With --check: read all bytes.")
    ] = False,
    read_data_subset: Annotated[
        Subset | None,
        typer.Option(
            "--read-data-subset",
            metavar="PART",
            parser=portion,
            help="With --check: read a part: 5%, 500M, 1/7.",
        ),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete old snapshots, and what only they need.")
    ] = False,
    keep_last: Annotated[
        int, typer.Option("--keep-last", metavar="N", min=0, help="With --forget: so many newest.")
    ] = 0,
    keep_daily: Annotated[
        int,
        typer.Option(
            "--keep-daily", metavar="N", min=0, help="With --forget: one of each of so many days."
        ),
    ] = 0,
    data: Data = None,
    json: Json = False,
) -> int:
    """Back the vault up into a folder, beside a server that goes on working.

    Bytes are kept once, under their SHA-256, so only what is new is copied. A backup that was
    cut off leaves nothing half; the next one goes on from there. `dictabelt restore` makes a
    vault of a snapshot again.
    """
    if list_snapshots + check + forget > 1:
        raise Problem("--list, --check and --forget exclude one another", Exit.USAGE)
    if list_snapshots:
        return listing(target, json=json)
    if check:
        return verification(target, read_data_subset or (ALL if read_data else None), json=json)
    if forget:
        return forgetting(target, Policy(keep_last, keep_daily), dry_run=dry_run, json=json)
    settings = settings_of(data=data)
    if dry_run:
        into, there = repository(target), target.is_dir()
        guess = on_premises(settings, lambda at: _estimate(at, into, there=there))
        return _told_estimate(guess, json)
    if bool(passphrase_file) + with_secret + without_secret != 1:
        raise Problem(_WHICH, Exit.USAGE)
    way = _Secret(with_secret, phrase(passphrase_file))
    return _told(on_premises(settings, lambda at: _back_up(at, target, settings.data, way)), json)


@dataclass(frozen=True, slots=True)
class _Secret:
    plain: bool
    phrase: str | None

    def copy(self, at: "Premises", into: Repository) -> Mapping[str, Any]:
        """What the snapshot says of the secret. Raises Problem where there is none."""
        if isinstance(at.secret, str):
            raise Problem(at.secret, Exit.STORAGE)
        box = into.depot.strongbox
        known = {"fingerprint": box.fingerprint(at.secret)}
        if self.plain:
            return {**known, "plain": at.secret.hex()}
        return {**known, "locked": box.locked(at.secret, self.phrase)} if self.phrase else known


async def _back_up(at: "Premises", target: Path, data: Path, way: _Secret) -> Made:
    into = repository(target)
    secret = way.copy(at, into)
    await into.depot.shelf.prepare()
    try:
        await into.demand()
    except NotFound:
        await into.found()
    origin = Origin(keeper().host, __version__)
    with scratch(data) as room, ExitStack() as closes:
        async with into.locked(keeper()):
            tally = Tally()
            work = _work(at, into, closes, room=room, tally=tally)
            await learn(work)
            async with shown(tally, doing="backing up"):
                return await back_up(work, origin, secret=secret)


async def _estimate(at: "Premises", into: Repository, *, there: bool) -> Counts:
    with ExitStack() as closes:
        work = _work(at, into, closes, room=Path(), tally=Tally())
        if there:
            await into.demand()
            await learn(work)
        return await estimated(work)


def _work(at: "Premises", into: Repository, closes: ExitStack, *, room: Path, tally: Tally) -> Work:
    had, known = at.ledger(), at.ledger()
    closes.enter_context(closing(had))
    closes.enter_context(closing(known))
    return Work(at, into, had, known, room, tally)


def _told(made: Made, json: bool) -> int:
    it = made.snapshot
    for blob, reason in made.damaged:
        tell.complain(f"{blob}: {reason}; it is not in this snapshot; `dictabelt check` says more")
    if json:
        tell.as_json(row(it.id, it))
    else:
        print(it.id[:8])
        tell.say(
            f"snapshot {it.id[:8]}: {amount(it.counts.blobs, it.counts.bytes)},"
            f" {amount(it.counts.new_blobs, it.counts.new_bytes)} of them new"
        )
    return Exit.DAMAGED if made.damaged else Exit.DONE


def _told_estimate(it: Counts, json: bool) -> int:
    if json:
        tell.as_json(counted(it))
    else:
        new = amount(it.new_blobs, it.new_bytes)
        tell.say(f"a backup would have {amount(it.blobs, it.bytes)}, {new} of them new at most")
    return Exit.DONE
