"""`dictabelt check`: what is wrong with the vault, and the way to mend it."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit
from dictabelt.cli.opening import on_premises, settings_of
from dictabelt.cli.options import Data, Json, examples, group
from dictabelt.cli.portions import ALL, portion
from dictabelt.cli.progress import Tally, as_size, shown
from dictabelt.core.checking import Counts, Survey
from dictabelt.core.damage import Damage, Finding
from dictabelt.core.kept import Part
from dictabelt.core.portion import Subset
from dictabelt.core.repairs import Repairs

if TYPE_CHECKING:
    from dictabelt.core.premises import Premises

commands = group()

_RESTORE = "`dictabelt restore` a backup into an empty folder and copy this file from there"
_REMAKE = "`dictabelt check --repair` forgets it; it is made again when it is asked for"
_FIX = {
    Damage.SECRET: "put the secret.key of this vault back; a backup has it",
    Damage.ORPHAN: "`dictabelt check --forget-orphans` deletes it",
}

Act = Callable[[Finding], Awaitable[bool]]


@commands.command(epilog=examples("check --read-data-subset 5%", "check --read-data --json"))
def check(
    read_data: Annotated[
        bool, typer.Option("--read-data", help="Read all bytes and compare their hashes.")
    ] = False,
    read_data_subset: Annotated[
        Subset | None,
        typer.Option(
            "--read-data-subset",
            metavar="PART",
            parser=portion,
            help="Read a part only: 5%, 500M (others each time), 1/7 (the same each time).",
        ),
    ] = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Forget damaged renditions and peaks, to be made again."),
    ] = False,
    forget_orphans: Annotated[
        bool,
        typer.Option("--forget-orphans", help="Delete bytes that no row names, from a day on."),
    ] = False,
    data: Data = None,
    json: Json = False,
) -> int:
    """Check every account's rows against the stored bytes, and both against themselves.

    Finds bytes that are missing, short, long, left over, of another account, or (with
    --read-data) changed, and a database or secret that is not whole. Each line says the fix.
    Works beside a running server. Exit code 6 when anything is wrong that was not mended.
    """
    rows: list[dict[str, object]] = []
    subset = read_data_subset or (ALL if read_data else None)
    job = _Job(subset, repair, forget_orphans, show=rows.append if json else _show)
    done = on_premises(settings_of(data=data), lambda at: _check(at, job))
    if json:
        told = {"counts": _counted(done.counts), "findings": rows, "remarks": done.remarks}
        tell.as_json(told)
    else:
        for it in done.remarks:
            tell.say(it)
        tell.say(_summary(done))
    return Exit.DAMAGED if done.mended < done.found else Exit.DONE


@dataclass(frozen=True, slots=True)
class _Job:
    subset: Subset | None
    repair: bool
    forget_orphans: bool
    show: Callable[[dict[str, object]], None]

    def acts(self, repairs: Repairs) -> list[Act]:
        """What is done about findings."""
        mend = [repairs.mend] if self.repair else []
        return [*mend, repairs.forget_orphan] if self.forget_orphans else [*mend]


@dataclass(slots=True)
class _Done:
    counts: Counts
    remarks: list[str]
    found: int = 0
    mended: int = 0


async def _check(at: "Premises", job: _Job) -> _Done:
    tally, acts = Tally(), job.acts(Repairs(at.db, at.store))
    with closing(at.ledger()) as ledger:
        survey = Survey(at, ledger)
        done = _Done(survey.counts, await at.file.remarks())
        async with (
            shown(tally, doing="checking"),
            aclosing(survey.findings(job.subset, tally)) as findings,
        ):
            async for it in findings:
                # rows that cannot be read may name what looks left over
                acts = [] if it.damage is Damage.DATABASE else acts
                mended = any([await act(it) for act in acts])
                done.found += 1
                done.mended += mended
                job.show(_row(it, mended=mended))
    return done


def _fix(it: Finding) -> str:
    if it.named is None:
        return it.fix or _FIX[it.damage]
    return _RESTORE if it.named.part is Part.ORIGINAL else _REMAKE


def _row(it: Finding, *, mended: bool) -> dict[str, object]:
    holding, named = it.holding, it.named
    return {
        "damage": it.damage,
        "part": named.part if named else None,
        "form": named.form if named else None,
        "account": str(holding.account) if holding else None,
        "recording": str(holding.recording) if holding else None,
        "media": str(holding.media.id) if holding else None,
        "blob": it.blob,
        "kept_at": tell.instant(it.kept_at),
        "reason": it.reason,
        "fix": _fix(it),
        "mended": mended,
    }


def _show(row: dict[str, object]) -> None:
    what = [str(it) for it in (row["damage"], row["form"] or row["part"]) if it]
    what += [f"of {row['recording']}"] if row["recording"] else []
    what += [str(row["blob"])] if row["blob"] else []
    fix = "mended" if row["mended"] else row["fix"]
    print(tell.plain(f"{' '.join(what)}: {row['reason']}; {fix}"), flush=True)


def _summary(done: _Done) -> str:
    counts = done.counts
    read = f"{as_size(counts.read_bytes)} read" if counts.read else "sizes only"
    left = f"; {done.found - done.mended} remain" if done.mended else ""
    found = f"{done.found} {'fault' if done.found == 1 else 'faults'}" if done.found else "no fault"
    said = f"{counts.named} blobs of {counts.media} files, {as_size(counts.bytes)}, {read}"
    return f"checked {said}: {found}{left}"


def _counted(it: Counts) -> dict[str, int]:
    return {
        "media": it.media,
        "named_blobs": it.named,
        "stored_blobs": it.blobs,
        "stored_bytes": it.bytes,
        "read_blobs": it.read,
        "read_bytes": it.read_bytes,
        "young_blobs_without_a_row": it.waiting,
        "sealed_values_opened": it.sealed,
    }
