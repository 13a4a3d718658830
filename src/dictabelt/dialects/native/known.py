"""What a client says of a recording: in a body, in the query of an upload, in a search."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from dictabelt.core.errors import Invalid
from dictabelt.core.findings import Finding
from dictabelt.core.ids import RecordingId
from dictabelt.core.nouns import (
    Contact,
    Direction,
    Known,
    Leg,
    Origin,
    Party,
    Source,
    Speaker,
    State,
    Track,
    Trim,
)
from dictabelt.core.search import Search
from dictabelt.dialects.native import asking
from dictabelt.http import reading

CALL = ("name", "direction", "caller", "callee", "channel_id")
PARTY = ("number", "type", "country", "caller_id_name", "contact")
CONTACT = ("id", "key", "value")
CALLBACK = ("url", "method", "events", "flavour")
MEMBERS = (
    "call",
    "source",
    "conference_id",
    "origin",
    "leg",
    "started_at",
    "ended_at",
    "track",
    "trim",
    "price",
    "price_unit",
    "name",
    "metadata",
    "tags",
    "device_id",
    "end_user_id",
    "speakers",
    "state",
    "status_callback",
)
# Of an upload in one request, where the body is the audio.
UPLOAD = (
    "call",
    "direction",
    "caller",
    "callee",
    "started_at",
    "name",
    "tag",
    "speaker",
    "device_id",
    "end_user_id",
    "kind",
)
SEARCH = (
    "created_from",
    "created_before",
    "started_from",
    "started_before",
    "number",
    "caller",
    "callee",
    "direction",
    "state",
    "min_duration_ms",
    "max_duration_ms",
    "tag",
    "finding",
    "call",
    "conference_id",
    "device_id",
    "end_user_id",
)
DIRECTION = {it.value: it for it in Direction}
STATES = {it.value: it for it in State}
BEGINNINGS = {it.value: it for it in (State.QUEUED, State.IN_PROGRESS)}
_SOURCE = {it.value: it for it in Source}
_ORIGIN = {it.value: it for it in Origin}
_LEG = {it.value: it for it in Leg}
_SPEAKER = {it.value: it for it in Speaker}
_FINDING = {it.value: it for it in Finding}
_MOST_CHANNELS = 8
_TRACK = {it.value: it for it in Track}
_TRIM = {it.value: it for it in Trim}
_LONGEST_MS = 10**12
_EVENTS = ("in-progress", "completed", "absent")
_METHODS = {"GET": "GET", "POST": "POST"}
_FLAVOURS = {"signalwire": "signalwire", "twilio": "twilio"}


def known(given: Mapping[str, object]) -> Known:
    """What a body says. Raises Invalid."""
    call = reading.mapping(given, "call") or {}
    asking.refuse_unknown(call, CALL, where="call")
    conference, channel = reading.text(given, "conference_id"), reading.text(call, "channel_id")
    return Known(
        call_id=reading.text(call, "name", most=255),
        direction=asking.chosen(call, "direction", words=DIRECTION, default=None),
        caller=party(call, "caller"),
        callee=party(call, "callee"),
        channel=reading.identifier(channel, field="channel_id") if channel else None,
        source=asking.chosen(given, "source", words=_SOURCE, default=Source.CALL),
        conference=reading.identifier(conference, field="conference_id") if conference else None,
        origin=asking.chosen(given, "origin", words=_ORIGIN, default=Origin.UPLOAD),
        leg=asking.chosen(given, "leg", words=_LEG, default=Leg.PSTN),
        started_at=reading.moment(given, "started_at"),
        ended_at=reading.moment(given, "ended_at"),
        track=asking.chosen(given, "track", words=_TRACK, default=Track.BOTH),
        trim=asking.chosen(given, "trim", words=_TRIM, default=Trim.DO_NOT_TRIM),
        price=price(given),
        price_unit=reading.text(given, "price_unit", most=3),
        name=reading.text(given, "name"),
        metadata=reading.mapping(given, "metadata"),
        tags=asking.tags(asking.listed(given, "tags") or ()),
        device_id=reading.text(given, "device_id", most=255),
        end_user_id=reading.text(given, "end_user_id", most=255),
        extras=callback(given),
        speakers=speakers(given) or (),
    )


def speakers(given: Mapping[str, object]) -> tuple[Speaker, ...] | None:
    """Who is on which channel, the first channel first. Raises Invalid."""
    listed = asking.listed(given, "speakers")
    return None if listed is None else _speakers(listed)


def _speakers(words: Iterable[object]) -> tuple[Speaker, ...]:
    found = tuple(reading.word(it, _SPEAKER, field="speakers") for it in words)
    if len(found) > _MOST_CHANNELS:
        raise Invalid(f"speakers are at most {_MOST_CHANNELS}, one a channel", field="speakers")
    return found


def price(given: Mapping[str, object]) -> str | None:
    """A positive decimal, as a string. Raises Invalid."""
    value = reading.text(given, "price", most=20)
    if value is None:
        return None
    whole, dot, fraction = value.partition(".")
    if not (whole.isdecimal() and whole.isascii()) or (
        dot and not (fraction.isdecimal() and fraction.isascii())
    ):
        raise Invalid('price must be a decimal in a string, such as "0.0025"', field="price")
    return value


def party(call: Mapping[str, object], name: str) -> Party | None:
    """One end of the call. Raises Invalid."""
    given = reading.mapping(call, name)
    if given is None:
        return None
    asking.refuse_unknown(given, PARTY, where=name)
    return Party(
        number=reading.required(given, "number", most=255),
        type=asking.chosen(given, "type", words=_LEG, default=Leg.PSTN),
        country=reading.text(given, "country", most=2),
        caller_id_name=reading.text(given, "caller_id_name", most=255),
        contact=contact(given),
    )


def contact(party: Mapping[str, object]) -> Contact | None:
    """The party as an address book knows it. Raises Invalid."""
    given = reading.mapping(party, "contact")
    if given is None:
        return None
    asking.refuse_unknown(given, CONTACT, where="contact")
    id, kind, value = (reading.required(given, name, most=255) for name in CONTACT)
    return Contact(id, kind, value)


def callback(given: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """Where LaML's RecordingStatusCallback goes, as that dialect keeps it. Raises Invalid."""
    wanted = reading.mapping(given, "status_callback")
    if wanted is None:
        return {}
    asking.refuse_unknown(wanted, CALLBACK, where="status_callback")
    url = reading.required(wanted, "url", most=2_000)
    if not url.startswith(("http://", "https://")):
        raise Invalid("url must be an http or https URL", field="url")
    events = ["completed"]
    if wanted.get("events") is not None:
        events = sorted(reading.words(wanted, "events", known=_EVENTS))
    kept = {
        "url": url,
        "method": asking.chosen(wanted, "method", words=_METHODS, default="POST"),
        "events": events,
        "flavour": asking.chosen(wanted, "flavour", words=_FLAVOURS, default="signalwire"),
    }
    return {"laml": {"status_callback": kept}}


def of_upload(given: Mapping[str, tuple[str, ...]]) -> Known:
    """What the query of an upload says. Raises Invalid."""
    direction, started = reading.single(given, "direction"), reading.single(given, "started_at")
    caller, callee = reading.single(given, "caller"), reading.single(given, "callee")
    return Known(
        call_id=reading.single(given, "call") or None,
        direction=_direction(direction),
        caller=Party(caller) if caller else None,
        callee=Party(callee) if callee else None,
        started_at=reading.instant(started, field="started_at") if started is not None else None,
        name=reading.single(given, "name") or None,
        tags=asking.tags(given.get("tag", ())),
        speakers=_speakers(given.get("speaker", ())),
        device_id=reading.single(given, "device_id") or None,
        end_user_id=reading.single(given, "end_user_id") or None,
    )


def search(given: Mapping[str, tuple[str, ...]]) -> Search:
    """What a query asks for. Raises Invalid."""
    call, direction = reading.single(given, "call"), reading.single(given, "direction")
    conference = reading.single(given, "conference_id")
    call_id = None if call is None else _uuid_of_call(call)
    times = {
        name: reading.instant(text, field=name)
        for name in ("created_from", "created_before", "started_from", "started_before")
        if (text := reading.single(given, name)) is not None
    }
    return Search(
        created_from=times.get("created_from"),
        created_before=times.get("created_before"),
        started_from=times.get("started_from"),
        started_before=times.get("started_before"),
        call=call_id,
        call_name=call if call_id is None else None,
        conference=(
            None if conference is None else asking.any_id(conference, "CF", field="conference_id")
        ),
        direction=_direction(direction),
        number=reading.single(given, "number"),
        caller=reading.single(given, "caller"),
        callee=reading.single(given, "callee"),
        states=frozenset(reading.word(it, STATES, field="state") for it in given.get("state", ())),
        shortest_ms=_milliseconds(given, "min_duration_ms"),
        longest_ms=_milliseconds(given, "max_duration_ms"),
        tag=reading.single(given, "tag"),
        finding=_finding(reading.single(given, "finding")),
        device_id=reading.single(given, "device_id"),
        end_user_id=reading.single(given, "end_user_id"),
    )


def spelled_id(text: str) -> RecordingId:
    """A recording's id as any dialect spells it. Raises Invalid."""
    return RecordingId(asking.any_id(text, "rec_", "RE", field="id"))


def _direction(text: str | None) -> Direction | None:
    return None if text is None else reading.word(text, DIRECTION, field="direction")


def _finding(text: str | None) -> Finding | None:
    return None if text is None else reading.word(text, _FINDING, field="finding")


def _uuid_of_call(text: str) -> UUID | None:
    try:
        return asking.any_id(text, "CA", field="call")
    except Invalid:
        return None


def _milliseconds(given: Mapping[str, tuple[str, ...]], name: str) -> int | None:
    text = reading.single(given, name)
    return None if text is None else reading.whole(text, field=name, least=0, most=_LONGEST_MS)
