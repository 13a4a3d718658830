"""Making a database file, and bringing an old one up to date."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from dictabelt.core.errors import StorageFailed
from dictabelt.db.engine import connect
from dictabelt.db.migrations.run import config, migrate
from dictabelt.db.schema import HEAD, upgrade
from dictabelt.db.sqlite import SqliteDatabase
from dictabelt.db.tables import metadata

DEADLINE = 60


def shape(path: Path) -> dict[str, str]:
    """Every table and index by name, as SQL without the accidents of its layout."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        parts = {name: sorted(" ".join(sql.split()).split(", ")) for name, sql in found}
    return {name: ", ".join(it) for name, it in parts.items() if name != "alembic_version"}


def test_a_migrated_database_is_the_same_as_a_fresh_one(tmp_path: Path) -> None:
    migrated, fresh = tmp_path / "migrated.db", tmp_path / "fresh.db"
    upgrade(migrated)
    engine = create_engine(f"sqlite:///{fresh}")
    metadata.create_all(engine)
    engine.dispose()
    assert shape(migrated) == shape(fresh)
    assert "recordings" in shape(migrated)


def test_alembic_finds_no_difference_to_the_tables(tmp_path: Path) -> None:
    upgrade(tmp_path / "vault.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'vault.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [HEAD]


def test_a_database_that_is_up_to_date_costs_no_import_of_alembic(tmp_path: Path) -> None:
    path = tmp_path / "100% of calls.db"
    upgrade(path)
    code = (
        "import sys; from pathlib import Path; from dictabelt.db.schema import upgrade;"
        "upgrade(Path(sys.argv[1])); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=DEADLINE)


def test_processes_that_start_together_make_one_database(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    code = (
        "import sys; from pathlib import Path; from dictabelt.db.schema import upgrade;"
        "upgrade(Path(sys.argv[1]))"
    )
    line = [sys.executable, "-c", code, str(path)]
    started = [subprocess.Popen(line) for _ in range(3)]
    assert [it.wait(DEADLINE) for it in started] == [0, 0, 0]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [(HEAD,)]


def test_a_migration_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA max_page_count = 8")
        with pytest.raises(StorageFailed, match="full"):
            migrate(connection)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    upgrade(path)


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StorageFailed, match=r"vault\.db: a newer Dictabelt.* install that version"):
        SqliteDatabase.open(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "songs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StorageFailed, match="choose another path"):
        SqliteDatabase.open(path)
    assert list(shape(path)) == ["songs"]


@pytest.mark.parametrize("wrong", ["no such folder", "a folder", "a text"])
def test_a_path_where_no_database_can_be_is_named_with_the_fix(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "vault.db"
    if wrong == "no such folder":
        path = tmp_path / "missing" / "vault.db"
    elif wrong == "a folder":
        path.mkdir()
    else:
        path.write_text("dear diary, " * 100)
    with pytest.raises(StorageFailed, match=r"vault\.db: .*; (check|choose)"):
        SqliteDatabase.open(path)


def test_what_came_before_there_were_analyses_is_listened_to(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    upgrade(path)
    heard, picture = uuid4(), uuid4()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = off")
        connection.execute(
            "INSERT INTO accounts (id, name, created_at, media_public, delivery)"
            " VALUES (?, 'Ours', 0, 1, 'proxy')",
            (OWNER.bytes,),
        )
        for id, signal in ((heard, "{}"), (picture, None)):
            connection.execute(
                "INSERT INTO media (account, recording, position, id, created_at, kind,"
                " content_type, state, signal) VALUES (?, ?, 0, ?, 0, 'audio', '', '', ?)",
                (OWNER.bytes, id.bytes, id.bytes, signal),
            )
        back_to_0003(connection)
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        [(kind, payload)] = connection.execute("SELECT kind, payload FROM jobs").fetchall()
    told = {name: UUID(text) for name, text in json.loads(payload).items()}
    assert (kind, told) == ("analyse", {"recording": heard, "media": heard})


OWNER = uuid4()


def back_to_0003(connection: sqlite3.Connection) -> None:
    """Takes away what revision 0004 brought."""
    for line in (
        "DROP INDEX ix_jobs_held",
        "ALTER TABLE jobs DROP COLUMN held",
        "DROP TABLE analyses",
        "DROP TABLE findings",
        "ALTER TABLE recordings DROP COLUMN speakers",
        "ALTER TABLE media DROP COLUMN packed",
        "ALTER TABLE accounts DROP COLUMN packing",
        "UPDATE alembic_version SET version_num = '0003'",
    ):
        connection.execute(line)
    connection.commit()
