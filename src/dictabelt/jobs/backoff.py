"""How long a job that failed waits for its next attempt."""

from datetime import timedelta

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=1)


def backoff(attempt: int) -> timedelta:
    """A second after the first attempt, twice as long after each other one, an hour at most."""
    doublings = min(attempt - 1, 12)
    return min(LONGEST, SHORTEST * (1 << doublings))
