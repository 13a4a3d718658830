"""`dictabelt restore`: a snapshot of a backup becomes a vault in a folder of its own."""

import json as jsons
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from dictabelt.cli import aside, tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.opening import complete, settings_of, unusable
from dictabelt.cli.options import Data, Json, examples, group
from dictabelt.cli.places import PassphraseFile, Target, phrase, present
from dictabelt.cli.progress import Tally, as_size, shown
from dictabelt.core.errors import Invalid
from dictabelt.core.repository import Repository
from dictabelt.core.restoring import restored_blobs, restored_database
from dictabelt.core.snapshot import Snapshot

commands = group()
_MARK = "restore.json"
_MAY_BE_THERE = {"dictabelt.toml"}


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
    data: Data = None,
    json: Json = False,
) -> int:
    """Make a vault of a snapshot, in a new or empty folder; every hash is compared on the way.

    A restore that was cut off goes on where it was when it is said again. Only at its end is
    there a database, and so a vault.
    """
    folder = settings_of(data=data).data
    keys = _Keys(phrase(passphrase_file), secret_file)
    at = present(target)
    try:
        done = complete(_restore(at, snapshot, folder=folder, keys=keys))
    except OSError as error:
        raise unusable(folder, error) from error
    for blob, reason in done.faults:
        tell.complain(f"{blob}: {reason}; another snapshot may have it")
    counts = done.snapshot.counts
    if json:
        tell.as_json(
            {
                "snapshot": done.id,
                "data": str(folder),
                "blobs": counts.blobs - len(done.faults),
                "bytes": counts.bytes,
                "lost": [blob for blob, _ in done.faults],
            }
        )
    else:
        tell.say(
            f"{folder} is the vault of {tell.minute(done.snapshot.made_at)} UTC again:"
            f" {counts.blobs} blobs ({as_size(counts.bytes)}); `dictabelt serve --data {folder}`"
        )
    return Exit.DAMAGED if done.faults or counts.damaged else Exit.DONE


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


async def _restore(at: Repository, wanted: str, *, folder: Path, keys: _Keys) -> _Done:
    from dictabelt.app import DATABASE, emptied, keep_secret

    await at.demand()
    id, snapshot = await at.chosen(wanted)
    secret = keys.secret(at, dict(snapshot.secret))
    _claim(folder, id)
    store, tally = await emptied(folder), Tally()
    with closing(at.depot.ledger()) as ledger:
        async with shown(tally, doing="restoring"):
            faults = await restored_blobs(at, snapshot, into=store, ledger=ledger, watch=tally)
    keep_secret(folder, secret)
    await restored_database(at, snapshot, target=folder / DATABASE)
    (folder / _MARK).unlink()
    return _Done(id, snapshot, faults)


def _claim(folder: Path, snapshot: str) -> None:
    """Marks the folder as one that this snapshot is restored into. Raises Problem, OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark = folder / _MARK
    if mark.exists():
        begun = jsons.loads(mark.read_bytes())["snapshot"]
        if begun != snapshot:
            raise Problem(
                f"a restore of snapshot {begun[:8]} was begun in {folder}; "
                f"say --snapshot {begun[:8]}, or empty the folder",
                Exit.USAGE,
            )
        return
    others = {it.name for it in folder.iterdir()} - _MAY_BE_THERE
    if others:
        raise Problem(
            f"{folder} is not empty ({min(others)}); name a new folder with --data", Exit.USAGE
        )
    with aside.replacing(mark, mode=0o600) as file:
        file.write(jsons.dumps({"snapshot": snapshot}).encode())
