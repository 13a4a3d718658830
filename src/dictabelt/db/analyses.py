"""Analyses as rows, and the findings by which recordings are searched."""

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from dictabelt.core.analysis import Analysis
from dictabelt.core.damage import Damage
from dictabelt.core.findings import Findings
from dictabelt.core.ids import AccountId, MediaId, RecordingId
from dictabelt.db.analysis_tables import analyses, findings
from dictabelt.db.query import Query, Row, Runner, Values, insertion
from dictabelt.db.tables import recordings
from dictabelt.db.values import (
    optional,
    read_id,
    read_instant,
    write_id,
    write_instant,
    write_json,
)

_read_findings = msgspec.json.Decoder(Findings).decode
_OF_MEDIA = (analyses.c.account == bindparam("account"), analyses.c.media == bindparam("media"))

GET = Query(select(*analyses.c[1:]).where(*_OF_MEDIA), "account", "media")
ADD = insertion(analyses)
ADD_FINDING = Query.of(
    insert(findings).from_select(
        [column.name for column in findings.c],
        select(
            recordings.c.account,
            bindparam("finding", type_=findings.c.finding.type),
            recordings.c.id,
            bindparam("media", type_=findings.c.media.type),
            recordings.c.created_at,
        ).where(
            recordings.c.account == bindparam("account"),
            recordings.c.id == bindparam("recording"),
        ),
    )
)
FORGET = Query(delete(analyses).where(*_OF_MEDIA), "account", "media")
FORGET_FINDINGS = Query(
    delete(findings).where(
        findings.c.account == bindparam("account"), findings.c.media == bindparam("media")
    ),
    "account",
    "media",
)


def analysis_of(row: Row) -> Analysis:
    """The analysis that a row of `analyses` without its account tells of."""
    media, recording, made_at, analyser, found, peaks, fault, damage = row
    return Analysis(
        media=MediaId(read_id(media)),
        recording=RecordingId(read_id(recording)),
        made_at=read_instant(made_at),
        analyser=analyser,
        findings=optional(_read_findings, found),
        peaks=peaks,
        fault=fault,
        damage=optional(Damage, damage),
    )


def analysis_row(account: AccountId, it: Analysis) -> Values:
    """Reverses `analysis_of`; a whole row."""
    return (
        write_id(account),
        write_id(it.media),
        write_id(it.recording),
        write_instant(it.made_at),
        it.analyser,
        optional(write_json, it.findings),
        it.peaks,
        it.fault,
        optional(str, it.damage),
    )


class Analyses:
    """Analyses in one transaction."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, account: AccountId, media: MediaId) -> Analysis | None:
        rows = await self._runner.rows(GET, (write_id(account), write_id(media)))
        return analysis_of(rows[0]) if rows else None

    async def put(self, account: AccountId, it: Analysis) -> None:
        """In place of the one before. Raises Conflict when the media is not there."""
        await self.forget(account, it.media)
        await self._runner.touch(ADD, analysis_row(account, it))
        for name in it.findings.names if it.findings else ():
            row = (name.value, write_id(it.media), write_id(account), write_id(it.recording))
            await self._runner.touch(ADD_FINDING, row)

    async def forget(self, account: AccountId, media: MediaId) -> None:
        """That there is none is no error."""
        own = (write_id(account), write_id(media))
        await self._runner.touch(FORGET_FINDINGS, own)
        await self._runner.touch(FORGET, own)
