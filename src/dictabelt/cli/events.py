"""`dictabelt events`: what happened, to whom it was told, and telling it again."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from dictabelt.cli import tell
from dictabelt.cli.opening import as_owner
from dictabelt.cli.options import Account, Data, Json, examples, group, uuid_text
from dictabelt.core.ids import EventId, RecordingId
from dictabelt.core.search import EventSearch, Window
from dictabelt.core.webhook import Delivery, Event, EventType

if TYPE_CHECKING:
    from dictabelt.core.nouns import Principal
    from dictabelt.core.vault import Vault

SAMPLE = "0f8b2c6d-4e1a-4b7c-9d3e-5a6b7c8d9e0f"
commands = group(name="events", help="List what happened, and tell it to webhooks again.")

EventArgument = Annotated[
    str,
    typer.Argument(metavar="ID", parser=uuid_text, help="An event, as `events list` has it."),
]


@commands.callback(epilog=examples("events list", f"events resend {SAMPLE}"))
def _events() -> None:
    """List what happened, and tell it to webhooks again."""


@commands.command(
    "list", epilog=examples("events list", "events list --type recording.completed --json")
)
def list_events(
    type: Annotated[
        list[EventType] | None,
        typer.Option("--type", metavar="TYPE", help="Of this type only; repeat for several."),
    ] = None,
    recording: Annotated[
        str | None,
        typer.Option("--recording", metavar="ID", parser=uuid_text, help="Of this recording."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="How many at most.")
    ] = 20,
    account: Account = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List what happened, newest first; times are UTC."""
    search = EventSearch(
        recording=None if recording is None else RecordingId(UUID(recording)),
        types=frozenset(it.value for it in type or ()),
    )
    page = as_owner(
        data, account, work=lambda vault, who: vault.events.find(who, search, Window(limit))
    )
    if json:
        tell.as_json([_event(it) for it in page.items])
        return
    tell.as_table(("id", "when", "what", "recording"), map(_row, page.items))
    if page.more:
        tell.say("there is more: a larger --limit shows it")


@commands.command(epilog=examples(f"events show {SAMPLE}", f"events show {SAMPLE} --json"))
def show(id: EventArgument, account: Account = None, data: Data = None, json: Json = False) -> None:
    """Show to whom an event was told, and what came of it."""
    event = EventId(UUID(id))

    async def found(vault: "Vault", who: "Principal") -> tuple[Event, list[Delivery]]:
        return await vault.events.get(who, event), await vault.events.deliveries(who, event)

    happened, sent = as_owner(data, account, work=found)
    if json:
        tell.as_json({**_event(happened), "deliveries": [_delivery(it) for it in sent]})
        return
    tell.as_table(("state", "attempts", "status", "url", "error"), map(_sent, sent))
    if not sent:
        tell.say("nobody has been told: no webhook wants it, or no server has run since")


@commands.command(epilog=examples(f"events resend {SAMPLE}", f"events resend {SAMPLE} --json"))
def resend(
    id: EventArgument, account: Account = None, data: Data = None, json: Json = False
) -> None:
    """Tell of an event again, to those who had it too; a running server does it."""
    event = EventId(UUID(id))
    as_owner(data, account, work=lambda vault, who: vault.events.resend(who, event))
    if json:
        tell.as_json({"id": id, "resent": True})
    else:
        tell.say(f"{id} is on its way again, once `dictabelt serve` runs")


def _event(it: Event) -> dict[str, object]:
    return {
        "id": str(it.id),
        "type": it.type.value,
        "created_at": tell.instant(it.created_at),
        "recording": str(it.recording.id),
        "state": it.recording.state.value,
    }


def _delivery(it: Delivery) -> dict[str, object]:
    return {
        "id": str(it.id),
        "dialect": it.dialect,
        "url": it.url,
        "state": it.state.value,
        "attempts": it.attempts,
        "status": it.status,
        "error": it.error,
    }


def _row(it: Event) -> tuple[str, ...]:
    return str(it.id), tell.minute(it.created_at), it.type.value, str(it.recording.id)


def _sent(it: Delivery) -> tuple[str, ...]:
    status = "" if it.status is None else str(it.status)
    return it.state.value, str(it.attempts), status, it.url, it.error or ""
