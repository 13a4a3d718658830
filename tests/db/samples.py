"""Nouns to keep, with only what a test cares about spelled out."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from dictabelt.core.idempotency import Kept
from dictabelt.core.ids import (
    AccountId,
    CallId,
    DeliveryId,
    EventId,
    HookId,
    KeyId,
    LinkId,
    MediaId,
    RecordingId,
    TranscriptionId,
)
from dictabelt.core.media import Form, Kind, Media, MediaState, Rendition, Variant
from dictabelt.core.nouns import Account, ApiKey, Call, Leg, Origin, Recording, Scope, Source, State
from dictabelt.core.ports import Database
from dictabelt.core.share import Share
from dictabelt.core.transcript import Transcription, TranscriptState
from dictabelt.core.webhook import Delivery, Event, EventType, Hook

NOON = datetime(2026, 2, 3, 12, 0, 0, 123457, UTC)


def minutes(count: int) -> datetime:
    """That many minutes after `NOON`."""
    return NOON + timedelta(minutes=count)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def account(name: str, **more: Any) -> Account:
    return Account(**{"id": AccountId(uuid4()), "name": name, "created_at": NOON, **more})


def api_key(owner: AccountId, **more: Any) -> ApiKey:
    given = {
        "id": KeyId(uuid4()),
        "account": owner,
        "name": "desk",
        "digest": uuid4().bytes + uuid4().bytes,
        "scopes": frozenset({Scope.READ}),
        "created_at": NOON,
    }
    return ApiKey(**{**given, **more})


def call(owner: AccountId, **more: Any) -> Call:
    return Call(**{"id": CallId(uuid4()), "account": owner, **more})


def media(**more: Any) -> Media:
    given = {
        "id": MediaId(uuid4()),
        "kind": Kind.AUDIO,
        "content_type": "audio/wav",
        "state": MediaState.UPLOADED,
        "created_at": NOON,
    }
    return Media(**{**given, **more})


def recording(owner: AccountId, **more: Any) -> Recording:
    given = {
        "id": RecordingId(uuid4()),
        "account": owner,
        "source": Source.CALL,
        "origin": Origin.UPLOAD,
        "leg": Leg.PSTN,
        "state": State.AVAILABLE,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Recording(**{**given, **more})


def rendition(it: Media, **more: Any) -> Rendition:
    given = {
        "media": it.id,
        "variant": Variant(Form.MP3),
        "content_type": "audio/mpeg",
        "size": 4096,
        "etag": digest("mp3"),
        "sha256": digest("mp3"),
        "blob": "renditions/1",
    }
    return Rendition(**{**given, **more})


def transcription(it: Recording, **more: Any) -> Transcription:
    given = {
        "id": TranscriptionId(uuid4()),
        "account": it.account,
        "recording": it.id,
        "state": TranscriptState.ACCEPTED,
        "locale": "en-GB",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Transcription(**{**given, **more})


def hook(owner: AccountId, **more: Any) -> Hook:
    given = {
        "id": HookId(uuid4()),
        "account": owner,
        "dialect": "bird",
        "url": "https://example.com/hear",
        "created_at": NOON,
    }
    return Hook(**{**given, **more})


def event(it: Recording, **more: Any) -> Event:
    given = {
        "id": EventId(uuid4()),
        "account": it.account,
        "type": EventType.COMPLETED,
        "created_at": NOON,
        "recording": it,
    }
    return Event(**{**given, **more})


def delivery(it: Event, **more: Any) -> Delivery:
    given = {
        "id": DeliveryId(uuid4()),
        "account": it.account,
        "event": it.id,
        "dialect": "bird",
        "url": "https://example.com/hear",
        "created_at": NOON,
    }
    return Delivery(**{**given, **more})


def share(it: Recording, **more: Any) -> Share:
    given = {
        "id": LinkId(uuid4()),
        "account": it.account,
        "recording": it.id,
        "media": MediaId(uuid4()),
        "variant": Variant(Form.MP3),
        "created_at": NOON,
        "expires_at": minutes(60),
    }
    return Share(**{**given, **more})


def answer(**more: Any) -> Kept:
    given = {
        "operation": "POST /recordings",
        "key": "k",
        "fingerprint": digest("request"),
        "answer": b"made",
        "kept_at": NOON,
    }
    return Kept(**{**given, **more})


async def keep(database: Database, *them: Recording) -> None:
    """Adds each, and its call where that is new, in one transaction."""
    async with database.write() as tx:
        for it in them:
            if it.call and await tx.calls.get(it.account, it.call.id) is None:
                await tx.calls.add(it.account, it.call)
            await tx.recordings.add(it.account, it)
