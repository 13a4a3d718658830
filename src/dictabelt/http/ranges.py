"""Which bytes a GET or HEAD is answered with: conditions and ranges of RFC 9110."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from werkzeug.http import parse_date, parse_etags, parse_range_header

MOST_RANGES = 16
# What players ask: one part with both its ends.
_PLAIN = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})", re.ASCII)
_EMPTY_SUFFIX = re.compile(r"-0+")

Span = tuple[int, int]


class Verdict(Enum):
    """An answer without parts: all of it, 304, 412 or 416."""

    WHOLE = 200
    NOT_MODIFIED = 304
    PRECONDITION_FAILED = 412
    UNSATISFIABLE = 416


@dataclass(frozen=True, slots=True)
class Parts:
    """A 206: spans of bytes, each from its first up to but without its second number."""

    spans: tuple[Span, ...]


Decision = Verdict | Parts


def decide(
    headers: Mapping[str, str], *, size: int, etag: str, last_modified: datetime
) -> Decision:
    """RFC 9110 section 13.2.2, in its order, for a representation that there is.

    Header names are lower case, a field of several lines is joined by commas;
    `etag` is strong and without its quotes. HEAD is decided like GET, ranges
    too, so that the two always agree, although section 14.2 defines Range for
    GET alone.
    """
    if headers.keys() == {"range"}:
        return _select(headers["range"], size)
    current = _Current(etag, last_modified.replace(microsecond=0))
    if _fails(headers, current):
        return Verdict.PRECONDITION_FAILED
    if _is_known(headers, current):
        return Verdict.NOT_MODIFIED
    asked = headers.get("range")
    if asked is None or not _is_same(headers.get("if-range"), current):
        return Verdict.WHOLE
    return _select(asked, size)


@dataclass(frozen=True, slots=True)
class _Current:
    etag: str
    modified: datetime


def _fails(headers: Mapping[str, str], current: _Current) -> bool:
    if (match := headers.get("if-match")) is not None:
        return not parse_etags(match.strip()).contains(current.etag)
    since = _date(headers.get("if-unmodified-since"))
    return since is not None and current.modified > since


def _is_known(headers: Mapping[str, str], current: _Current) -> bool:
    if (match := headers.get("if-none-match")) is not None:
        return parse_etags(match.strip()).contains_weak(current.etag)
    since = _date(headers.get("if-modified-since"))
    return since is not None and current.modified <= since


def _is_same(if_range: str | None, current: _Current) -> bool:
    """Section 13.1.5: the strong tag itself, or exactly the date; a weak tag never is."""
    if if_range is None or if_range == f'"{current.etag}"':
        return True
    return _date(if_range) == current.modified


def _date(value: str | None) -> datetime | None:
    try:
        return parse_date(value)
    except OverflowError:  # an offset such as +99999999999, which werkzeug 3.1 lets through
        return None


def _select(asked: str, size: int) -> Decision:
    if (plain := _PLAIN.fullmatch(asked)) is not None:
        first, last = int(plain[1]), int(plain[2])
        if first <= last and first < size:
            return Parts(((first, min(last + 1, size)),))
    spans = _spans(asked, size)
    if spans is None:
        return Verdict.WHOLE
    satisfiable = [(start, stop) for start, stop in spans if start < stop]
    return Parts(_coalesced(satisfiable)) if satisfiable else Verdict.UNSATISFIABLE


def _spans(asked: str, size: int) -> list[Span] | None:
    """What is asked for, cut at the end; None where section 14.2 has the field ignored.

    So it is for another unit, a malformed set, and for more than 16 ranges:
    the whole costs the server less than a hundred slivers of it do.
    """
    unit, _, rest = asked.partition("=")
    items = [item for piece in rest.split(",") if (item := piece.strip(" \t"))]
    if unit.lower() != "bytes" or not 1 <= len(items) <= MOST_RANGES:
        return None
    spans = [span for item in items if (span := _span(item, size)) is not None]
    return spans if len(spans) == len(items) else None


def _span(item: str, size: int) -> Span | None:
    """One range-spec; alone, since werkzeug takes sets in ascending order only."""
    if _EMPTY_SUFFIX.fullmatch(item):
        return size, size
    parsed = parse_range_header(f"bytes={item}")
    if parsed is None:
        return None
    first, stop = parsed.ranges[0]
    if first >= 0:
        return first, min(size, size if stop is None else stop)
    # The last bytes of nothing are there (section 14.1.2), but no Content-Range can say so.
    return (max(0, size + first), size) if size else None


def _coalesced(spans: list[Span]) -> tuple[Span, ...]:
    """Overlapping spans as one, in the place of the first: no byte is sent twice."""
    merged: list[Span] = []
    for start, stop in spans:
        overlaps = [it for it in merged if it[0] < stop and start < it[1]]
        place = merged.index(overlaps[0]) if overlaps else len(merged)
        merged = [it for it in merged if it not in overlaps]
        starts, stops = zip(*overlaps, (start, stop), strict=True)
        merged.insert(place, (min(starts), max(stops)))
    return tuple(merged)
