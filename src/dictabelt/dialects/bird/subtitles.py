"""What was said as subtitles: SubRip and WebVTT."""

import re
from collections.abc import Iterator

from dictabelt.core.transcript import Segment, Transcription

# How long a cue is shown whose end nobody knows.
_UNKNOWN_MS = 1000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def srt(it: Transcription) -> str:
    """SubRip; it has no escapes, so an arrow in what was said is taken apart."""
    cues = [
        f"{number}\n{_time(cue.start_ms, ',')} --> {_time(cue.end_ms, ',')}\n{_srt_text(cue)}\n"
        for number, cue in enumerate(cues_of(it), start=1)
    ]
    return "\n".join(cues)


def vtt(it: Transcription) -> str:
    """WebVTT (W3C, section 4), each speaker as a voice."""
    cues = [
        f"{_time(cue.start_ms, '.')} --> {_time(cue.end_ms, '.')}\n{_vtt_text(cue)}\n"
        for cue in cues_of(it)
    ]
    return "\n".join(("WEBVTT\n", *cues))


def cues_of(it: Transcription) -> Iterator[Segment]:
    """Segments with something to read, by their start, each on one line and of some length.

    Segments may overlap: people speak at once, and both formats allow it. Text
    without segments is one cue over the whole recording.
    """
    segments = it.segments or (Segment(0, it.duration_ms or _UNKNOWN_MS, it.text or ""),)
    for one in sorted(segments, key=lambda it: (it.start_ms, it.end_ms)):
        text = line(one.text)
        if text:
            end = max(one.end_ms, one.start_ms + 1)
            speaker = line(one.speaker or "") or None
            yield Segment(one.start_ms, end, text, one.channel, speaker)


def line(text: str) -> str:
    """The text on one line: a line break would end the cue, or begin one."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _srt_text(it: Segment) -> str:
    said = f"{it.speaker}: {it.text}" if it.speaker else it.text
    return said.replace("-->", "-- >")


def _vtt_text(it: Segment) -> str:
    return f"<v {_escaped(it.speaker)}>{_escaped(it.text)}" if it.speaker else _escaped(it.text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(milliseconds: int, point: str) -> str:
    """`HH:MM:SS` and milliseconds; hours take more digits where they need them."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}{point}{rest:03d}"
