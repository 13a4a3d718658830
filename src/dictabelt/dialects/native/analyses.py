"""What listening showed: findings, and peaks that a player draws."""

from itertools import chain, repeat

from starlette.responses import Response
from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.analysis import ZOOMS, Analysis, Drawing
from dictabelt.core.findings import Findings
from dictabelt.core.ids import MediaId
from dictabelt.core.nouns import Recording, Scope, Speaker
from dictabelt.dialects.native import asking, wire
from dictabelt.dialects.native.recordings import ONE
from dictabelt.http import reading
from dictabelt.http.answers import json
from dictabelt.http.dialect import Endpoint, Exchange

_ZOOMS = {str(it): it for it in ZOOMS}
BITS = {"8": 8, "16": 16}
_MEDIA_TYPE = {True: "application/json", False: "application/octet-stream"}


async def show(exchange: Exchange) -> ASGIApp:
    """Findings of the first audio, or of a media."""
    require(exchange.who, Scope.READ)
    id = wire.recording_id(exchange.path["id"])
    media = _media(asking.query(exchange.request, "media_id"))
    recording = await exchange.vault.recordings.get(exchange.who, id)
    found = await exchange.vault.analyses.get(exchange.who, id, media=media)
    return json(analysis(found, recording))


def analysis(it: Analysis, recording: Recording) -> dict[str, object]:
    """All that was measured; `fault` says why nothing could be."""
    said: dict[str, object] = {
        "recording_id": str(it.recording),
        "media_id": str(it.media),
        "made_at": wire.instant(it.made_at),
        "analyser": it.analyser,
        "fault": it.fault,
        "findings": [],
    }
    return said if it.findings is None else {**said, **_measured(it.findings, recording)}


def _measured(it: Findings, recording: Recording) -> dict[str, object]:
    return {
        "findings": [name.value for name in it.names],
        "channels": [
            {
                "speaker": speaker.value,
                "talk_share": _share(talk),
                "clipped_share": _share(clipped),
            }
            for talk, clipped, speaker in _channels(it, recording)
        ],
        "together_share": _share(it.together),
        "silent_share": _share(it.nobody),
        "longest_silence_ms": round(it.longest_silence * 1000),
        "longest_silence_at_ms": round(it.longest_silence_at * 1000),
        "alike_share": None if it.alike is None else _share(it.alike),
        "speed": None if it.speed is None else round(it.speed, 4),
        "dtmf": {
            "count": it.tones,
            "tones": [
                {"channel": one.channel, "at_ms": one.at, "length_ms": one.length}
                for one in it.tone_marks
            ],
        },
    }


def _channels(it: Findings, recording: Recording) -> list[tuple[float, float, Speaker]]:
    known = chain(recording.speakers, repeat(Speaker.UNKNOWN))
    return list(zip(it.talk, it.clipped, known, strict=False))


def _share(value: float) -> float:
    return round(value, 4)


async def peaks(exchange: Exchange) -> ASGIApp:
    """Lowest and highest sample of each bucket, in audiowaveform's formats (version 2)."""
    require(exchange.who, Scope.READ)
    id = wire.recording_id(exchange.path["id"])
    given = asking.query(exchange.request, "media_id", "zoom", "bits")
    drawing = Drawing(
        zoom=reading.word(reading.single(given, "zoom") or "1", _ZOOMS, field="zoom"),
        bits=reading.word(reading.single(given, "bits") or "8", BITS, field="bits"),
        as_json=exchange.request.scope["path"].endswith(".json"),
    )
    drawn = await exchange.vault.analyses.peaks(exchange.who, id, drawing, media=_media(given))
    fresh = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(drawn, headers=fresh, media_type=_MEDIA_TYPE[drawing.as_json])


def _media(given: dict[str, tuple[str, ...]]) -> MediaId | None:
    text = reading.single(given, "media_id")
    return None if text is None else MediaId(reading.identifier(text, field="media_id"))


ENDPOINTS = (
    Endpoint("GET", ONE + "/analysis", show, "What listening to a recording showed"),
    Endpoint("GET", ONE + "/peaks.json", peaks, "Peaks for a player, JSON"),
    Endpoint("GET", ONE + "/peaks.dat", peaks, "Peaks for a player, binary"),
)
