"""Recordings of schema 0007, and the classes that each belongs to from 0008 on."""

from itertools import product
from uuid import UUID

from dictabelt.core.nouns import Direction, State
from dictabelt.db import classes

OURS, CREATED = UUID(int=1), 1_700_000_000_000_000
_HOUR = classes.HOUR_US
_LAGS = [0, _HOUR, -_HOUR, _HOUR + 1, -_HOUR - 1, 40 * 24 * _HOUR, 2**53, -(2**53)]
STARTS = [None, *(CREATED - it for it in _LAGS), -1, 0, 86_399_999_999, 86_400_000_000]
DURATIONS = [None, 0, 999, 1000, 59_999, 60_000, 90_000, 3_600_000, 86_399_999, 2**40]
FACETS = list(product(State, (None, *Direction), (False, True)))
CLASSES = (
    "SELECT facet, length, started_day, started_month, started_era FROM recordings ORDER BY id"
)
_ACCOUNT = """
INSERT INTO accounts (id, name, created_at, media_public, delivery)
  VALUES ({account}, 'ours', 1, true, 'proxy');
"""
_RECORDING = """
INSERT INTO recordings (account, id, created_at, updated_at, source, origin, leg, state, direction,
    transcript, started_at, duration_ms, track, trim, transcription, extras, hold, source_id)
  VALUES ({account}, {id}, {created}, 7, 'call', 'upload', 'pstn', '{state}', {direction},
    {transcript}, {started}, {duration}, 'both', 'do_not_trim', false, '{{}}', false, {id});
"""


def inserts(written: str) -> str:
    """Statements that add them; ids are `written` with their 32 digits in it."""
    text = _ACCOUNT.format(account=written.format(OURS.hex))
    for n, (state, direction, transcribed) in enumerate(FACETS):
        text += _RECORDING.format(
            account=written.format(OURS.hex),
            id=written.format(UUID(int=n).hex),
            created=CREATED,
            state=state.value,
            direction="NULL" if direction is None else f"'{direction.value}'",
            transcript=written.format(OURS.hex) if transcribed else "NULL",
            started=_literal(STARTS[n % len(STARTS)]),
            duration=_literal(DURATIONS[n % len(DURATIONS)]),
        )
    return text


def expected() -> list[tuple[int | None, ...]]:
    """What a recording that is written now would have."""
    return [
        (
            classes.facet(state, direction, transcribed=transcribed),
            classes.length(DURATIONS[n % len(DURATIONS)]),
            *classes.started(CREATED, STARTS[n % len(STARTS)]),
        )
        for n, (state, direction, transcribed) in enumerate(FACETS)
    ]


def _literal(value: int | None) -> str:
    return "NULL" if value is None else str(value)
