"""Recordings and media to rows and back; pure."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

import msgspec

from dictabelt.core.damage import Damage
from dictabelt.core.errors import Invalid
from dictabelt.core.ids import AccountId, MediaId, RecordingId, TranscriptionId
from dictabelt.core.media import Kind, Media, MediaState
from dictabelt.core.nouns import Call, Leg, Origin, Recording, Source, Speaker, State, Track, Trim
from dictabelt.db.calls import COLUMNS as CALL_COLUMNS
from dictabelt.db.calls import call_of, found_by
from dictabelt.db.classes import facet, length, started
from dictabelt.db.query import Row, Values
from dictabelt.db.tables import media, recordings
from dictabelt.db.values import (
    optional,
    read_id,
    read_instant,
    read_object,
    read_signal,
    write_id,
    write_instant,
    write_json,
)

# a row read is these three side by side, once a media; the account is known to who asks
RECORDING_COLUMNS = recordings.c[1:-9]
MEDIA_COLUMNS = media.c[3:]
_CALL_AT = len(RECORDING_COLUMNS)
_MEDIA_AT = _CALL_AT + len(CALL_COLUMNS)

_SOURCES = {it.value: it for it in Source}
_ORIGINS = {it.value: it for it in Origin}
_LEGS = {it.value: it for it in Leg}
_STATES = {it.value: it for it in State}
_TRACKS = {it.value: it for it in Track}
_TRIMS = {it.value: it for it in Trim}
_KINDS = {it.value: it for it in Kind}
_MEDIA_STATES = {it.value: it for it in MediaState}

Files = tuple[Media, ...]

_encode_tags = msgspec.json.Encoder().encode
_read_speakers = msgspec.json.Decoder(tuple[Speaker, ...]).decode
_read_tags = msgspec.json.Decoder(tuple[str, ...]).decode


def recordings_of(account: AccountId, rows: Iterable[Row]) -> list[Recording]:
    """Recordings in the order of `rows`, where the media of one are neighbours."""
    return [_recording(account, list(group)) for _, group in groupby(rows, key=itemgetter(0))]


def _recording(account: AccountId, rows: list[Row]) -> Recording:
    row = rows[0]
    call = None if row[_CALL_AT] is None else call_of(account, row[_CALL_AT:_MEDIA_AT])
    files = () if row[_MEDIA_AT] is None else tuple([media_of(it[_MEDIA_AT:]) for it in rows])
    return recording_of(account, row[:_CALL_AT], call=call, files=files)


def recording_of(account: AccountId, row: Row, *, call: Call | None, files: Files) -> Recording:
    """The recording that `RECORDING_COLUMNS` tell of, with its call and media."""
    (
        id, created_at, updated_at, source, origin, leg, state, _call, conference, started_at,
        ended_at, duration_ms, channels, track, trim, price, price_unit, error_code, transcription,
        name, metadata, device_id, end_user_id, extras, hold, deleted_at, tags, transcript,
        speakers,
    ) = row  # fmt: skip
    return Recording(
        id=RecordingId(read_id(id)),
        account=account,
        source=_SOURCES[source],
        origin=_ORIGINS[origin],
        leg=_LEGS[leg],
        state=_STATES[state],
        created_at=read_instant(created_at),
        updated_at=read_instant(updated_at),
        call=call,
        conference=optional(read_id, conference),
        started_at=optional(read_instant, started_at),
        ended_at=optional(read_instant, ended_at),
        duration_ms=duration_ms,
        channels=channels,
        track=_TRACKS[track],
        trim=_TRIMS[trim],
        price=price,
        price_unit=price_unit,
        error_code=error_code,
        transcription=bool(transcription),
        name=name,
        metadata=optional(read_object, metadata),
        device_id=device_id,
        end_user_id=end_user_id,
        extras=read_object(extras),
        media=files,
        hold=bool(hold),
        deleted_at=optional(read_instant, deleted_at),
        tags=_read_tags(tags),
        transcript=None if transcript is None else TranscriptionId(read_id(transcript)),
        speakers=_read_speakers(speakers),
    )


def recording_row(account: AccountId, it: Recording) -> Values:
    """A whole row of `recordings`."""
    created_at, started_at = write_instant(it.created_at), optional(write_instant, it.started_at)
    direction = it.call.direction if it.call else None
    return (
        write_id(account),
        write_id(it.id),
        created_at,
        write_instant(it.updated_at),
        it.source.value,
        it.origin.value,
        it.leg.value,
        it.state.value,
        write_id(it.call.id) if it.call else None,
        optional(write_id, it.conference),
        started_at,
        optional(write_instant, it.ended_at),
        it.duration_ms,
        it.channels,
        it.track.value,
        it.trim.value,
        it.price,
        it.price_unit,
        it.error_code,
        it.transcription,
        it.name,
        optional(write_json, it.metadata),
        it.device_id,
        it.end_user_id,
        write_json(it.extras),
        it.hold,
        optional(write_instant, it.deleted_at),
        _write_tags(it.tags),
        optional(write_id, it.transcript),
        _encode_tags(it.speakers).decode(),
        write_id(it.source_id),
        *found_by(it.call),
        facet(it.state, direction, transcribed=it.transcript is not None),
        length(it.duration_ms),
        *started(created_at, started_at),
    )


def tag_rows(account: AccountId, it: Recording) -> list[Values]:
    """Rows of `tags`, one a tag however often the recording names it."""
    own, id, created_at = write_id(account), write_id(it.id), write_instant(it.created_at)
    return [(own, tag, id, created_at) for tag in dict.fromkeys(it.tags)]


def _write_tags(tags: tuple[str, ...]) -> str:
    try:
        return _encode_tags(tags).decode()
    except UnicodeEncodeError as error:
        raise Invalid("a tag that is not text") from error


def media_of(row: Row) -> Media:
    """The media that `MEDIA_COLUMNS` tell of."""
    (
        id, created_at, kind, content_type, state, name, size, sha256, blob, captured_at,
        signal, fault, packed, damage, packed_sha256,
    ) = row  # fmt: skip
    return Media(
        id=MediaId(read_id(id)),
        kind=_KINDS[kind],
        content_type=content_type,
        state=_MEDIA_STATES[state],
        created_at=read_instant(created_at),
        name=name,
        size=size,
        sha256=sha256,
        blob=blob,
        captured_at=optional(read_instant, captured_at),
        signal=optional(read_signal, signal),
        fault=fault,
        packed=bool(packed),
        damage=optional(Damage, damage),
        packed_sha256=packed_sha256,
    )


def media_row(it: Media) -> Values:
    """`MEDIA_COLUMNS` of a row; the account, the recording and the position go before."""
    return (
        write_id(it.id),
        write_instant(it.created_at),
        it.kind.value,
        it.content_type,
        it.state.value,
        it.name,
        it.size,
        it.sha256,
        it.blob,
        optional(write_instant, it.captured_at),
        optional(write_json, it.signal),
        it.fault,
        it.packed,
        optional(str, it.damage),
        it.packed_sha256,
    )
