"""Media: what can be had of a recording, the bytes of it, and uploads by signed link."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from starlette.types import ASGIApp

from dictabelt.core.access import require
from dictabelt.core.errors import NotFound
from dictabelt.core.ids import MediaId, read_uuid
from dictabelt.core.links import LONGEST
from dictabelt.core.media import Form, Kind, Media, MediaState, Mix, Variant
from dictabelt.core.nouns import Recording, Scope
from dictabelt.core.playable import Playable
from dictabelt.core.uploads import Announced
from dictabelt.core.variants import CONTENT_TYPE
from dictabelt.dialects.native import asking, wire
from dictabelt.dialects.native.recordings import KINDS, ONE
from dictabelt.dialects.native.refusing import WORDS
from dictabelt.http import reading
from dictabelt.http.answers import encoded, json, kept, media, while_connected
from dictabelt.http.body import small_body
from dictabelt.http.dialect import Endpoint, Exchange
from dictabelt.http.idempotency import once

FORMS = {it.value: it for it in Form}
MIXES = {it.value: it for it in Mix}
LONGEST_MS = 2**40
Sizes = Callable[[Media], Mapping[Form, int | None]]
_LARGEST_FILE = 2**50
_HOUR = timedelta(hours=1)


async def renditions(exchange: Exchange) -> ASGIApp:
    """Every form in which each of its files can be had."""
    id = wire.recording_id(exchange.path["id"])
    recording = await exchange.vault.recordings.get(exchange.who, id)
    return json({"data": listed(recording, sizes=exchange.vault.renditions.sizes)})


def listed(it: Recording, *, sizes: Sizes) -> list[dict[str, object]]:
    """The forms of what can be played; the original of a picture too."""
    found: list[dict[str, object]] = []
    for one in it.media:
        if one.state is not MediaState.UPLOADED:
            continue
        found += [
            {
                "media_id": str(one.id),
                "form": form.value,
                "content_type": CONTENT_TYPE.get(form, one.content_type),
                "size": size,
                "path": f"{wire.RECORDINGS}/{it.id}/media/{one.id}/{form.value}",
            }
            for form, size in sizes(one).items()
        ]
    return found


async def play(exchange: Exchange) -> ASGIApp:
    """The bytes of one form of a file."""
    media_id = read_uuid(exchange.path["media"])
    form = FORMS.get(exchange.path["form"])
    if media_id is None or form is None:
        raise NotFound("no such media, or no such form of it")
    return await _bytes(exchange, form, id=MediaId(media_id))


async def play_audio(exchange: Exchange, form: Form) -> ASGIApp:
    """The first audio, in one form."""
    return await _bytes(exchange, form, id=None)


async def _bytes(exchange: Exchange, form: Form, *, id: MediaId | None) -> ASGIApp:
    require(exchange.who, Scope.READ)
    recording = wire.recording_id(exchange.path["id"])
    wanted = _variant(exchange, form)
    work = exchange.vault.renditions.get(exchange.who, recording, wanted, media=id)
    playable: Playable = await while_connected(exchange.request, work)
    return media(playable, words=WORDS)


def _variant(exchange: Exchange, form: Form) -> Variant:
    given = asking.query(exchange.request, "mix", "from", "to")
    mix = reading.single(given, "mix")
    return Variant(
        form,
        Mix.BOTH if mix is None else reading.word(mix, MIXES, field="mix"),
        _milliseconds(given, "from") or 0,
        _milliseconds(given, "to"),
    )


def _milliseconds(given: Mapping[str, tuple[str, ...]], name: str) -> int | None:
    text = reading.single(given, name)
    return None if text is None else reading.whole(text, field=name, least=0, most=LONGEST_MS)


async def ticket(exchange: Exchange) -> ASGIApp:
    """A signed URL that takes one file by PUT."""
    require(exchange.who, Scope.WRITE)
    id = wire.recording_id(exchange.path["id"])
    given = await asking.body(
        exchange.request, "kind", "content_type", "size", "captured_at", "expires_in"
    )
    expires = reading.number(given, "expires_in", least=1, most=int(LONGEST.total_seconds()))
    made = await exchange.vault.uploads.ticket(
        exchange.who,
        id,
        Announced(
            kind=asking.chosen(given, "kind", words=KINDS, default=Kind.AUDIO),
            content_type=reading.required(given, "content_type", most=100),
            size=reading.number(given, "size", least=0, most=_LARGEST_FILE),
            captured_at=reading.moment(given, "captured_at"),
        ),
        lifetime=_HOUR if expires is None else timedelta(seconds=expires),
    )
    body = {
        "media_id": str(made.media.id),
        "url": exchange.upload_url(made.link),
        "headers": {"Content-Type": made.media.content_type},
        "expires_at": wire.instant(made.link.expires_at),
    }
    return json(body, 201)


async def complete(exchange: Exchange) -> ASGIApp:
    """All files came: the recording with its measured length."""
    require(exchange.who, Scope.WRITE)
    id = wire.recording_id(exchange.path["id"])
    body = await small_body(exchange.request)
    answered = await exchange.vault.uploads.complete(
        exchange.who,
        id,
        once=once(exchange.request, body, operation="native POST /recordings/complete"),
        render=lambda it: encoded(wire.recording(it)),
    )
    return kept(answered.body)


ENDPOINTS = (
    Endpoint("GET", ONE + "/renditions", renditions, "What can be had of a recording"),
    Endpoint("GET", ONE + "/media/{media}/{form}", play, "A file in one form"),
    Endpoint("GET", ONE + "/audio.wav", partial(play_audio, form=Form.WAV), "As WAV"),
    Endpoint("GET", ONE + "/audio.mp3", partial(play_audio, form=Form.MP3), "As MP3"),
    Endpoint("GET", ONE + "/audio.opus", partial(play_audio, form=Form.OPUS), "As Opus"),
    Endpoint("GET", ONE + "/audio.flac", partial(play_audio, form=Form.FLAC), "As FLAC"),
    Endpoint("POST", ONE + "/uploads", ticket, "A signed URL to upload a file"),
    Endpoint("POST", ONE + "/complete", complete, "Complete an upload"),
)
