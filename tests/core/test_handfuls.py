"""Things taken a few at a time."""

from collections.abc import AsyncIterator

from dictabelt.core.handfuls import AT_ONCE, handfuls


async def of(count: int) -> AsyncIterator[int]:
    for it in range(count):
        yield it


async def test_all_come_once_in_their_order_and_never_too_many() -> None:
    some = [it async for it in handfuls(of(20), str)]
    assert [one for it in some for one in it] == list(range(20))
    assert [len(it) for it in some] == [AT_ONCE, AT_ONCE, 20 - 2 * AT_ONCE]


async def test_what_has_the_same_sign_comes_one_after_the_other() -> None:
    assert [it async for it in handfuls(of(5), lambda it: it // 2)] == [[0], [1, 2], [3, 4]]


async def test_of_nothing_there_is_none() -> None:
    assert [it async for it in handfuls(of(0), str)] == []
