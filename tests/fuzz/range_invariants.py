"""What holds of the deciding about conditions and ranges, whatever the headers say."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise

from dictabelt.http.ranges import MOST_RANGES, Decision, Parts, Span, Verdict, decide

_TAG = "c0ffee"
_CHANGED = datetime(2026, 1, 31, 12, tzinfo=UTC)
_DATE = "Sat, 31 Jan 2026 12:00:00 GMT"
_FIELDS = (
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
)
_SIZES = (0, 1, 2, 100, 288_044, 2**32 - 1, 2**40)
_NEEDS = {
    Verdict.WHOLE: set(_FIELDS) | {""},
    Verdict.UNSATISFIABLE: {"range"},
    Verdict.NOT_MODIFIED: {"if-none-match", "if-modified-since"},
    Verdict.PRECONDITION_FAILED: {"if-match", "if-unmodified-since"},
}
SEEDS = (
    "\n".join(("\3bytes=0-1", f'"{_TAG}"')),
    "\n".join(("\3bytes=0-9,5-14,-1,99-", _DATE)),
    "\n".join(("\0bytes=-5", "", f'"{_TAG}", W/"x"', "*")),
    "\n".join(("\4BYTES= 1-1 ,\t2-", "", "", f'W/"{_TAG}"', _DATE, _DATE)),
    "\n".join(("\6", "", "*", "", "Sat, 31 Jan 2026 11:59:59 -0000")),
)


def hold(data: bytes) -> None:
    """The first byte chooses a size; then come the fields, a line each."""
    size, headers = _SIZES[data[0] % len(_SIZES)] if data else 0, _headers(data[1:])
    decision = decide(headers, size=size, etag=_TAG, last_modified=_CHANGED)
    if isinstance(decision, Parts):
        _are_sendable(decision.spans, size)
        assert "range" in headers
    else:
        assert _NEEDS[decision] & {*headers, ""}
    if headers.keys() == {"range"}:
        _is_by_the_book(decision, headers["range"], size)


def _headers(lines: bytes) -> Mapping[str, str]:
    values = lines.decode("latin-1").split("\n")
    return {name: value for name, value in zip(_FIELDS, values, strict=False) if value}


def _are_sendable(spans: tuple[Span, ...], size: int) -> None:
    assert 1 <= len(spans) <= MOST_RANGES
    assert all(0 <= start < stop <= size for start, stop in spans)
    assert all(one[1] <= next_one[0] for one, next_one in pairwise(sorted(spans)))


def _is_by_the_book(decision: Decision, asked: str, size: int) -> None:
    """One range of the plainest form (RFC 9110, section 14.1.2)."""
    found = re.fullmatch(r"bytes=([0-9]{1,12})-([0-9]{1,12})", asked)
    if found is None:
        return
    first, last = int(found[1]), int(found[2])
    if last < first:
        assert decision is Verdict.WHOLE
    elif first >= size:
        assert decision is Verdict.UNSATISFIABLE
    else:
        assert decision == Parts(((first, min(size, last + 1)),))
