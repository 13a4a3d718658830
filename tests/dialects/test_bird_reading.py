"""What Bird's clients send, read strictly: parameters, tokens of pages, bodies."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialects import arbitrary
from dialects.documents import Document
from dictabelt.core.errors import Invalid
from dictabelt.core.nouns import Direction, Origin, State
from dictabelt.core.search import Search, Window
from dictabelt.dialects.bird import (
    DIALECT,
    calls,
    lists,
    paging,
    reading,
    subscriptions,
    transcripts,
)

ID = UUID("1b7de0c5-6f0a-4f38-8e49-d5b2a90c7f44")
TOKEN = Document.of(DIALECT).root["components"]["schemas"]["PageToken"]["pattern"]
BODIES: dict[str, Callable[[bytes], Any]] = {
    "session": lambda raw: calls.session(raw, channel=ID),
    "message": lambda raw: calls.message(raw, channel=ID),
    "steer": calls.wanted,
    "transcription": transcripts.locale,
    "subscription": subscriptions.wish,
}
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda it: st.lists(it, max_size=3) | st.dictionaries(st.text(max_size=8), it, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(created_at=arbitrary.instants, id=arbitrary.ids)
def test_a_token_reads_back(created_at: datetime, id: UUID) -> None:
    token = paging.token(created_at, id)
    assert paging.place(token) == id
    assert len(token) <= 8_000


@settings(deadline=None, max_examples=40)
@given(
    created_at=st.datetimes(datetime(2024, 1, 1), datetime(2285, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    id=arbitrary.ids,
)
def test_a_token_is_as_documented(created_at: datetime, id: UUID) -> None:
    assert re.fullmatch(TOKEN, paging.token(created_at, id))


@settings(deadline=None, max_examples=40)
@given(st.from_regex(TOKEN, fullmatch=True))
def test_what_is_documented_as_a_token_is_one(token: str) -> None:
    assert isinstance(paging.place(token.removesuffix("\n")), UUID)


def test_a_token_begins_like_the_vendors_example() -> None:
    assert paging.token(datetime(2024, 11, 5, tzinfo=UTC), ID).startswith("WzE3M")


@settings(deadline=None, max_examples=150)
@given(
    st.text(max_size=60)
    | st.binary(max_size=60).map(lambda it: b64encode(it).decode())
    | json.map(lambda it: b64encode(msgspec.json.encode(it)).decode())
)
def test_what_is_no_token_is_invalid(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        paging.place(text)
    assert refused.value.field == "pageToken"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 5_000,
        f'[1,"{ID.int:o}"]'.encode(),  # not as long as ours are
        f'[1, "{ID.int:045o}"]'.encode(),
        f'[01,"{ID.int:045o}"]'.encode(),
        f'[1.0,"{ID.int:045o}"]'.encode(),
        f'[1,"{ID.int:045o}",1]'.encode(),
        f'[1,"{2**128:045o}"]'.encode(),
        f'[{10**30},"{ID.int:045o}"]'.encode(),
        f'[1,"+{ID.int:044o}"]'.encode(),
        f'[1,"-{ID.int:044o}"]'.encode(),
        b'[NaN,"0"]',
        b'[1,"\\ud800"]',
    ],
)
def test_what_is_nearly_a_token_is_invalid(content: bytes) -> None:
    with pytest.raises(Invalid):
        paging.place(b64encode(content).decode())


def test_a_page_without_parameters_has_ten() -> None:
    assert paging.window({}, most=99) == Window(10)
    asked = {"limit": "99", "pageToken": paging.token(datetime(2026, 1, 1, tzinfo=UTC), ID)}
    assert paging.window(asked, most=99) == Window(99, behind=ID)


@pytest.mark.parametrize("text", ["", "0", "100", "-1", "+1", "1.0", "1e1", "010", "٣", "9" * 99])
def test_a_limit_is_a_number_in_its_bounds(text: str) -> None:
    with pytest.raises(Invalid):
        paging.window({"limit": text}, most=99)


def test_every_filter_has_its_place_in_the_search() -> None:
    asked = {
        "sourceId": str(ID),
        "channelId": str(ID),
        "id": str(ID),
        "direction": "incoming",
        "startAt": "2026-03-03T09:14:38.999Z",
        "endAt": "2026-03-03T10:14:38.9999999+01:00",
        "from": "442079460100",
        "to": " 447700900142",
        "status": "completed",
    }
    assert lists.search(asked) == Search(
        source=ID,
        channel=ID,
        call=ID,
        direction=Direction.INBOUND,
        created_from=datetime(2026, 3, 3, 9, 14, 38, 999_000, UTC),
        created_before=datetime(2026, 3, 3, 9, 14, 38, 999_999, UTC),
        caller="+442079460100",
        callee="+447700900142",
        states=frozenset({State.PROCESSING}),
    )


def test_a_parameter_that_comes_twice_is_invalid_and_a_foreign_one_is_nobodys() -> None:
    assert reading.query([("limit", "1"), ("utm", "a"), ("utm", "b")], ("limit",)) == {"limit": "1"}
    with pytest.raises(Invalid):
        reading.query([("limit", "1"), ("limit", "1")], ("limit",))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-03T09:14:07Z", datetime(2026, 3, 3, 9, 14, 7, tzinfo=UTC)),
        ("2026-03-03t09:14:07.5z", datetime(2026, 3, 3, 9, 14, 7, 500_000, UTC)),
        ("2026-03-03T09:14:07-05:30", datetime(2026, 3, 3, 14, 44, 7, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:60Z", datetime.max.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59-23:59", datetime.max.replace(tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:59", datetime.min.replace(tzinfo=UTC)),
        ("0000-06-01T00:00:00Z", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_to_the_microsecond(text: str, instant: datetime) -> None:
    assert reading.instant(text, field="startAt") == instant


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-03-03", "2026-03-03T09:14:07", "2026-02-30T00:00:00Z", "2026-03-03T24:00:00Z"),
        *("2026-03-03T09:14:61Z", "2026-03-03T09:14:07+24:00", "2026-03-03T09:14:07+01:60"),
        *(
            "20260303T091407Z",
            "2026-W10-2T00:00:00Z",
            "1772528047",
            "now",
            "2026-03-03T09:14:07,5Z",
        ),
        *("2026-03-03 09:14:07Z", "２026-03-03T09:14:07Z", "2026-03-03T09:14:07Z\n"),
    ],
)
def test_another_way_to_write_an_instant_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        reading.instant(text, field="startAt")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("442079460100", "+442079460100"),
        ("+442079460100", "+442079460100"),
        ("sip:reception@example.com", "sip:reception@example.com"),
        ("anonymous", "anonymous"),
    ],
)
def test_a_number_is_read_with_its_plus_or_without(text: str, number: str) -> None:
    assert reading.telephone(text, field="from") == number


@pytest.mark.parametrize("text", ["", " ", "a\x00b", "\n1", "٣٣", "1" * 300])
def test_what_is_no_number_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        reading.telephone(text, field="from")


@pytest.mark.parametrize("which", BODIES)
@pytest.mark.parametrize(
    "raw",
    [
        *(b"[]", b"null", b'"x"', b"1", b"{", b"\xff", b'{"unknown": 1}', b"[" * 10_000),
        *(b'{"status": NaN}', b'{"locale": "\\ud800"}', b'{"a":' * 10_000, b"{} {}", b"\x00"),
    ],
)
def test_a_body_that_is_no_object_of_known_members_is_invalid(which: str, raw: bytes) -> None:
    with pytest.raises(Invalid):
        BODIES[which](raw)


@pytest.mark.parametrize("which", BODIES)
@settings(deadline=None, max_examples=60)
@given(it=json)
def test_any_other_json_is_taken_or_invalid(which: str, it: object) -> None:
    raw = msgspec.json.encode(it)
    try:
        BODIES[which](raw)
    except Invalid:
        return
    assert raw == b"{}"


@pytest.mark.parametrize(
    ("which", "body"),
    [
        ("session", {"stereo": 1}),
        ("session", {"stereo": None}),
        ("session", {"maxLength": "60"}),
        ("session", {"maxLength": True}),
        ("session", {"maxLength": -1}),
        ("session", {"maxLength": 2**31}),
        ("message", {"endKey": "10"}),
        ("message", {"endKey": 1}),
        ("message", {"beep": "yes"}),
        ("message", {"timeout": 1.5}),
        ("message", {"transcribeLocale": "xx-XX"}),
        ("steer", {"status": "absent"}),
        ("steer", {"status": None}),
        ("steer", {"status": ["paused"]}),
        ("transcription", {"locale": "xx-XX"}),
        ("transcription", {"locale": None}),
        ("transcription", {"messageId": "x"}),
        ("transcription", {"recordingId": 1}),
    ],
)
def test_a_member_of_another_kind_is_invalid(which: str, body: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        BODIES[which](msgspec.json.encode(body))


def test_no_body_at_all_asks_for_what_the_vendor_does_then() -> None:
    session, message = BODIES["session"](b""), BODIES["message"](b" ")
    assert (session.word, session.known.origin) == ("recordCall", Origin.CALL_COMMAND_RECORD_CALL)
    assert (session.known.channels, session.known.channel, session.known.extras) == (1, ID, {})
    assert (message.word, message.known.origin) == ("record", Origin.CALL_COMMAND_RECORD)
    assert BODIES["steer"](b"{}") is None
    assert BODIES["transcription"](b"") == "en-US"


def test_what_the_recorder_is_told_is_kept() -> None:
    body = {"endKey": "#", "maxLength": 60, "beep": True, "transcribeLocale": "fa-IR"}
    asked = BODIES["message"](msgspec.json.encode(body))
    assert asked.known.extras == {"bird": {"command": body}}
    assert BODIES["session"](b'{"stereo":true}').known.channels == 2
