"""Bird's answers."""

import samples
from dialects.rendering import body, signed
from dictabelt.core.nouns import Recording
from dictabelt.dialects.bird import wire

_BOTH_CONTACTS = samples.recording(
    call=samples.call(
        caller=samples.caller(
            contact=samples.contact(identifier_value="+442079460100"),
            caller_id_name="Harbour Clinic",
            anonymous=False,
        )
    ),
    transcription=True,
)


def _playable(it: Recording) -> bytes:
    return body(wire.recording(it, signed(samples.link(source=it.source_id), "bird")))


SHAPES = {
    "recording": lambda: _playable(samples.recording()),
    "recording-both-contacts": lambda: _playable(_BOTH_CONTACTS),
    "recording-conference": lambda: _playable(samples.conference_recording()),
    "recording-minimal": lambda: body(wire.recording(samples.bare_recording(), None)),
}
