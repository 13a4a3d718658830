"""Rows of the vault's tables out of made-up facts, in an order that breaks no reference."""

from collections.abc import Iterable, Iterator
from itertools import compress, repeat
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Table

from bench.plausible import FOUND, TAGGED, Columns, Facts, Source
from bench.population import RARE
from dictabelt.core.findings import Finding
from dictabelt.core.ids import AccountId
from dictabelt.core.media import Signal
from dictabelt.core.nouns import Direction, Party, State
from dictabelt.core.transcript import Segment
from dictabelt.db import classes
from dictabelt.db.analysis_tables import findings
from dictabelt.db.event_tables import events, tags, transcriptions
from dictabelt.db.query import Values
from dictabelt.db.recording_rows import RECORDING_COLUMNS, recording_of
from dictabelt.db.tables import accounts, calls, media, recordings
from dictabelt.db.values import read_id, write_json

Part = tuple[Table, list[Values]]

_MARK = "987654321"
_PARTY = write_json(Party(_MARK)).split(_MARK)
_SIGNAL = write_json(Signal("wav", "pcm_s16le", 8000, 2, int(_MARK), faithful=True, offset=44))
_SIGNAL_ENDS = _SIGNAL.split(_MARK)
_WORDS = "Good morning, you are through to the service desk; how may I help you today?"
_SEGMENTS = write_json((Segment(0, 4200, _WORDS, channel=1),))
_TAGS_JSON = [msgspec.json.encode(it).decode() for it in (*TAGGED, (RARE.tag,), ())]
_BYTES_A_MS = 32
_DIRECTIONS = {None: None, "inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND}
_OWN_COLUMNS = len(RECORDING_COLUMNS)


def parts(source: Source) -> Iterator[Part]:
    """Every row, a table at a time; accounts first, then recordings from the oldest on."""
    yield accounts, _accounts(source)
    for facts in source.batches():
        yield from _batch(source, facts)


def rows(table: Table, columns: Columns, *, count: int) -> list[Values]:
    """Columns, by name, as rows of the table; those left out are null, or as the table says."""
    unknown = columns.keys() - {it.name for it in table.c}
    if unknown:
        raise KeyError(f"{table.name} has no {', '.join(unknown)}")
    each = [
        columns[it.name] if it.name in columns else repeat(_default(it), count) for it in table.c
    ]
    return list(zip(*each, strict=True))


def _default(column: Any) -> object:
    if column.nullable:
        return None
    if column.server_default is None:
        raise KeyError(f"{column.table.name}.{column.name} needs a value")
    return "[]" if column.name in {"tags", "speakers"} else False


def _accounts(source: Source) -> list[Values]:
    ids = source.people.accounts
    count = len(ids)
    columns: Columns = {
        "id": ids,
        "name": [f"account-{number}" for number in range(count)],
        "created_at": [0] * count,
        "media_public": [True] * count,
        "delivery": ["proxy"] * count,
    }
    return rows(accounts, columns, count=count)


def _batch(source: Source, it: Facts) -> Iterator[Part]:
    count = len(it.account)
    accounts_of = [source.people.accounts[position] for position in it.account.tolist()]
    call_ids = source.ids(count)
    for at in np.flatnonzero(it.twin).tolist():
        call_ids[at] = call_ids[at - 1]
    own: dict[str, Any] = {"account": accounts_of, "id": source.ids(count)}
    own["call"] = [None if apart else id for id, apart in zip(call_ids, it.conference, strict=True)]
    own["transcript"] = _only(source.ids(count), it.transcribed)
    yield calls, _calls(it, accounts_of, ids=call_ids)
    made = _recordings(source, it, own)
    yield recordings, made
    media_ids = source.ids(count)
    yield media, _media(source, it, own=own, ids=media_ids)
    yield tags, _tags(it, own)
    yield findings, _findings(it, own, ids=media_ids)
    yield transcriptions, _transcriptions(it, own)
    yield events, _events(source, made, chosen=it.eventful)


def _calls(it: Facts, accounts_of: list[bytes], *, ids: list[bytes]) -> list[Values]:
    created = it.created.tolist()
    columns: dict[str, Any] = {
        "account": accounts_of,
        "id": ids,
        "direction": np.where(it.inbound, "inbound", "outbound").tolist(),
        "caller": [f"{_PARTY[0]}{number}{_PARTY[1]}" for number in it.caller],
        "callee": [f"{_PARTY[0]}{number}{_PARTY[1]}" for number in it.callee],
        "started_at": created,
        "ended_at": (it.created + it.duration_ms * 1000).tolist(),
        "vendor_id": [f"CA{id.hex()}" for id in ids],
        "channel": [RARE.channel.bytes if rare else None for rare in it.rare.tolist()],
    }
    kept = (~it.twin & ~it.conference).tolist()
    return list(compress(rows(calls, columns, count=len(kept)), kept))


def _recordings(source: Source, it: Facts, own: Columns) -> list[Values]:
    count = len(it.account)
    conference = _only(source.ids(count), it.conference)
    started = it.created - it.lag
    callish = zip(own["call"], conference, strict=True)
    columns: dict[str, Any] = {
        **own,
        "created_at": it.created.tolist(),
        "updated_at": (it.created + it.duration_ms * 1000).tolist(),
        "source": np.where(it.conference, "conference", "call").tolist(),
        "origin": np.where(it.device >= 0, "upload", "dial_verb").tolist(),
        "leg": np.where(it.inbound, "pstn", "sip").tolist(),
        "state": it.state.tolist(),
        "conference": conference,
        "started_at": started.tolist(),
        "ended_at": (started + it.duration_ms * 1000).tolist(),
        "duration_ms": it.duration_ms.tolist(),
        "channels": [2] * count,
        "track": ["both"] * count,
        "trim": ["do_not_trim"] * count,
        "transcription": it.transcribed.tolist(),
        "device_id": _device(it, "device-", RARE.device),
        "end_user_id": _device(it, "user-", RARE.end_user),
        "extras": ["{}"] * count,
        "hold": [False] * count,
        "deleted_at": _only((it.created + 86_400_000_000).tolist(), it.gone),
        "tags": [_TAGS_JSON[number] for number in _tagged(it)],
        "source_id": [call or talk for call, talk in callish],
        **_of_calls(it, own),
    }
    return rows(recordings, columns | _classes(columns, _directions(it, own)), count=count)


def _directions(it: Facts, own: Columns) -> list[str | None]:
    called = [call is not None for call in own["call"]]
    told = np.where(it.inbound, "inbound", "outbound")[_first(it)].tolist()
    return _only(told, np.array(called))


def _classes(columns: Columns, directions: Iterable[str | None]) -> dict[str, Any]:
    """What db/classes.py makes of the other columns."""
    each = zip(columns["state"], directions, columns["transcript"], strict=True)
    instants = zip(columns["created_at"], columns["started_at"], strict=True)
    days = [classes.started(*it) for it in instants]
    return {
        "facet": [
            classes.facet(State(state), _DIRECTIONS[direction], transcribed=transcript is not None)
            for state, direction, transcript in each
        ],
        "length": [classes.length(it) for it in columns["duration_ms"]],
        "started_day": [it.day for it in days],
        "started_month": [it.month for it in days],
        "started_era": [it.era for it in days],
    }


def _of_calls(it: Facts, own: Columns) -> dict[str, Any]:
    called = np.array([call is not None for call in own["call"]])
    first = _first(it)
    return {
        "caller_number": _only([it.caller[at] for at in first], called),
        "callee_number": _only([it.callee[at] for at in first], called),
        "channel": [RARE.channel.bytes if it.rare[at] else None for at in first],
    }


def _first(it: Facts) -> list[int]:
    """Where the first recording of each one's call is."""
    at = np.arange(len(it.twin))
    first: list[int] = np.where(it.twin, at - 1, at).tolist()
    return first


def _media(source: Source, it: Facts, *, own: Columns, ids: list[bytes]) -> list[Values]:
    count = len(ids)
    sizes = (it.duration_ms * _BYTES_A_MS + 44).tolist()
    names = [id.hex() for id in source.ids(count)]
    keyed = zip(own["account"], names, strict=True)
    columns: dict[str, Any] = {
        "account": own["account"],
        "recording": own["id"],
        "position": [0] * count,
        "id": ids,
        "created_at": it.created.tolist(),
        "kind": ["audio"] * count,
        "content_type": ["audio/wav"] * count,
        "state": ["uploaded"] * count,
        "size": sizes,
        "sha256": source.hashes(count),
        "blob": [f"{account.hex()}/{name[:2]}/{name}" for account, name in keyed],
        "signal": [f"{_SIGNAL_ENDS[0]}{it * 8}{_SIGNAL_ENDS[1]}" for it in it.duration_ms.tolist()],
    }
    return list(compress(rows(media, columns, count=count), it.state == "available"))


def _tags(it: Facts, own: Columns) -> list[Values]:
    bearing = _tagged(it)
    names = [*TAGGED, (RARE.tag,), ()]
    each = zip(own["account"], own["id"], bearing, it.created.tolist(), strict=True)
    columns: dict[str, list[Any]] = {"account": [], "tag": [], "recording": [], "created_at": []}
    for account, id, number, created_at in each:
        for name in names[number]:
            columns["account"].append(account)
            columns["tag"].append(name)
            columns["recording"].append(id)
            columns["created_at"].append(created_at)
    return rows(tags, columns, count=len(columns["tag"]))


def _findings(it: Facts, own: Columns, *, ids: list[bytes]) -> list[Values]:
    names = [*FOUND, Finding.WRONG_SPEED.value, None]
    found = [names[number] for number in np.where(it.rare, len(FOUND), it.finding).tolist()]
    columns = {"account": own["account"], "finding": found, "recording": own["id"], "media": ids}
    columns["created_at"] = it.created.tolist()
    kept = (((it.finding >= 0) | it.rare) & (it.state == "available")).tolist()
    kept_columns = {name: list(compress(column, kept)) for name, column in columns.items()}
    return rows(findings, kept_columns, count=sum(kept))


def _transcriptions(it: Facts, own: Columns) -> list[Values]:
    count = len(it.account)
    late = (it.created + it.duration_ms * 1000 + 60_000_000).tolist()
    columns: dict[str, Any] = {
        "account": own["account"],
        "id": [id or b"" for id in own["transcript"]],
        "created_at": late,
        "updated_at": late,
        "recording": own["id"],
        "state": ["available"] * count,
        "locale": ["en-GB"] * count,
        "text": [_WORDS] * count,
        "segments": [_SEGMENTS] * count,
        "duration_ms": it.duration_ms.tolist(),
        "channels": [2] * count,
    }
    return list(compress(rows(transcriptions, columns, count=count), it.transcribed))


def _events(source: Source, made: Iterable[Values], *, chosen: Iterable[bool]) -> list[Values]:
    told = list(compress(made, chosen))
    columns: dict[str, Any] = {
        "account": [row[0] for row in told],
        "id": source.ids(len(told)),
        "created_at": [row[2] for row in told],
        "type": ["recording.completed"] * len(told),
        "recording": [row[1] for row in told],
        "snapshot": [_snapshot(row) for row in told],
    }
    return rows(events, columns, count=len(told))


def _snapshot(row: Values) -> str:
    account = AccountId(read_id(row[0]))
    return write_json(recording_of(account, row[1 : 1 + _OWN_COLUMNS], call=None, files=()))


def _tagged(it: Facts) -> list[int]:
    """Positions in TAGGED, then the rare tag, then none."""
    numbers: list[int] = np.where(it.rare, len(TAGGED), it.tagged).tolist()
    return numbers


def _device(it: Facts, prefix: str, rare: str) -> list[str | None]:
    names = [None if number < 0 else f"{prefix}{number}" for number in it.device.tolist()]
    for at in np.flatnonzero(it.rare).tolist():
        names[at] = rare
    return names


def _only(values: list[Any], flags: Any) -> list[Any]:
    return [value if flag else None for value, flag in zip(values, flags.tolist(), strict=True)]
