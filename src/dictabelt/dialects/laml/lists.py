"""Lists: what a query of recordings, or of transcriptions, asks for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dictabelt.core.errors import Invalid
from dictabelt.core.ids import RecordingId
from dictabelt.core.recordings import ANYWHERE, Within
from dictabelt.core.search import Search, TranscriptSearch
from dictabelt.dialects.laml import dates
from dictabelt.dialects.laml.flavour import CALL, CONFERENCE, Flavour
from dictabelt.dialects.laml.paging import RECORDINGS, TRANSCRIPTIONS, Turn, turn
from dictabelt.dialects.laml.parameters import Parameters

DATES = ("DateCreated", "DateCreated<", "DateCreated>")
LETTERS: Final = {"CallSid": CALL, "ConferenceSid": CONFERENCE}
DELETED_TOO: Final = "IncludeSoftDeleted"
YES_OR_NO: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Recordings to find; `deleted` when those that were deleted are wanted too."""

    search: Search
    turn: Turn
    deleted: bool = False


def recordings(it: Parameters, speaks: Flavour, *, within: Within) -> Wanted:
    """The recordings of the account, or of a call or conference. Raises Invalid."""
    since, before = created(it, speaks)
    own, deleted = within, False
    names: tuple[str, ...] = DATES
    if within == ANYWHERE:
        names = (*DATES, *LETTERS)
        own = Within(_sid(it, "CallSid", speaks=speaks), _sid(it, "ConferenceSid", speaks=speaks))
        if speaks.kept_deleted is not None:
            names = (*names, DELETED_TOO)
            deleted = it.word(DELETED_TOO, YES_OR_NO, default=False)
    search = Search(
        created_from=since, created_before=before, call=own.call, conference=own.conference
    )
    return Wanted(search, turn(it, speaks, kind=RECORDINGS, names=names), deleted)


def transcriptions(
    it: Parameters, speaks: Flavour, *, recording: RecordingId | None
) -> tuple[TranscriptSearch, Turn]:
    """The transcriptions of the account, or of one recording. Raises Invalid."""
    since, before = created(it, speaks)
    search = TranscriptSearch(recording, created_from=since, created_before=before)
    return search, turn(it, speaks, kind=TRANSCRIPTIONS, names=DATES)


def created(it: Parameters, speaks: Flavour) -> tuple[datetime | None, datetime | None]:
    """From when (inclusive) to before when; a date without an operator is its whole UTC day.

    The operator is part of the name, so that `DateCreated>=2024-01-01`, as
    people write it, is the name `DateCreated>`. Raises Invalid.
    """
    since, before = [], []
    on, until, after = (it.one(name) for name in DATES)
    if on is not None:
        start, end = dates.day(on, field=DATES[0])
        since.append(start)
        before.append(end)
    if until is not None:
        before.append(dates.later(dates.moment(until, field=DATES[1]), speaks.before))
    if after is not None:
        since.append(dates.moment(after, field=DATES[2]))
    return max(since, default=None), min(before, default=None)


def _sid(it: Parameters, name: str, *, speaks: Flavour) -> UUID | None:
    text = it.one(name)
    if text is None:
        return None
    id = speaks.read(LETTERS[name], text)
    if id is None:
        raise Invalid(f"{name} is no Sid", field=name)
    return id
