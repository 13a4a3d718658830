"""`dictabelt ls` and `dictabelt show`: what the vault holds."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from dictabelt.cli import tell, told
from dictabelt.cli.opening import as_owner
from dictabelt.cli.options import (
    SAMPLE,
    Account,
    Data,
    Json,
    RecordingArgument,
    examples,
    group,
    uuid_text,
)
from dictabelt.core.analysis import Analysis
from dictabelt.core.errors import NotFound, NotReady
from dictabelt.core.ids import RecordingId
from dictabelt.core.nouns import Party, Principal, Recording

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

commands = group()


@commands.command("ls", epilog=examples("ls", 'ls --account "Harbour Clinic" --limit 5 --json'))
def list_recordings(
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="How many at most.")
    ] = 20,
    before: Annotated[
        str | None,
        typer.Option(
            "--before", metavar="ID", parser=uuid_text, help="Go on after this recording."
        ),
    ] = None,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List recordings, newest first; times are UTC."""
    after = None if before is None else RecordingId(UUID(before))
    found = as_owner(
        data,
        account,
        work=lambda vault, who: vault.recordings.newest(who, limit=limit, before=after),
    )
    if json:
        tell.as_json([told.recording(it) for it in found])
        return
    tell.as_table(("id", "started", "length", "leg", "state", "what"), map(_row, found))
    if len(found) == limit:
        tell.say(f"there may be more: --before {found[-1].id}")


@commands.command(epilog=examples(f"show {SAMPLE}", f"show {SAMPLE} --json"))
def show(
    id: RecordingArgument, account: Account = None, data: Data = None, json: Json = False
) -> None:
    """Show a recording, its media, and its id in every vendor's API."""
    from dictabelt.http.dialect import discover

    wanted = RecordingId(UUID(id))
    found, heard = as_owner(
        data, account, work=lambda vault, who: _with_findings(vault, who, wanted)
    )
    ids = {it.name: it.spell(found) for it in discover()}
    if json:
        tell.as_json({**told.recording(found), "heard": told.heard(heard), "ids": ids})
        return
    for name, value in _facts(found):
        print(f"{name:<11} {tell.plain(value)}")
    for dialect, spelled in ids.items():
        print(f"{dialect:<11} {tell.plain(spelled)}")
    for it in told.recording(found)["media"]:
        print(f"media       {tell.plain(_media(it))}")
    for name, value in _heard(told.heard(heard)):
        print(f"{name:<11} {tell.plain(value)}")


async def _with_findings(
    vault: "Vault", who: Principal, id: RecordingId
) -> tuple[Recording, Analysis | None]:
    recording = await vault.recordings.get(who, id)
    try:
        return recording, await vault.analyses.get(who, id)
    except (NotFound, NotReady):  # nothing to hear, or nobody listened yet
        return recording, None


def _heard(it: told.Told | None) -> list[tuple[str, str]]:
    if it is None:
        return []
    shares = " and ".join(f"{share:.0%}" for share in it["talk"])
    longest, at = it["longest_silence_ms"] / 1000, tell.length(it["longest_silence_at_ms"])
    lines = {
        "findings": ", ".join(it["findings"]) or "none",
        "talk": f"{shares} of the time" if shares else "",
        "silence": f"longest {longest:.1f} s at {at}" if longest >= 1 else "",
        "reason": it["reason"] or "",
    }
    return [(name, value) for name, value in lines.items() if value]


def _row(it: Recording) -> tuple[str, ...]:
    return (
        str(it.id),
        tell.minute(it.started_at or it.created_at),
        tell.length(it.duration_ms),
        it.leg,
        it.state,
        _what(it),
    )


def _what(it: Recording) -> str:
    fault = told.fault(it)
    if fault is not None:
        return fault
    if it.name is not None:
        return it.name
    if it.call is not None and (it.call.caller or it.call.callee):
        return f"{_number(it.call.caller)} -> {_number(it.call.callee)}"
    return (it.audio and it.audio.name) or ""


def _number(party: Party | None) -> str:
    return "?" if party is None else party.number


def _facts(it: Recording) -> list[tuple[str, str]]:
    facts = told.recording(it)
    call = facts["call"] or {}
    lines = {
        **{name: facts[name] for name in ("id", "name", "state", "reason", "leg", "origin")},
        **{name: call.get(name) for name in ("call_id", "direction", "from", "to")},
        **{name: facts[name] for name in ("started_at", "ended_at", "created_at")},
        "length": tell.length(it.duration_ms),
    }
    return [(name, str(value)) for name, value in lines.items() if value]


def _media(it: told.Told) -> str:
    sound = f", {it['codec']} {it['sample_rate']} Hz x {it['channels']}" if it["codec"] else ""
    fault = f", {it['reason']}" if it["reason"] else ""
    name = f", {it['name']}" if it["name"] else ""
    return f"{it['id']} {it['content_type']}, {it['size']} bytes{sound}{name}{fault}"
