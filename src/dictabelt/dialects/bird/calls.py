"""Recordings of a call that is not over: ChannelCallRecording, and the commands that start one."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from dictabelt.core.errors import Invalid
from dictabelt.core.nouns import Known, Origin, Recording, State
from dictabelt.core.search import Page
from dictabelt.dialects.bird import paging, reading, wire
from dictabelt.dialects.bird.locales import RECORDED
from dictabelt.http.times import iso_milliseconds

MOST = 1000
# The zero time of Go, which the vendor sends for what has not happened (list page, example).
NEVER = "0001-01-01T00:00:00Z"
KEYS = {it: it for it in "0123456789*#"}
STEER = {
    "paused": State.PAUSED,
    "ongoing": State.IN_PROGRESS,
    "completed": State.PROCESSING,
}
_LONGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Command:
    """What a client wants recorded: the vendor's word for it, and what is known of the result."""

    word: str
    known: Known


def recording(it: Recording) -> dict[str, object]:
    """ChannelCallRecording in the key order of the vendor's example."""
    call = it.call
    body = {
        "id": str(it.id),
        "channelId": str(call.channel) if call and call.channel else None,
        "callId": str(it.source_id),
        "status": wire.STATUS[it.state],
        "origin": wire.ORIGIN[it.origin],
        "duration": (it.duration_ms or 0) // 1000,
        "stereo": it.channels == 2,
        "createdAt": iso_milliseconds(it.created_at),
        "updatedAt": iso_milliseconds(it.updated_at),
        "startedAt": iso_milliseconds(it.started_at) if it.started_at else None,
        "endedAt": iso_milliseconds(it.ended_at) if it.ended_at else NEVER,
    }
    return wire.known(body)


def recordings(page: Page[Recording]) -> dict[str, object]:
    """A page of them."""
    last = page.items[-1] if page.more else None
    following = paging.token(last.created_at, last.id) if last else None
    return paging.envelope([recording(it) for it in page.items], following)


def command(it: Recording, word: str, *, id: UUID) -> dict[str, object]:
    """ChannelCallCommandRecord; a command from outside belongs to no call flow."""
    told: dict[str, object] = {
        "id": str(id),
        "callId": str(it.source_id),
        "callFlowId": None,
        "status": "accepted",
        "command": word,
        "conditions": [],
    }
    return {"command": told, "recordingId": str(it.id)}


def session(raw: bytes, *, channel: UUID) -> Command:
    """The wish to record both sides (page "Record a call session"). Raises Invalid."""
    body = reading.members(raw, ("maxLength", "stereo"))
    stereo = reading.member(body, "stereo", kind=bool)
    _seconds(body, "maxLength")
    known = Known(
        origin=Origin.CALL_COMMAND_RECORD_CALL,
        channels=2 if stereo else 1,
        channel=channel,
        extras=_kept(body),
    )
    return Command("recordCall", known)


def message(raw: bytes, *, channel: UUID) -> Command:
    """The wish to record a message (page "Record a Call"). Raises Invalid."""
    names = ("endKey", "maxLength", "timeout", "beep", "transcribe", "transcribeLocale")
    body = reading.members(raw, names)
    if "endKey" in body:
        reading.word(body["endKey"], KEYS, field="endKey")
    if "transcribeLocale" in body:
        reading.word(body["transcribeLocale"], RECORDED, field="transcribeLocale")
    for name in ("maxLength", "timeout"):
        _seconds(body, name)
    for name in ("beep", "transcribe"):
        reading.member(body, name, kind=bool)
    known = Known(
        origin=Origin.CALL_COMMAND_RECORD, channels=1, channel=channel, extras=_kept(body)
    )
    return Command("record", known)


def wanted(raw: bytes) -> State | None:
    """The state that a PATCH asks for, None where it asks for nothing. Raises Invalid."""
    body = reading.members(raw, ("status",))
    return reading.word(body["status"], STEER, field="status") if body else None


def _seconds(body: Mapping[str, object], name: str) -> None:
    given = reading.member(body, name, kind=int)
    if given is not None and not 0 <= given <= _LONGEST:
        raise Invalid(f"{name} must be from 0 to {_LONGEST}", field=name)


def _kept(body: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """What the recorder is told; the vault keeps it and acts on none of it."""
    return {"bird": {"command": dict(body)}} if body else {}
