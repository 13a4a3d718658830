"""Transcriptions as rows."""

from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column, null, select, update

from dictabelt.core.errors import NotFound
from dictabelt.core.ids import AccountId, RecordingId, TranscriptionId
from dictabelt.core.search import Page, TranscriptSearch, Window
from dictabelt.core.transcript import Transcription, TranscriptState
from dictabelt.db import newest
from dictabelt.db.event_tables import FORGOTTEN, transcriptions
from dictabelt.db.ownership import same_account
from dictabelt.db.query import Query, Row, Runner, Values, insertion
from dictabelt.db.values import (
    optional,
    read_id,
    read_instant,
    read_segments,
    write_id,
    write_instant,
    write_json,
)

_MUTABLE = [column.name for column in transcriptions.c[3:]]
_THERE = transcriptions.c.state != FORGOTTEN
_OWN = (
    transcriptions.c.account == bindparam("of_account"),
    transcriptions.c.id == bindparam("of_id"),
    _THERE,
)
_NOTHING: dict[str, ColumnElement[Any]] = {
    **{column.name: null() for column in transcriptions.c if column.nullable},
    "locale": literal_column("''"),
    "segments": literal_column("'[]'"),
    "state": FORGOTTEN,
}

GET = Query(select(transcriptions).where(*_OWN), "of_account", "of_id")
ADD = insertion(transcriptions)
CHANGE = Query(
    update(transcriptions).where(*_OWN).values({name: bindparam(name) for name in _MUTABLE}),
    *_MUTABLE,
    "of_account",
    "of_id",
)
FORGET = Query(update(transcriptions).where(*_OWN).values(_NOTHING), "of_account", "of_id")
FORGET_OF = Query(
    update(transcriptions)
    .where(
        transcriptions.c.account == bindparam("of_account"),
        transcriptions.c.recording == bindparam("of_recording"),
        _THERE,
    )
    .values(_NOTHING),
    "of_account",
    "of_recording",
)


def transcription_of(row: Row) -> Transcription:
    """The transcription that a row tells of."""
    (
        account, id, created_at, updated_at, recording, state, locale, text, segments, summary,
        duration_ms, channels, price, price_unit, error,
    ) = row  # fmt: skip
    return Transcription(
        id=TranscriptionId(read_id(id)),
        account=AccountId(read_id(account)),
        recording=RecordingId(read_id(recording)),
        state=TranscriptState(state),
        locale=locale,
        created_at=read_instant(created_at),
        updated_at=read_instant(updated_at),
        text=text,
        segments=read_segments(segments),
        summary=summary,
        duration_ms=duration_ms,
        channels=channels,
        price=price,
        price_unit=price_unit,
        error=error,
    )


def transcription_row(account: AccountId, it: Transcription) -> Values:
    """Reverses `transcription_of`."""
    return (
        write_id(account),
        write_id(it.id),
        write_instant(it.created_at),
        write_instant(it.updated_at),
        write_id(it.recording),
        it.state.value,
        it.locale,
        it.text,
        write_json(it.segments),
        it.summary,
        it.duration_ms,
        it.channels,
        it.price,
        it.price_unit,
        it.error,
    )


class Transcriptions:
    """Transcriptions in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, account: AccountId, id: TranscriptionId) -> Transcription | None:
        rows = await self._runner.rows(GET, (write_id(account), write_id(id)))
        return transcription_of(rows[0]) if rows else None

    async def find(
        self, account: AccountId, search: TranscriptSearch, window: Window
    ) -> Page[Transcription]:
        """Newest first."""
        conditions = {
            "recording": optional(write_id, search.recording),
            "created_from": optional(write_instant, search.created_from),
            "created_before": optional(write_instant, search.created_before),
        }
        return await newest.page(
            self._runner,
            account,
            table=transcriptions,
            given=(conditions, window),
            read=transcription_of,
        )

    async def add(self, account: AccountId, it: Transcription) -> None:
        """Raises Conflict when the id is taken, or there is no such recording."""
        same_account(account, it.account)
        await self._runner.touch(ADD, transcription_row(account, it))

    async def put(self, account: AccountId, it: Transcription) -> None:
        """Everything but the instant of creation. Raises NotFound."""
        same_account(account, it.account)
        own, id, _created_at, *mutable = transcription_row(account, it)
        if not await self._runner.touch(CHANGE, (*mutable, own, id)):
            raise NotFound("no such transcription")

    async def forget(self, account: AccountId, id: TranscriptionId) -> None:
        """All that it says; only its place among the others is left. A missing one is no error."""
        await self._runner.touch(FORGET, (write_id(account), write_id(id)))

    async def forget_of(self, account: AccountId, recording: RecordingId) -> None:
        """Those of a recording, as `forget` does."""
        await self._runner.touch(FORGET_OF, (write_id(account), write_id(recording)))
