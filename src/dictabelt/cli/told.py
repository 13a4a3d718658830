"""Nouns as the JSON that commands print."""

from typing import Any

from dictabelt.cli.tell import instant
from dictabelt.core.analysis import Analysis
from dictabelt.core.media import Media
from dictabelt.core.nouns import Account, ApiKey, Call, LinkKey, Party, Recording

Told = dict[str, Any]


def account(it: Account) -> Told:
    """An account."""
    return {
        "id": str(it.id),
        "name": it.name,
        "created_at": instant(it.created_at),
        "media_public": it.media_public,
        "link_seconds": it.link_seconds,
        "packing": it.packing,
        "delivery": it.delivery.value,
    }


def key(it: ApiKey) -> Told:
    """A key, without its token: nobody has that any more."""
    return {
        "id": str(it.id),
        "account": str(it.account),
        "name": it.name,
        "scopes": sorted(it.scopes),
        "dialect": it.dialect,
        "created_at": instant(it.created_at),
        "expires_at": instant(it.expires_at),
        "revoked_at": instant(it.revoked_at),
    }


def link_key(it: LinkKey) -> Told:
    """A link key; its secret is never told."""
    return {
        "id": it.id,
        "created_at": instant(it.created_at),
        "retired_at": instant(it.retired_at),
    }


def heard(it: Analysis | None) -> Told | None:
    """What listening showed; None where nobody listened yet."""
    if it is None:
        return None
    found = it.findings
    return {
        "media": str(it.media),
        "made_at": instant(it.made_at),
        "reason": it.fault,
        "findings": [] if found is None else list(found.names),
        "talk": [] if found is None else [round(share, 4) for share in found.talk],
        "longest_silence_ms": 0 if found is None else round(found.longest_silence * 1000),
        "longest_silence_at_ms": 0 if found is None else round(found.longest_silence_at * 1000),
        "dtmf": 0 if found is None else found.tones,
    }


def recording(it: Recording) -> Told:
    """A recording with its call and media; durations in milliseconds of decoded audio."""
    return {
        "id": str(it.id),
        "account": str(it.account),
        "state": it.state,
        "reason": fault(it),
        "source": it.source,
        "origin": it.origin,
        "leg": it.leg,
        "call": None if it.call is None else _call(it.call),
        "conference": None if it.conference is None else str(it.conference),
        "name": it.name,
        "speakers": list(it.speakers),
        "created_at": instant(it.created_at),
        "started_at": instant(it.started_at),
        "ended_at": instant(it.ended_at),
        "duration_ms": it.duration_ms,
        "channels": it.channels,
        "track": it.track,
        "hold": it.hold,
        "media": [media(one) for one in it.media],
    }


def media(it: Media) -> Told:
    """One file of a recording."""
    signal = it.signal
    return {
        "id": str(it.id),
        "kind": it.kind,
        "state": it.state,
        "reason": it.fault,
        "name": it.name,
        "content_type": it.content_type,
        "size": it.size,
        "sha256": it.sha256,
        "codec": signal and signal.codec,
        "sample_rate": signal and signal.sample_rate,
        "channels": signal and signal.channels,
    }


def fault(it: Recording) -> str | None:
    """Why the recording cannot be played, where that is so."""
    audio = it.audio
    if audio is not None and audio.fault is not None:
        return audio.fault
    return it.error_code


def _call(it: Call) -> Told:
    return {
        "id": str(it.id),
        "call_id": it.vendor_id,
        "direction": it.direction,
        "from": _number(it.caller),
        "to": _number(it.callee),
    }


def _number(party: Party | None) -> str | None:
    return None if party is None else party.number
