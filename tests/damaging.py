"""Damage to what an open vault keeps, and the check that finds it."""

from collections.abc import Callable
from contextlib import closing

from assembly import Assembly, engine
from dictabelt.cli.progress import Tally
from dictabelt.core.checking import Survey
from dictabelt.core.damage import Finding, Outcome, Recovery
from dictabelt.core.portion import Share
from dictabelt.core.premises import Premises
from dictabelt.core.quarantine import Quarantine
from dictabelt.db.ledger import SqliteLedger

READ = Share(1)


def flipped(data: bytes) -> bytes:
    """One bit in the middle of it is another."""
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def shortened(data: bytes) -> bytes:
    return data[:-1]


Spoil = Callable[[bytes], bytes]


async def checked(here: Assembly, subset: Share | None = READ) -> list[Outcome]:
    """What a check found; it is marked, or no more."""
    at = Premises(here.db, await here.database(), here.blobs, engine(), b"", SqliteLedger)
    quarantine, seen = Quarantine(here.db), []
    with closing(at.ledger()) as ledger:
        async for it in Survey(at, ledger).findings(subset, Tally()):
            seen.append(it)
            if isinstance(it, Finding):
                await quarantine.mark(it)
            if isinstance(it, Recovery):
                await quarantine.lift(it)
    return seen
