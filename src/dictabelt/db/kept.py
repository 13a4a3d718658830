"""Rows that name bytes, walked in the order of media ids."""

from itertools import groupby

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, select

from dictabelt.core.damage import Damage
from dictabelt.core.ids import AccountId, MediaId, RecordingId
from dictabelt.core.kept import Holding, Named, Part
from dictabelt.core.media import Rendition
from dictabelt.db.analysis_tables import analyses
from dictabelt.db.query import Query, Row, Runner, aside
from dictabelt.db.recording_rows import MEDIA_COLUMNS, media_of
from dictabelt.db.renditions import rendition_of
from dictabelt.db.tables import media, recordings, renditions
from dictabelt.db.values import optional, read_id, write_id

_FIRST = bytes(16)
_ZERO: ColumnElement[int] = literal_column("0")

# The media of a deleted recording keep their rows, and name bytes no more.
_LIVE = and_(
    recordings.c.account == media.c.account,
    recordings.c.id == media.c.recording,
    aside(recordings.c.deleted_at).is_(None),
)
_FILES = select(media.c.recording, *MEDIA_COLUMNS).join(recordings, _LIVE)

PAGE = Query(
    _FILES.where(media.c.account == bindparam("account"), media.c.id > bindparam("after"))
    .order_by(media.c.id)
    .limit(bindparam("limit"))
    .offset(_ZERO),
    "account",
    "after",
    "limit",
)
ONE = Query(
    _FILES.where(media.c.account == bindparam("account"), media.c.id == bindparam("id")),
    "account",
    "id",
)
RENDITIONS = Query(
    select(*renditions.c[1:])
    .where(
        renditions.c.account == bindparam("account"),
        renditions.c.media >= bindparam("first"),
        renditions.c.media <= bindparam("last"),
    )
    .order_by(renditions.c.media, renditions.c.form),
    "account",
    "first",
    "last",
)
PEAKS = Query(
    select(analyses.c.media, analyses.c.peaks, analyses.c.damage).where(
        analyses.c.account == bindparam("account"),
        analyses.c.media >= bindparam("first"),
        analyses.c.media <= bindparam("last"),
        analyses.c.peaks.is_not(None),
    ),
    "account",
    "first",
    "last",
)


class Kept:
    """All that names bytes, in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def page(self, account: AccountId, limit: int, after: MediaId | None) -> list[Holding]:
        """At most `limit`, by media id, those behind `after`; none of deleted recordings."""
        place = _FIRST if after is None else write_id(after)
        rows = await self._runner.search(PAGE, (write_id(account), place, limit))
        return await self._whole(account, rows)

    async def of(self, account: AccountId, media: MediaId) -> Holding | None:
        """What is there of one media now."""
        rows = await self._runner.rows(ONE, (write_id(account), write_id(media)))
        found = await self._whole(account, rows)
        return found[0] if found else None

    async def _whole(self, account: AccountId, rows: list[Row]) -> list[Holding]:
        if not rows:
            return []
        span = (write_id(account), rows[0][1], rows[-1][1])
        made = [rendition_of(it) for it in await self._runner.search(RENDITIONS, span)]
        forms = {id: tuple(group) for id, group in groupby(made, key=_of)}
        drawn = await self._runner.search(PEAKS, span)
        peaks = {MediaId(read_id(it)): _peaks(key, mark) for it, key, mark in drawn}
        holdings = []
        for recording, *columns in rows:
            it = media_of(tuple(columns))
            id = RecordingId(read_id(recording))
            holdings.append(Holding(account, id, it, forms.get(it.id, ()), peaks.get(it.id)))
        return holdings


def _peaks(key: str, mark: str | None) -> Named:
    return Named(Part.PEAKS, key, damage=optional(Damage, mark))


def _of(it: Rendition) -> MediaId:
    return it.media
