"""Conditions and ranges of RFC 9110, beside a plain reading of the same sections."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictabelt.http.ranges import Decision, Parts, Span, Verdict, decide

TAG = "c0ffee"
CHANGED = datetime(2026, 1, 31, 12, 0, 0, 999_999, tzinfo=UTC)
AT, BEFORE, AFTER = (
    "Sat, 31 Jan 2026 12:00:00 GMT",
    "Sat, 31 Jan 2026 11:59:59 GMT",
    "Sat, 31 Jan 2026 12:00:01 GMT",
)


def decided(size: int = 100, **headers: str | None) -> Decision:
    named = {name.replace("_", "-"): it for name, it in headers.items() if it is not None}
    return decide(named, size=size, etag=TAG, last_modified=CHANGED)


def parts(*spans: Span) -> Parts:
    return Parts(spans)


WHOLE, UNSATISFIABLE = Verdict.WHOLE, Verdict.UNSATISFIABLE


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("bytes=0-1", parts((0, 2))),  # Safari's first question about any media
        ("bytes=0-0", parts((0, 1))),
        ("bytes=0-", parts((0, 100))),
        ("bytes=0-99", parts((0, 100))),
        ("bytes=0-100", parts((0, 100))),
        ("bytes=99-99", parts((99, 100))),
        ("bytes=99-1000", parts((99, 100))),
        ("bytes=-1", parts((99, 100))),
        ("bytes=-100", parts((0, 100))),
        ("bytes=-1000", parts((0, 100))),
        ("BYTES=0-1", parts((0, 2))),
        ("bytes=00-0001", parts((0, 2))),
        (f"bytes=0-{'9' * 4000}", parts((0, 100))),
        (f"bytes=-{'9' * 4000}", parts((0, 100))),
        (f"bytes={'9' * 4000}-", UNSATISFIABLE),
        ("bytes=100-", UNSATISFIABLE),
        ("bytes=100-200", UNSATISFIABLE),
        ("bytes=-0", UNSATISFIABLE),
        ("bytes=-000", UNSATISFIABLE),
        ("bytes=100-,-0", UNSATISFIABLE),
        ("bytes=0-1,50-51", parts((0, 2), (50, 52))),
        ("bytes=50-51,0-1", parts((50, 52), (0, 2))),
        ("bytes=-1,0-0", parts((99, 100), (0, 1))),
        ("bytes= 0-1 ,\t50-51 ", parts((0, 2), (50, 52))),
        ("bytes=,0-1,,50-51,", parts((0, 2), (50, 52))),
        ("bytes=0-1,200-300", parts((0, 2))),
        ("bytes=0-1,-0", parts((0, 2))),
        ("bytes=0-1,2-3", parts((0, 2), (2, 4))),
        ("bytes=0-9,5-14,10-19", parts((0, 20))),
        ("bytes=80-90,0-9,5-85", parts((0, 91))),
        ("bytes=50-59,0-9,55-69", parts((50, 70), (0, 10))),
        ("bytes=0-0,0-0,0-0", parts((0, 1))),
        ("bytes=0-,-1,5-6", parts((0, 100))),
        (
            f"bytes={','.join(f'{2 * n}-{2 * n}' for n in range(16))}",
            parts(*((2 * n, 2 * n + 1) for n in range(16))),
        ),
        (f"bytes={','.join(f'{2 * n}-{2 * n}' for n in range(17))}", WHOLE),
        (f"bytes={'0-0,' * 10_000}", WHOLE),
        ("seconds=0-1", WHOLE),
        ("bytes", WHOLE),
        ("bytes=", WHOLE),
        ("bytes=,", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=--1", WHOLE),
        ("bytes=1-0", WHOLE),
        ("bytes=0-1,x", WHOLE),
        ("bytes=0-1,5-2", WHOLE),
        ("bytes=0-1-2", WHOLE),
        ("bytes=+0-1", WHOLE),
        ("bytes=0x0-1", WHOLE),
        ("bytes=1_0-2_0", WHOLE),
        ("bytes=²-³", WHOLE),
        ("bytes=*", WHOLE),
        ("bytes:0-1", WHOLE),
        ("bytes=0-1, bytes=5-6", WHOLE),
        ("", WHOLE),
        (f"bytes=0-{'9' * 50_000}", WHOLE),
    ],
)
def test_a_range_selects_bytes_or_is_ignored_or_cannot_be_satisfied(
    asked: str, answer: Decision
) -> None:
    assert decided(range=asked) == answer


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("bytes=0-", UNSATISFIABLE),
        ("bytes=0-0", UNSATISFIABLE),
        ("bytes=-0", UNSATISFIABLE),
        ("bytes=-5", WHOLE),
        (None, WHOLE),
    ],
)
def test_an_empty_file_has_no_first_byte_but_has_a_suffix(
    asked: str | None, answer: Decision
) -> None:
    assert decided(0, range=asked) == answer


KNOWN = Verdict.NOT_MODIFIED
FAILED = Verdict.PRECONDITION_FAILED
SOME = parts((0, 2))


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, WHOLE),
        ({"if_none_match": f'"{TAG}"'}, KNOWN),
        ({"if_none_match": f'W/"{TAG}"'}, KNOWN),
        ({"if_none_match": f'"x", "{TAG}", "y"'}, KNOWN),
        ({"if_none_match": f'"x,{TAG}"'}, WHOLE),
        ({"if_none_match": "*"}, KNOWN),
        ({"if_none_match": " * "}, KNOWN),
        ({"if_none_match": '"*"'}, WHOLE),
        ({"if_none_match": '"x"'}, WHOLE),
        ({"if_none_match": ""}, WHOLE),
        ({"if_none_match": '"x"', "if_modified_since": AFTER}, WHOLE),
        ({"if_modified_since": AT}, KNOWN),
        ({"if_modified_since": AFTER}, KNOWN),
        ({"if_modified_since": BEFORE}, WHOLE),
        ({"if_modified_since": "Saturday, 31-Jan-26 12:00:00 GMT"}, KNOWN),
        ({"if_modified_since": "Sat Jan 31 12:00:00 2026"}, KNOWN),
        ({"if_modified_since": "yesterday"}, WHOLE),
        ({"if_modified_since": "Sat, 31 Jan 2026 12:00:00 +99999999999999999999"}, WHOLE),
        ({"if_modified_since": "Mon, 01 Jan 0001 00:00:00 +2359"}, WHOLE),
        ({"if_match": f'"{TAG}"'}, WHOLE),
        ({"if_match": "*"}, WHOLE),
        ({"if_match": f'"x", "{TAG}"'}, WHOLE),
        ({"if_match": f'W/"{TAG}"'}, FAILED),
        ({"if_match": '"x"'}, FAILED),
        ({"if_match": ""}, FAILED),
        ({"if_match": '"x"', "if_none_match": f'"{TAG}"'}, FAILED),
        ({"if_match": f'"{TAG}"', "if_unmodified_since": BEFORE}, WHOLE),
        ({"if_match": f'"{TAG}"', "if_none_match": f'"{TAG}"'}, KNOWN),
        ({"if_unmodified_since": BEFORE}, FAILED),
        ({"if_unmodified_since": AT}, WHOLE),
        ({"if_unmodified_since": "tomorrow"}, WHOLE),
        ({"range": "bytes=0-1", "if_none_match": f'"{TAG}"'}, KNOWN),
        ({"range": "bytes=0-1", "if_match": '"x"'}, FAILED),
        ({"range": "bytes=0-1", "if_range": f'"{TAG}"'}, SOME),
        ({"range": "bytes=0-1", "if_range": f'W/"{TAG}"'}, WHOLE),
        ({"range": "bytes=0-1", "if_range": TAG}, WHOLE),
        ({"range": "bytes=0-1", "if_range": '"x"'}, WHOLE),
        ({"range": "bytes=0-1", "if_range": "*"}, WHOLE),
        ({"range": "bytes=0-1", "if_range": ""}, WHOLE),
        ({"range": "bytes=0-1", "if_range": AT}, SOME),
        ({"range": "bytes=0-1", "if_range": AFTER}, WHOLE),
        ({"range": "bytes=0-1", "if_range": BEFORE}, WHOLE),
        ({"range": "bytes=200-", "if_range": '"x"'}, WHOLE),
        ({"range": "bytes=200-", "if_range": f'"{TAG}"'}, UNSATISFIABLE),
        ({"if_range": f'"{TAG}"'}, WHOLE),
    ],
)
def test_conditions_are_weighed_in_the_order_of_rfc_9110(
    headers: dict[str, str], answer: Decision
) -> None:
    assert decided(100, **headers) == answer


SPEC = re.compile(r"([0-9]*)-([0-9]*)")


def wanted(text: str, size: int) -> list[set[int]]:
    """The bytes that each range-spec of section 14.1.2 names, counted one by one."""
    sets = []
    for first, last in SPEC.findall(text):
        if first:
            sets.append({at for at in range(size) if int(first) <= at <= int(last or size)})
        else:
            sets.append({at for at in range(size) if at >= size - int(last)})
    return sets


specs = st.one_of(
    st.tuples(st.integers(0, 60), st.integers(0, 30)).map(lambda it: f"{it[0]}-{sum(it)}"),
    st.integers(0, 60).map(lambda it: f"{it}-"),
    st.integers(0, 60).map(lambda it: f"-{it}"),
)


@settings(deadline=None, max_examples=500)
@given(size=st.integers(1, 50), asked=st.lists(specs, min_size=1, max_size=16))
def test_the_bytes_sent_are_those_asked_for_and_none_twice(size: int, asked: list[str]) -> None:
    decision = decided(size, range=f"bytes={','.join(asked)}")
    sets = [it for it in wanted(",".join(asked), size) if it]
    if not sets:
        assert decision == UNSATISFIABLE
        return
    assert isinstance(decision, Parts)
    sent = [at for start, stop in decision.spans for at in range(start, stop)]
    assert len(sent) == len(set(sent))
    assert set(sent) == set.union(*sets)
    if sum(map(len, sets)) == len(sent):
        assert [set(range(*it)) for it in decision.spans] == sets


@settings(deadline=None, max_examples=300)
@given(
    size=st.integers(0, 2**63),
    headers=st.dictionaries(
        st.sampled_from(["range", "if-range", "if-match", "if-none-match", "if-modified-since"]),
        st.text(st.characters(max_codepoint=255)) | st.from_regex(r"bytes=[0-9, -]{0,20}"),
    ),
)
def test_any_header_gets_an_answer(size: int, headers: dict[str, str]) -> None:
    decision = decide(headers, size=size, etag=TAG, last_modified=CHANGED)
    if isinstance(decision, Parts):
        assert all(0 <= start < stop <= size for start, stop in decision.spans)


def test_a_date_is_compared_in_whole_seconds() -> None:
    later = CHANGED + timedelta(microseconds=1)
    assert decide({"if-modified-since": AT}, size=1, etag=TAG, last_modified=later) == WHOLE
