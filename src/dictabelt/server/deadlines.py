"""How long a client may take over each part of a conversation, and what is too large; pure."""

from dataclasses import dataclass
from enum import Enum
from math import inf

LARGEST_HEAD = 32 * 1024
"""Bytes of request line and headers together."""
MOST_HEADERS = 100
LONGEST_TARGET = 8 * 1024
"""Bytes of a request's path and query."""
LEAST_RATE = 128
"""Bytes a second of a body, on average; a telephone modem sends thirty times that."""


class Phase(Enum):
    """What a connection waits for."""

    HEAD = "request headers"
    BODY = "a request body"
    REST = "the rest of a body that was refused"
    ANSWER = "our answer"
    IDLE = "another request"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds without progress after which a client is let go; connections held at once.

    The head of a request must be whole within `header`, however it trickles,
    and what is left of a body that has its answer within `body`.
    `write` is long because a receiver's kernel opens its window in steps of a
    sixteenth of a buffer of up to 6 MB, and a player of 32 kbit/s takes 96 s
    for one.
    """

    header: float = 10
    body: float = 30
    write: float = 120
    idle: float = 75
    connections: int = 2_000

    def of(self, phase: Phase) -> float:
        """Seconds that a phase may last without progress; our own answer has no end."""
        return {
            Phase.HEAD: self.header,
            Phase.BODY: self.body,
            Phase.REST: self.body,
            Phase.IDLE: self.idle,
        }.get(phase, inf)

    @property
    def look(self) -> float:
        """Seconds between two looks at every connection."""
        return min(1.0, self.header / 4, self.body / 4, self.write / 4, self.idle / 4)

    def crawls(self, received: int, waited: float) -> bool:
        """Whether a body of which so much came in that time is too slow, however steady."""
        return waited > self.body and received < waited * LEAST_RATE
