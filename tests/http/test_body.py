"""Bodies that must fit into memory: all of them, or a refusal before the rest is read."""

from collections.abc import Iterable

import pytest
from starlette.requests import Request
from starlette.types import Message

from dictabelt.core.errors import Invalid
from dictabelt.http.body import LARGEST, small_body


def sending(pieces: Iterable[bytes]) -> Request:
    """A request whose body comes in pieces."""
    left = iter(pieces)

    async def receive() -> Message:
        piece = next(left, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


@pytest.mark.parametrize("pieces", [[], [b""], [b"a", b"", b"bc"], [b"x" * LARGEST]])
async def test_a_small_body_comes_whole(pieces: list[bytes]) -> None:
    assert await small_body(sending(pieces)) == b"".join(pieces)


async def test_a_byte_too_many_is_refused_and_the_rest_is_left_unread() -> None:
    endless = iter(lambda: b"x" * 1_000, None)
    with pytest.raises(Invalid) as caught:
        await small_body(sending(endless))
    assert caught.value.field == "body"
    with pytest.raises(Invalid):
        await small_body(sending([b"x" * LARGEST, b"y"]))
