"""How long a URL of a store lives."""

from datetime import UTC, datetime, timedelta

import pytest

from dictabelt.core.errands import errand_seconds

NOW = datetime(2026, 3, 3, 9, 0, 0, 700_000, UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("until", "lasting", "seconds"),
    [
        (None, None, 3600),
        (DAY, None, 3600),
        (DAY, timedelta(minutes=10), 600),
        (timedelta(seconds=30), timedelta(minutes=10), 30),
        (timedelta(), None, 0),
        (DAY, timedelta(), 0),
    ],
)
def test_it_ends_with_whatever_ends_first(
    until: timedelta | None, lasting: timedelta | None, seconds: int
) -> None:
    end = None if until is None else NOW + until
    assert errand_seconds(NOW, until=end, lasting=lasting) == seconds
