"""Made-up vaults: whole, plausible, the same for the same number, and the product reads them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from bench import seed_rows
from bench.plausible import Source
from bench.plausible_rows import parts
from bench.population import RARE
from bench.scale_samples import drawn
from bench.scale_works import WORKS
from bench.sqlite_rows import SqliteVaults
from dictabelt.core.search import Page, Search, Window
from dictabelt.db.sqlite import SqliteDatabase

MANY = 3000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vaults = SqliteVaults(tmp_path_factory.mktemp("rows"))
    seed_rows.seed(vaults, MANY)
    return Path(vaults.place(MANY))


@pytest.fixture
def rows(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file)) as connection:
        yield connection


def test_every_recording_is_there_and_refers_to_what_is_there(rows: sqlite3.Connection) -> None:
    assert rows.execute("SELECT count(*) FROM recordings").fetchone() == (MANY,)
    assert rows.execute("PRAGMA foreign_key_check").fetchall() == []
    assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert rows.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_searches_use_is_the_same_as_what_it_follows_from(rows: sqlite3.Connection) -> None:
    wrong = """
        SELECT count(*)
        FROM recordings r LEFT JOIN calls c ON c.account = r.account AND c.id = r.call
        WHERE r.source_id IS NOT coalesce(r.call, r.conference)
           OR r.channel IS NOT c.channel
           OR r.caller_number IS NOT json_extract(c.caller, '$.number')
           OR r.callee_number IS NOT json_extract(c.callee, '$.number')
    """
    assert rows.execute(wrong).fetchone() == (0,)
    tagged = """
        SELECT count(*)
        FROM tags t JOIN recordings r ON r.account = t.account AND r.id = t.recording
        WHERE r.created_at <> t.created_at
          OR NOT EXISTS (SELECT 1 FROM json_each(r.tags) WHERE value = t.tag)
    """
    assert rows.execute(tagged).fetchone() == (0,)


def test_accounts_are_of_very_different_size(rows: sqlite3.Connection) -> None:
    query = "SELECT count(*) FROM recordings GROUP BY account ORDER BY 1 DESC"
    sizes = [size for (size,) in rows.execute(query)]
    assert 0.5 * MANY < sizes[0] < 0.7 * MANY
    assert sizes[-1] < 5
    assert len(sizes) > 100


def test_a_file_has_every_index_of_a_new_vault(tmp_path: Path, rows: sqlite3.Connection) -> None:
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    SqliteDatabase.open(tmp_path / "new.db")
    with closing(sqlite3.connect(tmp_path / "new.db")) as new:
        assert rows.execute(query).fetchall() == new.execute(query).fetchall()


def test_the_same_number_gives_the_same_rows() -> None:
    def first(count: int) -> list[object]:
        return [rows[:5] for _, rows in parts(Source(count))]

    assert first(500) == first(500)
    assert first(500) != first(501)


async def test_every_query_that_is_measured_finds_what_it_is_named_after(file: Path) -> None:
    database = SqliteDatabase.open(file)
    try:
        samples = await drawn(database)
        async with database.read() as tx:
            page = await tx.recordings.find(samples.huge, Search(tag=RARE.tag), Window(9))
            assert len(page.items) == RARE.count
            for work in WORKS:
                answers = [await ask(tx) for ask in islice(work.asks(samples), 9)]
                assert answers, work.name
                pages = [it for it in answers if isinstance(it, Page)]
                if work.name.endswith("rare"):
                    assert {len(it.items) for it in pages} == {RARE.count}, work.name
    finally:
        await database.close()


def test_the_command_says_how_fast_and_how_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seed_rows.main([seed_rows.FLAG, "200", str(tmp_path)]) == 0
    assert "200 recordings in" in capsys.readouterr().out
    assert [it.name for it in tmp_path.iterdir()] == ["rows-200.db"]
