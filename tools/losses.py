"""Finds what each way of telling a recording leaves out, by changing one fact at a time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from dictabelt.core.access import mint_account_id
from dictabelt.core.ids import CallId, MediaId, RecordingId, TranscriptionId
from dictabelt.core.media import Kind, Media, MediaState
from dictabelt.core.nouns import (
    Call,
    Contact,
    Direction,
    Leg,
    Origin,
    Party,
    Recording,
    Source,
    State,
    Track,
    Trim,
)

Change = Callable[[Recording], Recording]

_MOMENT: Final = datetime(2026, 3, 3, 9, 14, 7, 482_913, UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ACCOUNT: Final = mint_account_id(UUID(int=1))
_PERSON: Final = Contact("7c1f0d52-3b86-4e0a-9a57-6d2f1c84b0e1", "phonenumber", "+447700900142")
_CALL: Final = Call(
    CallId(UUID(int=3)),
    _ACCOUNT,
    Direction.INBOUND,
    Party("+447700900142", country="GB", caller_id_name="Ann"),
    Party("+442079460100", country="GB", caller_id_name="Harbour Clinic"),
    vendor_id="12345",
    channel=UUID(int=5),
)
_MEDIA: Final = Media(MediaId(UUID(int=4)), Kind.AUDIO, "audio/ogg", MediaState.UPLOADED, _MOMENT)
SAMPLE: Final = Recording(
    id=RecordingId(UUID(int=2)),
    account=_ACCOUNT,
    source=Source.CALL,
    origin=Origin.RECORD_VERB,
    leg=Leg.PSTN,
    state=State.AVAILABLE,
    created_at=_MOMENT,
    updated_at=_MOMENT,
    call=_CALL,
    started_at=_MOMENT,
    ended_at=_MOMENT,
    duration_ms=29_500,
    channels=2,
    price="0.0025",
    price_unit="USD",
    media=(_MEDIA,),
)


def _of_call(**changes: Any) -> Change:
    return lambda it: replace(it, call=replace(_CALL, **changes))


def _of_caller(**changes: Any) -> Change:
    caller = _CALL.caller
    assert caller is not None
    return _of_call(caller=replace(caller, **changes))


def _with(**changes: Any) -> Change:
    return lambda it: replace(it, **changes)


FACTS: Final[Mapping[str, Change]] = {
    "the call's id in the vault": _of_call(id=CallId(UUID(int=9))),
    "the id its first vendor gave the call": _of_call(vendor_id="54321"),
    "the channel of the call": _of_call(channel=UUID(int=9)),
    "direction": _of_call(direction=Direction.OUTBOUND),
    "the caller's number": _of_caller(number="+447700900999"),
    "the caller's name": _of_caller(caller_id_name="Bob"),
    "the caller's country": _of_caller(country="NL"),
    "the caller in an address book": _of_caller(contact=_PERSON),
    "telephone, SIP or browser": _with(leg=Leg.SIP),
    "how it was started": _with(origin=Origin.BRIDGE_CALL),
    "failed, apart from absent": _with(state=State.FAILED),
    "the start, to the second": _with(started_at=_MOMENT + timedelta(seconds=1)),
    "the start, to the microsecond": _with(started_at=_MOMENT + _MICROSECOND),
    "the end": _with(ended_at=_MOMENT + timedelta(seconds=1)),
    "the length, to the second": _with(duration_ms=30_500),
    "the length, to the millisecond": _with(duration_ms=29_501),
    "mono or stereo": _with(channels=1),
    "which side was recorded": _with(track=Track.INBOUND),
    "whether silence was cut": _with(trim=Trim.TRIM_SILENCE),
    "price": _with(price="0.0050"),
    "currency": _with(price_unit="EUR"),
    "error code": _with(error_code="16102"),
    "name": _with(name="Visit"),
    "metadata": _with(metadata={"case": 7}),
    "tags": _with(tags=("claim",)),
    "device": _with(device_id="dev_1"),
    "end user": _with(end_user_id="eu_1"),
    "transcribed or not": _with(transcript=TranscriptionId(UUID(int=9))),
    "legal hold": _with(hold=True),
    "further files": _with(media=(_MEDIA, replace(_MEDIA, id=MediaId(UUID(int=9))))),
    "the type of the original": _with(media=(replace(_MEDIA, content_type="audio/flac"),)),
    "when it came in, to the second": _with(created_at=_MOMENT + timedelta(seconds=1)),
    "when it came in, to the microsecond": _with(created_at=_MOMENT + _MICROSECOND),
}


def kept(tell: Callable[[Recording], object], change: Change) -> bool:
    """Whether a client of that telling can see the change."""
    changed = change(SAMPLE)
    # A failed recording is to be told from one that never was, not from one that is there.
    failed = changed.state is State.FAILED
    before = replace(SAMPLE, state=State.ABSENT) if failed else SAMPLE
    return tell(before) != tell(changed)
