"""How much a lane remembers, and of whom."""

from dataclasses import dataclass

from dictabelt.http.again import Made
from dictabelt.server.lane import Lane

GET = b"GET /%s HTTP/1.1\r\nHost: here\r\n\r\n"


@dataclass
class Kept:
    """Implements `Again`."""

    rested: list[str]

    def __call__(self, asked: tuple[int, int | None] | None) -> Made | None:
        del asked
        return Made(200, b"content-length: 5\r\n", b"again")

    def rest(self) -> None:
        self.rested.append("")


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    lane, rested = Lane(most=10), list[str]()
    tickets = [lane.ticket("here", GET % b"%d" % n) for n in range(50)]
    for it in tickets:
        assert it is not None
        assert [lane.is_wanted(it) for _ in range(3)] == [False, True, False]
        lane.keep(it, Kept(rested))
    known = [it for it in tickets if it is not None and lane.made(it) is not None]
    assert known == tickets[40:]
    assert len(rested) == 40
    assert [it is not None and lane.is_wanted(it) for it in tickets[:30]] == [False] * 30


def test_from_elsewhere_it_is_another() -> None:
    lane = Lane()
    mine, yours = lane.ticket("mine", GET % b""), lane.ticket("yours", GET % b"")
    assert mine is not None
    assert yours is not None
    lane.keep(mine, Kept([]))
    assert lane.made(mine) is not None
    assert lane.made(yours) is None
