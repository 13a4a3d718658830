"""`dictabelt restore`: a snapshot of a backup becomes a vault in a folder of its own."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dictabelt.cli import tell
from dictabelt.cli.claims import (
    Step,
    claim,
    held,
    keep_settings,
    led_astray,
    reach,
    release,
    room,
)
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import complete, settings_of, told
from dictabelt.cli.options import Data, Json, examples, group
from dictabelt.cli.places import PassphraseFile, Target, phrase, present
from dictabelt.cli.progress import RowTally, Tally, as_size, shown
from dictabelt.cli.progress import told as lines_told
from dictabelt.core.errors import Invalid
from dictabelt.core.repository import Repository
from dictabelt.core.restoring import database_copy, lifted, restored_blobs
from dictabelt.core.snapshot import Snapshot

if TYPE_CHECKING:
    from dictabelt.core.premises import Site
    from dictabelt.settings import Settings

commands = group()


@commands.command(
    epilog=examples(
        "restore calls-backup --data restored",
        "restore calls-backup --snapshot latest --data elsewhere --json",
    )
)
def restore(
    target: Target,
    snapshot: Annotated[
        str,
        typer.Option("--snapshot", metavar="ID", help="As `backup --list` shows it, or `latest`."),
    ] = "latest",
    passphrase_file: PassphraseFile = None,
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="The vault's secret.key, where the backup was made without it.",
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="As the setting: an empty one, or sqlite."),
    ] = None,
    blobs: Annotated[
        str | None,
        typer.Option("--blobs", metavar="STORE", help="As the setting: an empty one, or files."),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Make a vault of a snapshot, in a new or empty folder; every hash is compared on the way.

    Rows and audio go where the settings say, into an SQLite file or a PostgreSQL database, into
    the folder or a bucket, wherever they were when the backup was made. A restore that was cut
    off goes on where it was when it is said again. Only at its end is there a vault.
    """
    settings = settings_of(data=data, database=database, blobs=blobs)
    keys = _Keys(phrase(passphrase_file), secret_file)
    at = present(target)

    def work() -> _Done:
        with held(settings.data):
            done = complete(_restore(at, snapshot, settings, keys=keys))
            keep_settings(settings.data, database=database, blobs=blobs)
            release(settings.data)
        return done

    done = told(settings.data, work)
    _complain(done, settings)
    _tell(done, settings.data, json=json)
    return Exit.DAMAGED if done.faults or done.snapshot.counts.damaged else Exit.DONE


def _complain(done: "_Done", settings: "Settings") -> None:
    for blob, reason in done.faults:
        tell.complain(f"{blob}: {reason}; another snapshot may have it")
    astray = led_astray(settings)
    if astray is not None:
        tell.complain(astray)


def _tell(done: "_Done", folder: Path, *, json: bool) -> None:
    counts = done.snapshot.counts
    if json:
        tell.as_json(
            {
                "snapshot": done.id,
                "data": str(folder),
                "blobs": counts.blobs - len(done.faults),
                "bytes": counts.bytes,
                "lost": [blob for blob, _ in done.faults],
                "marked": done.marked,
            }
        )
        return
    tell.say(
        f"{folder} is the vault of {tell.minute(done.snapshot.made_at)} UTC again:"
        f" {counts.blobs} blobs ({as_size(counts.bytes)}); `dictabelt serve --data {folder}`"
    )
    if done.marked:
        tell.say(
            f"{done.marked} of them stay marked as damaged and are not served;"
            f" `dictabelt check --read-data --data {folder}` finds out"
        )


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a person has to open a secret with."""

    phrase: str | None
    file: Path | None

    def secret(self, at: Repository, told: dict[str, Any]) -> bytes:
        """The secret of the snapshot's vault, and no other. Raises Problem, Invalid."""
        found = self._found(at, told)
        if at.depot.strongbox.fingerprint(found) != told["fingerprint"]:
            raise Problem(f"{self.file or 'secret.key'} is of another vault", Exit.USAGE)
        return found

    def _found(self, at: Repository, told: dict[str, Any]) -> bytes:
        if self.file is not None:
            return self._read(self.file)
        if "plain" in told:
            return bytes.fromhex(told["plain"])
        if "locked" not in told:
            reason = "the backup was made without secret.key; name a copy of it: --secret-file FILE"
            raise Problem(reason, Exit.USAGE)
        if self.phrase is None:
            reason = "secret.key is under a passphrase; name a file with it: --passphrase-file FILE"
            raise Problem(reason, Exit.USAGE)
        return at.depot.strongbox.opened(told["locked"], self.phrase)

    def _read(self, file: Path) -> bytes:
        try:
            return bytes.fromhex(file.read_text("ascii"))
        except ValueError:
            raise Invalid(f"{file} is no secret.key") from None


@dataclass(frozen=True, slots=True)
class _Done:
    id: str
    snapshot: Snapshot
    faults: list[tuple[str, str]]
    marked: int


async def _restore(at: Repository, wanted: str, settings: "Settings", *, keys: _Keys) -> _Done:
    from dictabelt.app import keep_secret, site

    await at.demand()
    id, snapshot = await at.chosen(wanted)
    secret = keys.secret(at, dict(snapshot.secret))
    into, tally = site(settings), Tally()
    step = await claim(into, settings, snapshot=id)
    with closing(at.depot.ledger()) as ledger:
        async with shown(tally, doing="restoring"):
            faults = await restored_blobs(at, snapshot, into=into.store, ledger=ledger, watch=tally)
        keep_secret(settings.data, secret)
        await _Rows(at, id, snapshot, into).bring(settings, step)
        async with into.database.opened() as rows:
            marked = await lifted(rows, ledger)
    return _Done(id, snapshot, faults, marked)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a snapshot, and where they are to go."""

    at: Repository
    id: str
    snapshot: Snapshot
    into: "Site"

    async def bring(self, settings: "Settings", step: Step) -> None:
        """Goes on where an earlier try was cut off. Raises Conflict, StorageFailed, OSError."""
        if step is Step.MARKS:
            return
        with room(settings.data) as copy:
            await database_copy(self.at, self.snapshot, target=copy)
            if step is Step.BLOBS or not await self.into.database.filled(copy):
                reach(settings, snapshot=self.id, step=Step.ROWS)
                await self._fill(copy)
        reach(settings, snapshot=self.id, step=Step.MARKS)

    async def _fill(self, copy: Path) -> None:
        rows = RowTally()
        async with lines_told(rows, doing="restoring"):
            await self.into.database.fill(copy, rows)
