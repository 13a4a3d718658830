"""`dictabelt restore`, cut off and said again, twice at once, over damage that was marked."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.running import DICTABELT, LONGEST, Command, Ran, clean, started
from dictabelt.db.postgresql.connecting import Reach
from postgres import Cluster
from vaulted import Folder, flip

Place = tuple[str, ...]
SETTINGS = "dictabelt.toml"


@pytest.fixture
def vault(call: str, tmp_path: Path) -> Folder:
    """One call of two seconds."""
    return Folder(tmp_path / "dictabelt-data")


@pytest.fixture
def safe(vault: Folder, command: Command, tmp_path: Path) -> Path:
    """A backup of it with one snapshot."""
    assert command("backup", "safe", "--with-secret").code == 0
    return tmp_path / "safe"


@pytest.fixture
def server(cluster: Cluster) -> Iterator[str]:
    """The URL of an empty database."""
    made = asyncio.run(cluster.make())
    yield made
    asyncio.run(cluster.drop(made))


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, server: str) -> Place:
    """Where rows are restored to."""
    return ("--database", "sqlite" if request.param == "file" else server)


@pytest.fixture
def back(tmp_path: Path) -> Path:
    made = tmp_path / "back"
    made.mkdir()
    return made


def restore(command: Command, *options: object) -> Ran:
    return command("restore", "safe", "--data", "back", "--json", *options)


def cut_off(command: Command, back: Path, place: Place) -> dict[str, str]:
    """A restore that ends once all rows are in, and what it leaves to go on with."""
    file = back / SETTINGS
    file.symlink_to("nowhere")  # where the settings are to be kept
    assert restore(command, *place).code == 4
    file.unlink()
    told: dict[str, str] = json.loads((back / "restore.json").read_bytes())
    return told


def is_whole(command: Command, call: str, folder: Path) -> None:
    line = ("get", call, "--data", folder, "-o", "it", "--force")
    assert command(*line).code == 0
    assert command("check", "--data", folder, "--read-data").code == 0
    assert not {it.name for it in folder.iterdir()} & {"restore.json", "restore.scratch"}


def test_one_restore_at_a_time_works_on_a_folder(
    command: Command, call: str, safe: Path, server: str, back: Path
) -> None:
    (back / SETTINGS).write_text(f'database = "{server}"\n')
    assert command("db", "upgrade", "--data", "back").code == 0
    with asyncio.Runner() as runner:
        held = runner.run(Reach(server).connect())
        runner.run(held.execute("BEGIN; LOCK TABLE accounts IN EXCLUSIVE MODE"))
        with started("restore", "safe", "--data", "back", folder=back.parent) as first:
            while first.poll() is None and not (back / "restore.scratch" / "database").exists():
                pass
            refused = restore(command)
            assert first.poll() is None
            runner.run(held.execute("ROLLBACK"))
            first.communicate(timeout=LONGEST)
        runner.run(held.close())
    assert (refused.code, len(refused.err.splitlines())) == (1, 1)
    assert "another restore into back is at work" in refused.err
    assert first.returncode == 0
    is_whole(command, call, back)


def test_until_its_settings_are_kept_the_folder_is_no_vault(
    command: Command, call: str, safe: Path, back: Path, server: str
) -> None:
    place = ("--database", server)
    cut_off(command, back, place)
    for it in (["account", "add", "Other"], ["ls"], ["serve", "--port", "0"]):
        refused = command(*it, "--data", "back")
        assert refused.code == 4
        assert "`dictabelt restore` again" in refused.err
    assert not (back / "vault.sqlite3").exists()
    assert restore(command, *place).code == 0
    assert Folder(back).settings.database == server
    is_whole(command, call, back)


def test_nobody_who_listens_undoes_nothing(
    command: Command, safe: Path, vault: Folder, server: str, back: Path
) -> None:
    sha256 = vault.rows("SELECT sha256 FROM media")[0][0]
    (safe / "data" / sha256[:2] / sha256).unlink()
    reads, writes = os.pipe()
    os.close(reads)
    line = [DICTABELT, "restore", "safe", "--data", "back", "--database", server]
    subprocess.run(line, cwd=back.parent, env=clean(), stderr=writes, check=False, timeout=LONGEST)
    os.close(writes)
    assert Folder(back).settings.database == server
    assert len(command("ls", "--data", "back", "--json").json) == 1


@pytest.mark.parametrize("step", ["rows", "marks"])
def test_a_restore_that_was_cut_off_behind_its_rows_goes_on(
    command: Command, call: str, safe: Path, place: Place, back: Path, step: str
) -> None:
    begun = cut_off(command, back, place)
    assert begun["step"] == "marks"
    (back / "restore.json").write_text(json.dumps(begun | {"step": step}), "utf-8")
    assert restore(command, *place).code == 0
    is_whole(command, call, back)


def test_rows_of_another_are_not_taken_for_those_of_a_restore(
    command: Command, safe: Path, place: Place, back: Path
) -> None:
    begun = cut_off(command, back, place)
    (back / "restore.json").unlink()
    (back / SETTINGS).write_text(f'database = "{place[1]}"\n')
    Folder(back).rows("UPDATE accounts SET name = 'Other'")
    (back / "restore.json").write_text(json.dumps(begun | {"step": "rows"}), "utf-8")
    refused = restore(command, *place)
    assert (refused.code, len(refused.err.splitlines())) == (1, 1)
    assert Folder(back).rows("SELECT name FROM accounts") == [("Other",)]


WAITS = """
CREATE FUNCTION waits(it uuid) RETURNS uuid IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
    IF current_query() LIKE 'ANALYZE%' THEN {} END IF;
    RETURN it;
END $$;
CREATE INDEX odd ON accounts (waits(id))
"""


def test_rows_are_in_though_the_server_cannot_analyse_them(
    command: Command, call: str, safe: Path, back: Path, server: str
) -> None:
    (back / SETTINGS).write_text(f'database = "{server}"\n')
    assert command("db", "upgrade", "--data", "back").code == 0
    asyncio.run(say(server, WAITS.format("RAISE 'no';")))
    assert restore(command).code == 0
    assert command("get", call, "--data", "back", "-o", "it", "--force").code == 0


def test_a_restore_that_was_killed_behind_its_rows_goes_on(
    command: Command, call: str, safe: Path, back: Path, server: str
) -> None:
    (back / SETTINGS).write_text(f'database = "{server}"\n')
    assert command("db", "upgrade", "--data", "back").code == 0
    asyncio.run(say(server, WAITS.format("PERFORM pg_sleep(60);")))
    with started("restore", "safe", "--data", "back", folder=back.parent) as process:
        while process.poll() is None and not Folder(back).rows("SELECT 1 FROM accounts"):
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=LONGEST)
    assert command("ls", "--data", "back").code == 4
    stop = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'ANALYZE%'"
    )
    asyncio.run(say(server, f"{stop}; DROP INDEX odd; DROP FUNCTION waits"))
    assert restore(command).code == 0
    is_whole(command, call, back)


async def say(server: str, statements: str) -> None:
    connection = await Reach(server).connect()
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


@pytest.mark.parametrize("told", ['{"snapshot": "aa"}', "[]", "{", '"x"'])
def test_what_another_version_began_is_refused_in_a_line(
    command: Command, safe: Path, back: Path, told: str
) -> None:
    (back / "restore.json").write_text(told, "utf-8")
    refused = restore(command)
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert "restore.json is damaged, or of another version" in refused.err


def test_who_asks_a_database_is_told_nowhere(
    command: Command, safe: Path, back: Path, server: str
) -> None:
    url = f"{server}{'&' if '?' in server else '?'}password=vault@s3cret"
    begun = cut_off(command, back, ("--database", url))
    assert begun["database"].startswith(server.rpartition("@")[2].partition("?")[0])
    refused = restore(command, "--database", "sqlite")
    assert refused.code == 2
    assert begun["database"] in refused.err
    assert "s3cret" not in refused.err + str(begun)


def marked(command: Command, vault: Folder) -> int:
    """Damages the call, has that found, and makes a snapshot; blobs of an earlier one are had."""
    vault.spoil(vault.rows("SELECT blob FROM media")[0][0], flip)
    assert command("check", "--read-data").code == 6
    return command("backup", "safe", "--with-secret").code


def test_what_comes_back_whole_is_served_again(
    command: Command, call: str, vault: Folder, safe: Path, place: Place, back: Path
) -> None:
    assert marked(command, vault) == 0
    done = restore(command, *place)
    assert (done.code, done.json["lost"], done.json["marked"]) == (0, [], 0)
    assert Folder(back).rows("SELECT damage FROM media") == [(None,)]
    is_whole(command, call, back)


def test_marks_that_a_restore_cannot_judge_are_told(
    command: Command, call: str, vault: Folder, safe: Path, back: Path
) -> None:
    assert command("pack").code == 0
    vault.rows("UPDATE media SET packed_sha256 = NULL")  # as it was before schema 0007
    assert command("backup", "safe", "--with-secret").code == 0
    assert marked(command, vault) == 0
    done = command("restore", "safe", "--data", "back")
    assert done.code == 0
    assert "`dictabelt check --read-data --data back`" in done.err.splitlines()[-1]
    assert command("get", call, "--data", "back", "-o", "it").code == 4
    assert command("check", "--data", "back", "--read-data").code == 0
    assert command("get", call, "--data", "back", "-o", "it").code == 0


def test_a_mark_stays_on_what_did_not_come_back(
    command: Command, vault: Folder, safe: Path, back: Path
) -> None:
    sha256 = vault.rows("SELECT sha256 FROM media")[0][0]
    assert marked(command, vault) == 0
    flip(safe / "data" / sha256[:2] / sha256)
    done = restore(command)
    assert (done.code, len(done.json["lost"]), done.json["marked"]) == (6, 1, 1)
    assert Folder(back).rows("SELECT damage FROM media") == [("changed",)]
