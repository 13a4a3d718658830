"""The meter: so many a minute, an account and a bucket at a time."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dictabelt.core.access import mint_account_id
from dictabelt.core.meter import Allowance, Exhausted, Meter, untouched

NOON = datetime(2026, 3, 3, 12, 0, 0, 250_000, UTC)
SECOND = timedelta(seconds=1)
OURS, THEIRS = mint_account_id(uuid4()), mint_account_id(uuid4())
TWO = Allowance("general", 2)


def test_an_allowance_is_spent_and_whole_again_after_a_minute() -> None:
    meter = Meter()
    assert [meter.spend(OURS, TWO, NOON + it * SECOND).remaining for it in (0, 30)] == [1, 0]
    with pytest.raises(Exhausted) as refused:
        meter.spend(OURS, TWO, NOON + 59 * SECOND)
    assert refused.value.retry_after == 1
    assert refused.value.spent.resets_at == NOON + timedelta(minutes=1)
    assert meter.spend(OURS, TWO, NOON + 60 * SECOND).remaining == 1


def test_a_refused_request_costs_nothing() -> None:
    meter = Meter()
    for _ in range(2):
        meter.spend(OURS, TWO, NOON)
    for _ in range(5):
        with pytest.raises(Exhausted):
            meter.spend(OURS, TWO, NOON)
    assert meter.spend(OURS, TWO, NOON + timedelta(minutes=1)).remaining == 1


def test_accounts_and_buckets_are_counted_apart() -> None:
    meter = Meter()
    for _ in range(2):
        meter.spend(OURS, TWO, NOON)
    assert meter.spend(THEIRS, TWO, NOON).remaining == 1
    assert meter.spend(OURS, Allowance("uploads", 2), NOON).remaining == 1


def test_a_clock_that_goes_back_begins_anew() -> None:
    meter = Meter()
    for _ in range(2):
        meter.spend(OURS, TWO, NOON)
    assert meter.spend(OURS, TWO, NOON - SECOND).remaining == 1


def test_who_never_asked_has_all_of_it() -> None:
    assert untouched(TWO, NOON).remaining == 2
