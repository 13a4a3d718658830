"""What requests say of recordings in progress: how to start one, and where to steer it."""

from typing import Final

from dictabelt.core.errors import Invalid
from dictabelt.core.hooks import refuse_receiver
from dictabelt.core.nouns import Known, Origin, State, Track, Trim
from dictabelt.dialects.laml import wire
from dictabelt.dialects.laml.flavour import Flavour
from dictabelt.dialects.laml.parameters import Parameters

DIALECT: Final = "laml"
CALLBACK: Final = "status_callback"
CURRENT: Final = "Twilio.CURRENT"

CHANNELS: Final = {"mono": 1, "dual": 2}
TRACK: Final = {it.value: it for it in Track}
TRIM: Final = {wire.TRIM[it]: it for it in Trim}
METHODS: Final = {"GET": "GET", "POST": "POST"}
EVENTS: Final = tuple(dict.fromkeys(wire.EVENT.values()))
STEPS: Final = {
    "paused": State.PAUSED,
    "in-progress": State.IN_PROGRESS,
    "stopped": State.PROCESSING,
}
BEHAVIOURS: Final = {"skip": "skip", "silence": "silence"}


def started(it: Parameters, speaks: Flavour) -> Known:
    """What a start says of the new recording. Raises Invalid."""
    callback = _callback(it, speaks)
    return Known(
        origin=Origin.START_CALL_RECORDING,
        channels=it.word("RecordingChannels", CHANNELS, default=1),
        track=it.word("RecordingTrack", TRACK, default=Track.BOTH),
        trim=it.word("Trim", TRIM, default=Trim.DO_NOT_TRIM),
        extras={} if callback is None else {DIALECT: {CALLBACK: callback}},
    )


def step(it: Parameters) -> State:
    """The state that `Status` asks for; what is recorded in a pause is the recorder's business.

    Raises Invalid.
    """
    it.word("PauseBehavior", BEHAVIOURS, default="silence")
    to = it.word("Status", STEPS, default=None)
    if to is None:
        raise Invalid("Status is required", field="Status")
    return to


def _callback(it: Parameters, speaks: Flavour) -> dict[str, object] | None:
    url = it.one("RecordingStatusCallback")
    method = it.word("RecordingStatusCallbackMethod", METHODS, default="POST")
    events = _events(it)
    if url is None:
        return None
    refuse_receiver(url, field="RecordingStatusCallback")
    return {"url": url, "method": method, "events": events, "flavour": speaks.name}


def _events(it: Parameters) -> list[str]:
    """SDKs repeat the parameter, people separate with spaces, as the documents say."""
    name = "RecordingStatusCallbackEvent"
    given = it.all(name)
    words = [word for value in given for word in value.split()]
    if (given and not words) or not set(words) <= set(EVENTS):
        raise Invalid(f"{name} must be out of: {', '.join(EVENTS)}", field=name)
    return list(dict.fromkeys(words)) or ["completed"]
