"""What the queries ask for: recordings of a vault, old ones as often as new ones."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from bench.plausible import END, SPAN
from bench.population import HUGE, LOPSIDED
from dictabelt.core.ids import AccountId
from dictabelt.core.nouns import Account, Recording
from dictabelt.core.ports import Database, Reading
from dictabelt.core.search import Search, Window

COUNT = 300


@dataclass(frozen=True, slots=True)
class Samples:
    """Of the huge account `recordings`, each of a call of its own; `everybodys` are of any.

    `imported` are of the lopsided one, whose recordings were made long before they were created.
    """

    huge: AccountId
    lopsided: AccountId
    recordings: tuple[Recording, ...]
    everybodys: tuple[Recording, ...]
    imported: tuple[Recording, ...]


async def drawn(database: Database, seed: int = 1) -> Samples:
    """The same for the same vault."""
    random = Random(seed)  # noqa: S311
    async with database.read() as tx:
        them = {it.name: it for it in await tx.accounts.all()}
        huge, lopsided = (them[f"account-{at}"].id for at in (HUGE, LOPSIDED))
        everybody = [
            *await _of(tx, [huge] * (COUNT // 2), random=random),
            *await _of(tx, [_any(random, them).id for _ in range(COUNT)], random=random),
        ]
        own = await _of(tx, [huge] * COUNT, random=random)
        imported = await _of(tx, [lopsided] * COUNT, random=random)
    called = [it for it in own if it.call is not None]
    random.shuffle(everybody)
    return Samples(huge, lopsided, tuple(called), tuple(everybody), tuple(imported))


def _any(random: Random, accounts: dict[str, Account]) -> Account:
    return random.choice(list(accounts.values()))


async def _of(tx: Reading, accounts: list[AccountId], *, random: Random) -> list[Recording]:
    """One of each of these accounts, where it has any before some instant."""
    found: list[Recording] = []
    for account in accounts:
        search = Search(created_before=END - timedelta(seconds=random.random() * SPAN))
        page = await tx.recordings.find(account, search, Window(1))
        found += page.items
    return found
