"""Which bytes leave, in which pieces, and what happens when they cannot."""

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message

from dictabelt.core.errors import NotFound, StorageFailed
from dictabelt.http.bodies import CHUNK
from shelf import GIB, LAST_MODIFIED, FileBlob, asked, noise, parts_of, servable

DATA = noise(CHUNK + 1000)
EDGES = st.sampled_from([0, 1, 999, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 999, CHUNK + 1000, 2**70])
RANGES = st.lists(
    st.tuples(EDGES, EDGES).map(lambda it: f"{min(it)}-{max(it)}")
    | EDGES.map(lambda it: f"{it}-")
    | EDGES.map(lambda it: f"-{it}")
    | st.tuples(st.integers(0, 2000), st.integers(0, 9)).map(lambda it: f"{it[0]}-{sum(it)}"),
    min_size=1,
    max_size=5,
)


def sliced(spec: str) -> bytes:
    """What a range-spec of RFC 9110 section 14.1.2 selects of DATA."""
    first, _, last = spec.partition("-")
    if not first:
        return DATA[max(0, len(DATA) - int(last)) :]
    return DATA[int(first) : int(last) + 1 if last else None]


def placed(content_range: str) -> bytes:
    first, last, size = map(int, re.split("[-/]", content_range.removeprefix("bytes ")))
    assert size == len(DATA)
    return DATA[first : last + 1]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stored") / "data"
    path.write_bytes(DATA)
    return path


@settings(deadline=None, max_examples=200)
@given(specs=RANGES, most=st.sampled_from([2**40, 1000, CHUNK // 3]))
def test_any_ranges_are_the_slices_whatever_the_store_reads_at_once(
    stored: Path, specs: list[str], most: int
) -> None:
    blob = FileBlob(stored, len(DATA), most)
    headers = [(b"range", f"bytes={','.join(specs)}".encode())]
    exchange = asked(servable(blob, DATA), headers=headers)
    status, named = exchange.head
    slices = [it for it in map(sliced, specs) if it]
    assert len(exchange.body) == int(named[b"content-length"])
    assert max(blob.lengths, default=0) <= CHUNK
    if not slices:
        assert (status, blob.opened) == (416, 0)
    elif len(slices) == 1:
        assert (status, exchange.body) == (206, slices[0])
    else:
        content_type = named[b"content-type"].decode()
        several = content_type.startswith("multipart")
        place = named.get(b"content-range", b"").decode()
        sent = parts_of(content_type, exchange.body) if several else [(place, exchange.body)]
        assert status == 206
        assert all(any(it in piece for _, piece in sent) for it in slices)
        assert sent == [(where, placed(where)) for where, _ in sent]
        assert sum(len(it) for _, it in sent) <= min(len(DATA), sum(map(len, slices)))
    assert blob.closed.is_set() == bool(blob.opened)


CONDITIONS = st.dictionaries(
    st.sampled_from([b"range", b"if-range", b"if-match", b"if-none-match", b"if-modified-since"]),
    st.sampled_from(
        [
            b"bytes=0-1",
            b"bytes=0-1,5-6",
            b"bytes=0-99999999",
            b"bytes=99999999-",
            b"bytes=x",
            b"*",
            b'"x"',
            LAST_MODIFIED.encode(),
            f'"{hashlib.sha256(DATA).hexdigest()}"'.encode(),
        ]
    ),
)


@settings(deadline=None, max_examples=200)
@given(headers=CONDITIONS)
def test_head_says_what_get_says_and_opens_nothing(
    stored: Path, headers: dict[bytes, bytes]
) -> None:
    unopened = FileBlob(stored, len(DATA))
    head = asked(servable(unopened, DATA), "HEAD", list(headers.items()))
    blob = FileBlob(stored, len(DATA))
    get = asked(servable(blob, DATA), "GET", list(headers.items()))
    assert head.head == get.head
    assert (head.body, unopened.opened) == (b"", 0)
    status, named = get.head
    assert blob.opened == (status in (200, 206))
    assert len(get.body) == int(named.get(b"content-length", 0))
    assert [it["more_body"] for it in get.messages[1:]][-1] is False


def test_a_small_body_leaves_in_one_message(stored: Path) -> None:
    exchange = asked(servable(FileBlob(stored, len(DATA)), DATA), headers=[(b"range", b"bytes=-9")])
    assert [it["type"] for it in exchange.messages] == [
        "http.response.start",
        "http.response.body",
    ]


def test_bytes_that_cannot_be_had_are_refused_before_the_head(stored: Path) -> None:
    async def missing() -> FileBlob:
        raise NotFound("gone")

    sent: list[Message] = []
    failing = FileBlob(stored, len(DATA), fails_at=0)
    for media, error in [
        (servable(failing, open=missing), NotFound),
        (servable(failing), StorageFailed),
    ]:
        with pytest.raises(error):
            asked(media, send=sent.append)
    assert sent == []
    assert failing.closed.is_set()


def test_a_disk_that_fails_half_way_never_ends_the_body(stored: Path) -> None:
    blob, sent = FileBlob(stored, len(DATA), fails_at=CHUNK), list[Message]()
    with pytest.raises(StorageFailed):
        asked(servable(blob), send=sent.append)
    assert [it["more_body"] for it in sent[1:]] == [True]
    assert blob.closed.is_set()


def sparse(folder: Path) -> FileBlob:
    path = folder / "sparse"
    with path.open("wb") as file:
        file.truncate(GIB)
    return FileBlob(path, GIB)


def test_a_hang_up_is_noticed_where_sending_does_not_tell(tmp_path: Path) -> None:
    arriving = iter(["http.request", "http.disconnect"])

    async def receive() -> Message:
        return {"type": next(arriving)}

    blob = sparse(tmp_path)
    asked(servable(blob), receive=receive)
    assert sum(blob.lengths) <= 4 * CHUNK
    assert blob.closed.is_set()


def test_a_send_that_fails_ends_the_reading(tmp_path: Path) -> None:
    def refuse(message: Message) -> None:
        if message.get("body"):
            raise BrokenPipeError

    blob = sparse(tmp_path)
    with pytest.raises(BrokenPipeError):
        asked(servable(blob), send=refuse)
    assert blob.lengths == [CHUNK]
    assert blob.closed.is_set()
