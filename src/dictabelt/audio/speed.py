"""Tells from its length that a recording says the wrong sampling rate and plays too fast or slow.

Only the length tells. Pitch does not (a man twice as fast is a woman), nor does the upper edge
of the telephone band (wideband calls have none, and telephone calls in wideband files have it
where a slow one would).
"""

SLOW_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
"""What a recording that is longer than its call may have been sampled at."""

FAST_RATES = (8_000, 16_000)
"""What one that is shorter may have been: the rates of telephones only, see `true_rate`."""

_SHORTEST = 20.0
_MOST_SECONDS = 1.0
_SLOW_SLACK, _FAST_SLACK = 0.02, 0.005


def true_rate(rate: int, seconds: float, *, expected: float | None) -> int | None:
    """The rate at which a recording of `seconds` would last as expected; None if `rate` will do.

    The rates must be a third apart, the call 20 s long, the match within a second and 2 %, or
    0.5 % for a recording that is too short: many miss part of their call. Half of a call at
    8 kHz is no finding, as nobody samples at 4 kHz.
    """
    if expected is None or expected < _SHORTEST:
        return None
    slow = seconds > expected
    slack = min(_MOST_SECONDS, expected * (_SLOW_SLACK if slow else _FAST_SLACK))
    for other in SLOW_RATES if slow else FAST_RATES:
        apart = max(rate, other) * 3 >= min(rate, other) * 4
        if apart and abs(seconds * rate / other - expected) <= slack:
            return other
    return None
