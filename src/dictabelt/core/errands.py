"""How long a URL lives by which a client is sent to a store."""

from datetime import datetime, timedelta
from typing import Final

LONGEST: Final = timedelta(hours=1)
"""The vault cannot take such a URL back; a player may use it for all of a recording."""


def errand_seconds(now: datetime, until: datetime | None, lasting: timedelta | None = None) -> int:
    """Whole seconds from `now` without its microseconds on: no longer than the link that ends at
    `until`, than `lasting`, how long the credentials are good for, and than an hour. 0 or less
    where it would live for no second.
    """
    left = LONGEST if until is None else until - now.replace(microsecond=0)
    return int(min(left, LONGEST, lasting or LONGEST).total_seconds())
