"""`dictabelt import`: files and folders become recordings."""

from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dictabelt.cli import tell
from dictabelt.cli.exits import Exit, Problem
from dictabelt.cli.incoming import Incoming, Outcome, brought_in, gathered
from dictabelt.cli.opening import as_owner
from dictabelt.cli.options import Account, Data, Json, examples, group, moment
from dictabelt.cli.progress import Tally, shown
from dictabelt.core.nouns import Direction, Known, Leg, Party, Principal, Source, Speaker

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

commands = group()


@commands.command("import", epilog=examples("import call.wav --call-id 12345", "import recordings"))
def import_files(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH", exists=True, help="Audio files, and folders to search for them."
        ),
    ],
    call_id: Annotated[
        str | None,
        typer.Option("--call-id", metavar="ID", help="The id that its vendor gave the call."),
    ] = None,
    direction: Annotated[
        Direction | None, typer.Option("--direction", help="Seen from the account's side.")
    ] = None,
    caller: Annotated[
        str | None,
        typer.Option("--from", metavar="NUMBER", help="Who called: +447700900142, sip:a@b."),
    ] = None,
    callee: Annotated[
        str | None, typer.Option("--to", metavar="NUMBER", help="Who was called.")
    ] = None,
    started_at: Annotated[
        datetime | None,
        typer.Option(
            "--started-at",
            metavar="TIME",
            parser=moment,
            help="When, as 2026-03-03T09:14:07Z.",
        ),
    ] = None,
    leg: Annotated[Leg, typer.Option("--leg", help="What was recorded.")] = Leg.PSTN,
    speakers: Annotated[
        list[Speaker] | None,
        typer.Option("--speaker", help="Who is on the first channel; once more for the next."),
    ] = None,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> int:
    """Import recordings; what is there already is not stored again.

    Prints a line for each file: imported, already (and the id it has), or failed (and why).
    Audio that cannot be played is kept, too: `dictabelt get` gives it back. With --json each
    line is a JSON object, printed as soon as the file is done.
    """
    facts = _Facts(call_id, direction, caller, callee, started_at, leg)
    known = replace(facts.known(), speakers=tuple(speakers or ()))
    files = gathered(paths)
    if not files:
        tell.say(f"no audio files in {', '.join(map(str, paths))}")
        return Exit.DONE
    show = _show_json if json else _show
    counts = as_owner(
        data,
        account,
        work=lambda vault, who: _import(_Job(vault, who, files, known, show)),
    )
    if not json:
        tell.say(", ".join(f"{count} {fate}" for fate, count in counts.fates.items()))
    return Exit.PARTLY if counts.faults else Exit.DONE


@dataclass(frozen=True, slots=True)
class _Facts:
    call_id: str | None
    direction: Direction | None
    caller: str | None
    callee: str | None
    started_at: datetime | None
    leg: Leg

    def known(self) -> Known:
        """Raises Problem for facts that a conference cannot have, or that say nothing."""
        if self.leg is Leg.CONFERENCE:
            return self._conference()
        if "" in (self.call_id, self.caller, self.callee):
            raise Problem("--call-id, --from and --to cannot be empty; leave them out", Exit.USAGE)
        return Known(
            call_id=self.call_id,
            direction=self.direction,
            caller=self._party(self.caller),
            callee=self._party(self.callee),
            leg=self.leg,
            started_at=self.started_at,
        )

    def _conference(self) -> Known:
        if (self.call_id, self.direction, self.caller, self.callee) != (None,) * 4:
            reason = "a conference has no --call-id, --direction, --from or --to; leave them out"
            raise Problem(reason, Exit.USAGE)
        return Known(source=Source.CONFERENCE, leg=self.leg, started_at=self.started_at)

    def _party(self, number: str | None) -> Party | None:
        return None if number is None else Party(number, self.leg)


@dataclass(frozen=True, slots=True)
class _Job:
    vault: "Vault"
    who: Principal
    files: list[Incoming]
    known: Known
    show: Callable[[Outcome], None]


@dataclass(slots=True)
class _Counts:
    fates: Counter[str]
    faults: int = 0

    def add(self, it: Outcome) -> None:
        self.fates[it.fate] += 1
        self.faults += it.reason is not None


async def _import(job: _Job) -> _Counts:
    counts = _Counts(Counter())
    tally = Tally(files=len(job.files), bytes=sum(it.size for it in job.files))
    outcomes = brought_in(
        job.vault, job.who, files=job.files, known=job.known, on_bytes=tally.add_bytes
    )
    async with shown(tally), aclosing(outcomes):
        async for it in outcomes:
            tally.files_done += 1
            counts.add(it)
            job.show(it)
    return counts


def _show(it: Outcome) -> None:
    id = "-" if it.recording is None else str(it.recording.id)
    fault = "" if it.reason is None else f": {it.reason}"
    print(f"{it.fate:<8}  {id:<36}  {tell.plain(str(it.path) + fault)}", flush=True)


def _show_json(it: Outcome) -> None:
    recording = it.recording
    tell.as_json_line(
        {
            "path": str(it.path),
            "outcome": it.fate,
            "recording": None if recording is None else str(recording.id),
            "state": None if recording is None else recording.state,
            "reason": it.reason,
        }
    )
