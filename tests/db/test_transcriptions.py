"""Transcriptions in a real database: found, changed, and forgotten but for their place."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from db.samples import keep, minutes, recording, transcription
from dictabelt.core.errors import Conflict, NotFound
from dictabelt.core.ids import AccountId
from dictabelt.core.ports import Database
from dictabelt.core.search import Page, TranscriptSearch, Window
from dictabelt.core.transcript import Segment, Transcription, TranscriptState
from dictabelt.db.newest import statement
from dictabelt.db.search_queries import First

ALL = TranscriptSearch()
NOTHING: Page[Transcription] = Page((), more=False)


async def test_put_changes_everything_but_the_instant_of_creation(
    database: Database, ours: AccountId
) -> None:
    heard = recording(ours)
    await keep(database, heard)
    before, other = transcription(heard), transcription(heard)
    after = replace(
        before,
        state=TranscriptState.AVAILABLE,
        locale="de",
        updated_at=minutes(1),
        text="Hallo",
        segments=(Segment(0, 10, "Hallo", 1, "a"),),
        summary="s",
        duration_ms=10,
        channels=1,
        price="0.05",
        price_unit="USD",
        error="e",
    )
    async with database.write() as tx:
        await tx.transcriptions.add(ours, before)
        await tx.transcriptions.add(ours, other)
        await tx.transcriptions.put(ours, replace(after, created_at=minutes(9)))
    async with database.read() as view:
        assert await view.transcriptions.get(ours, before.id) == after
        assert await view.transcriptions.get(ours, other.id) == other


async def test_a_rivals_transcription_is_not_there(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    heard = recording(theirs)
    await keep(database, heard)
    foreign = transcription(heard)
    async with database.write() as tx:
        await tx.transcriptions.add(theirs, foreign)
        await tx.transcriptions.forget(ours, foreign.id)
        await tx.transcriptions.forget_of(ours, heard.id)
        with pytest.raises(NotFound):
            await tx.transcriptions.put(ours, replace(foreign, account=ours))
        with pytest.raises(ValueError, match="another account"):
            await tx.transcriptions.add(ours, foreign)
    with pytest.raises(Conflict):
        async with database.write() as tx:
            await tx.transcriptions.add(ours, replace(foreign, account=ours))
    async with database.read() as view:
        assert await view.transcriptions.get(ours, foreign.id) is None
        assert await view.transcriptions.find(ours, ALL, Window(9)) == NOTHING
        for window in (Window(9, behind=foreign.id), Window(9, ahead=uuid4())):
            assert await view.transcriptions.find(ours, ALL, window) == NOTHING
        assert await view.transcriptions.get(theirs, foreign.id) == foreign


async def test_pages_run_newest_first_in_both_directions(
    database: Database, ours: AccountId, theirs: AccountId
) -> None:
    heard, elsewhere, foreign = recording(ours), recording(ours), recording(theirs)
    await keep(database, heard, elsewhere, foreign)
    # two to an instant, so that ids decide
    them = [transcription(heard, created_at=minutes(n // 2)) for n in range(6)]
    other = transcription(elsewhere, created_at=minutes(1))
    async with database.write() as tx:
        for it in (*them, other, transcription(foreign)):
            await tx.transcriptions.add(it.account, it)
    a, b, c, d, e, f = sorted(them, key=lambda it: (it.created_at, it.id.int), reverse=True)
    own = TranscriptSearch(recording=heard.id)
    early = replace(own, created_before=minutes(2))
    from_one = replace(own, created_from=minutes(1))
    async with database.read() as view:
        for search, window, found, more in [
            (own, Window(4), (a, b, c, d), True),
            (own, Window(6), (a, b, c, d, e, f), False),
            (own, Window(2, behind=b.id), (c, d), True),
            (own, Window(2, behind=d.id), (e, f), False),
            (own, Window(2, ahead=e.id), (c, d), True),
            (own, Window(4, ahead=e.id), (a, b, c, d), False),
            (own, Window(9, behind=a.id, ahead=e.id), (b, c, d), False),
            (own, Window(2, skip=3), (d, e), True),
            (early, Window(9), (c, d, e, f), False),
            (early, Window(9, behind=d.id), (e, f), False),
            (early, Window(9, behind=a.id), (c, d, e, f), False),
            (from_one, Window(9), (a, b, c, d), False),
            (from_one, Window(9, ahead=f.id), (a, b, c, d), False),
        ]:
            page = await view.transcriptions.find(ours, search, window)
            assert page == Page(found, more)
        assert len((await view.transcriptions.find(ours, ALL, Window(9))).items) == 7


async def test_who_deletes_what_he_lists_comes_to_the_end(
    database: Database, ours: AccountId
) -> None:
    heard = recording(ours)
    await keep(database, heard)
    async with database.write() as tx:
        for n in range(7):
            await tx.transcriptions.add(ours, transcription(heard, created_at=minutes(n)))
    seen, window = 0, Window(3)
    for _ in range(3):
        async with database.write() as tx:
            page = await tx.transcriptions.find(ours, ALL, window)
            for it in page.items:
                await tx.transcriptions.forget(ours, it.id)
        seen += len(page.items)
        window = Window(3, behind=page.items[-1].id)
    assert seen == 7
    async with database.read() as view:
        assert await view.transcriptions.find(ours, ALL, Window(9)) == NOTHING


async def test_of_a_forgotten_one_nothing_is_left_but_its_place(
    database: Database, path: Path, ours: AccountId
) -> None:
    heard, elsewhere = recording(ours), recording(ours)
    await keep(database, heard, elsewhere)
    more = {"text": "t", "summary": "s", "error": "e", "price": "1", "price_unit": "USD"}
    them = [
        transcription(heard, segments=(Segment(0, 1, "t"),), duration_ms=1, channels=1, **more)
        for _ in range(2)
    ]
    other = transcription(elsewhere, text="stays")
    async with database.write() as tx:
        for it in (*them, other):
            await tx.transcriptions.add(ours, it)
        await tx.transcriptions.forget(ours, them[0].id)
        await tx.transcriptions.forget(ours, them[0].id)
        await tx.transcriptions.forget_of(ours, heard.id)
        with pytest.raises(NotFound):
            await tx.transcriptions.put(ours, them[0])
    async with database.read() as view:
        assert await view.transcriptions.get(ours, them[1].id) is None
        assert (await view.transcriptions.find(ours, ALL, Window(9))).items == (other,)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT locale, text, segments, summary, duration_ms, channels, price, price_unit,"
            " error FROM transcriptions WHERE recording = ?",
            (heard.id.bytes,),
        ).fetchall()
    assert rows == [("", None, "[]", *[None] * 6)] * 2


@pytest.mark.parametrize("table", ["events", "transcriptions"])
@pytest.mark.parametrize("begin", First)
@pytest.mark.parametrize("of", ["", "recording"])
@pytest.mark.parametrize(("edge", "sign"), [("after", ">"), ("before", "<")])
def test_a_page_starts_at_its_edge_in_an_index_and_sorts_nothing(
    path: Path, *, table: str, begin: First, of: str, edge: str, sign: str
) -> None:
    query = statement(table, frozenset({*of.split(), edge, f"{edge}_id"}), begin=begin)
    with closing(sqlite3.connect(path)) as connection:
        text = f"EXPLAIN QUERY PLAN {query.sqlite}"
        [step] = [row[3] for row in connection.execute(text, (None,) * len(query.names))]
    recorded = "recording=? AND " if of else ""
    index = f"ix_{table}_{of or 'newest'}"
    place = f"(created_at,id){sign}(?,?)"
    assert step == f"SEARCH {table} USING INDEX {index} (account=? AND {recorded}{place})"
