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
from dictabelt.core.damage import Damage, Finding, Outcome, Recovery, Unread
from dictabelt.core.errors import StorageFailed
from dictabelt.core.kept import Holding, Named, Part
from dictabelt.core.portion import Subset
from dictabelt.core.quarantine import Quarantine
from dictabelt.core.repairs import Repairs

if TYPE_CHECKING:
    from dictabelt.core.premises import Premises

commands = group()

_RESTORE = (
    "`dictabelt restore` a backup into an empty folder, copy this file from there, and"
    " `dictabelt check --read-data`"
)
_NOT_SERVED = "it is not served; "
_ELSEWHERE = (
    "nothing is marked, because nothing of this vault is in the store; mount its folder, or name"
    " the right place in the setting blobs"
)
_ROWS_FIRST = "nothing is deleted while the database has faults; mend those first"
_REMAKE = "it is made again when it is asked for; `dictabelt check --repair` forgets it"
_FIX = {
    Damage.SECRET: "put the secret.key of this vault back; a backup has it",
    Damage.ORPHAN: "`dictabelt check --forget-orphans` deletes it",
}

Act = Callable[[Finding], Awaitable[bool]]
Told = dict[str, object]


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
    What is damaged is marked and not served, until a check reads it and finds it whole.
    Works beside a running server. Exit code 6 when anything is wrong that was not mended, 3 when
    something could not be read just now, of which nothing is known.
    """
    rows: list[Told] = []
    recovered: list[Told] = []
    unread: list[Told] = []
    subset = read_data_subset or (ALL if read_data else None)
    says = _Says(_show, _show_recovered, _show_unread)
    if json:
        says = _Says(rows.append, recovered.append, unread.append)
    job = _Job(subset, repair, forget_orphans, says)
    done = on_premises(settings_of(data=data), lambda at: _check(at, job))
    if json:
        told = {
            "counts": _counted(done.counts),
            "findings": rows,
            "recovered": recovered,
            "unread": unread,
            "remarks": done.remarks,
        }
        tell.as_json(told)
    else:
        for it in done.remarks:
            tell.say(it)
        tell.say(_summary(done))
    if done.mended < done.found:
        return Exit.DAMAGED
    return Exit.PARTLY if done.counts.unread else Exit.DONE


@dataclass(frozen=True, slots=True)
class _Says:
    found: Callable[[Told], None]
    recovered: Callable[[Told], None]
    unread: Callable[[Told], None]


@dataclass(frozen=True, slots=True)
class _Job:
    subset: Subset | None
    repair: bool
    forget_orphans: bool
    says: _Says

    def acts(self, repairs: Repairs) -> list[Act]:
        """What mends findings."""
        mend = [repairs.mend] if self.repair else []
        return [*mend, repairs.forget_orphan] if self.forget_orphans else [*mend]


@dataclass(slots=True)
class _Done:
    counts: Counts
    remarks: list[str]
    found: int = 0
    mended: int = 0


async def _check(at: "Premises", job: _Job) -> _Done:
    tally = Tally()
    with closing(at.ledger()) as ledger:
        survey = Survey(at, ledger)
        done = _Done(survey.counts, await at.file.remarks())
        acts = job.acts(Repairs(at.db, at.store))
        work = _Work(job, Quarantine(at.db), acts=acts, done=done)
        async with (
            shown(tally, doing="checking"),
            aclosing(survey.findings(job.subset, tally)) as findings,
        ):
            async for it in findings:
                await work.take(it)
    return work.done


class _Work:
    """What is done about what is found."""

    def __init__(self, job: _Job, quarantine: Quarantine, *, acts: list[Act], done: _Done) -> None:
        self.done = done
        self._job = job
        self._quarantine = quarantine
        self._acts = acts
        self._rows_are_good = True

    async def take(self, it: Outcome) -> None:
        """What is damaged is marked, what is whole again is not any more; all is told."""
        match it:
            case Finding():
                await self._meet(it)
            case Recovery():
                await self._recover(it)
            case Unread():
                self._job.says.unread(_unread(it))

    async def _meet(self, it: Finding) -> None:
        if it.damage is Damage.DATABASE:
            # rows that cannot be read may name what looks left over
            self._acts, self._rows_are_good = [], False
        fix, mended = await self._dealt_with(it)
        self.done.found += 1
        self.done.mended += mended
        self._job.says.found(_row(it, fix=fix, mended=mended))

    async def _dealt_with(self, it: Finding) -> tuple[str, bool]:
        """What is left to do about it, and whether it is mended."""
        # a store with nothing of ours is a folder that is not mounted, or another bucket
        if it.named is not None and not self.done.counts.blobs:
            return _ELSEWHERE, False
        marked = await self._marked(it)
        mended = any([await act(it) for act in self._acts])
        return f"{marked}{self._fix(it)}", mended

    async def _marked(self, it: Finding) -> str:
        try:
            said = await self._quarantine.mark(it)
        except StorageFailed as error:
            return f"it could not be marked ({error}); "
        return _NOT_SERVED if said and it.named and it.named.part is Part.ORIGINAL else ""

    def _fix(self, it: Finding) -> str:
        if it.named is not None and it.named.part is Part.ORIGINAL:
            return it.fix or _RESTORE
        if it.named is not None or it.damage is Damage.ORPHAN:
            return (_FIX.get(it.damage) or _REMAKE) if self._rows_are_good else _ROWS_FIRST
        return it.fix or _FIX[it.damage]

    async def _recover(self, it: Recovery) -> None:
        await self._quarantine.lift(it)
        self._job.says.recovered(_recovered(it))


def _row(it: Finding, *, fix: str, mended: bool) -> Told:
    return {
        "damage": it.damage,
        **_place(it.holding, it.named),
        "blob": it.blob,
        "kept_at": tell.instant(it.kept_at),
        "reason": it.reason,
        "fix": fix,
        "mended": mended,
    }


def _recovered(it: Recovery) -> Told:
    return {"was": it.named.damage, **_place(it.holding, it.named), "blob": it.named.blob}


def _unread(it: Unread) -> Told:
    return {**_place(it.holding, it.named), "blob": it.blob, "reason": it.reason}


def _place(holding: Holding | None, named: Named | None) -> Told:
    if holding is None or named is None:
        return dict.fromkeys(("part", "form", "account", "recording", "media"))
    return {
        "part": named.part,
        "form": named.form,
        "account": str(holding.account),
        "recording": str(holding.recording),
        "media": str(holding.media.id),
    }


def _show_recovered(row: Told) -> None:
    what = f"{row['form'] or row['part']} of {row['recording']} {row['blob']}"
    print(tell.plain(f"whole again: {what}: it was {row['was']}; it is served"), flush=True)


def _show_unread(row: Told) -> None:
    why = f"could not be read just now: {row['reason']}; check again"
    print(tell.plain(f"{_what('unread', row)}: {why}"), flush=True)


def _show(row: Told) -> None:
    fix = "mended" if row["mended"] else row["fix"]
    print(tell.plain(f"{_what(row['damage'], row)}: {row['reason']}; {fix}"), flush=True)


def _what(kind: object, row: Told) -> str:
    what = [str(it) for it in (kind, row["form"] or row["part"]) if it]
    what += [f"of {row['recording']}"] if row["recording"] else []
    what += [str(row["blob"])] if row["blob"] else []
    return " ".join(what)


def _summary(done: _Done) -> str:
    counts = done.counts
    read = f"{as_size(counts.read_bytes)} read" if counts.read else "sizes only"
    left = f"; {done.found - done.mended} remain" if done.mended else ""
    left += f"; {counts.unread} could not be read" if counts.unread else ""
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
