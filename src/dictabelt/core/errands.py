"""How long a URL lives by which a client is sent to a store."""

from datetime import datetime, timedelta
from typing import Final

LONGEST: Final = timedelta(hours=1)
"""The vault cannot take such a URL back; a player may use it for all of a recording."""


def errand_seconds(
    now: datetime, *, until: datetime | None, lasting: timedelta | None = None
) -> int:
    """Whole seconds from `now` without its microseconds on; 0 or less for none.

    An hour at most; not past `until`, the end of the link, nor for longer than `lasting`, how
    long the credentials are good for. None of these is no bound.
    """
    left = LONGEST if until is None else until - now.replace(microsecond=0)
    return int(min(left, LONGEST, LONGEST if lasting is None else lasting).total_seconds())
