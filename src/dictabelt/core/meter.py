"""Requests counted by the minute, refused beyond a limit; in memory, for one process."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dictabelt.core.errors import TooBusy
from dictabelt.core.ids import AccountId

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests a minute, out of which bucket."""

    bucket: str
    a_minute: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What is left of an allowance until it is whole again."""

    limit: int
    remaining: int
    resets_at: datetime


def untouched(it: Allowance, now: datetime) -> Spent:
    """A whole allowance, as somebody who never asked has it."""
    return Spent(it.a_minute, it.a_minute, now + _MINUTE)


class Exhausted(TooBusy):
    """The allowance of this minute is spent."""

    def __init__(self, spent: Spent, *, retry_after: int) -> None:
        super().__init__(f"more than {spent.limit} requests a minute", retry_after=retry_after)
        self.spent = spent


class Meter:
    """Fixed windows of a minute, which begin with an account's first request in one."""

    def __init__(self) -> None:
        self._windows: dict[tuple[AccountId, str], tuple[datetime, int]] = {}

    def spend(self, account: AccountId, it: Allowance, now: datetime) -> Spent:
        """One request more. Raises Exhausted, which says when to come back."""
        began, used = self._windows.get((account, it.bucket), (now, 0))
        if not timedelta(0) <= now - began < _MINUTE:
            began, used = now, 0
        resets = began + _MINUTE
        spent = Spent(it.a_minute, max(0, it.a_minute - used - 1), resets)
        if used >= it.a_minute:
            wait = -((now - resets) // timedelta(seconds=1))
            raise Exhausted(spent, retry_after=max(1, wait))
        self._windows[account, it.bucket] = (began, used + 1)
        return spent
