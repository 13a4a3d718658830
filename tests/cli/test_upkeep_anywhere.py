"""check, backup and restore of a vault on PostgreSQL and in a bucket, there and back again."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.running import Command, Ran
from dictabelt.core.inventory import Store
from dictabelt.db.postgresql.connecting import Reach
from postgres import Cluster
from seaweed import Bucket
from sounds import chunks, tone
from vaulted import Folder, Harm, cut, flip, grow, remove


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    """Of an empty database."""
    made = asyncio.run(cluster.make())
    yield made
    asyncio.run(cluster.drop(made))


@pytest.fixture
def far(
    command: Command, url: str, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Folder:
    """A vault on the server and in the bucket, with three calls of two seconds."""
    monkeypatch.setenv("DICTABELT_BLOBS_ENDPOINT", bucket.endpoint)
    data = tmp_path / "far"
    data.mkdir()
    place = bucket.fresh()
    (data / "dictabelt.toml").write_text(f'database = "{url}"\nblobs = "{place}"\n')
    assert command("account", "add", "Clinic", "--data", "far").code == 0
    for pitch in (330, 440, 550):
        file = tmp_path / f"{pitch}.wav"
        file.write_bytes(tone(2, pitch, 2 * pitch))
        assert command("import", file, "--data", "far").code == 0
    return Folder(data)


@pytest.fixture
def safe(command: Command, far: Folder, tmp_path: Path) -> Path:
    """A backup of it with one snapshot."""
    assert command("backup", "safe", "--data", "far", "--with-secret").code == 0
    return tmp_path / "safe"


def restore(command: Command, *options: object) -> Ran:
    return command("restore", "safe", "--json", *options)


def heard(command: Command, folder: Folder) -> dict[str, bytes]:
    """What a listener gets of every recording."""
    found = {}
    for it in command("ls", "--data", folder.path, "--json").json:
        line = ("get", it["id"], "--data", folder.path, "-o", "it", "--force")
        assert command(*line).code == 0
        found[it["id"]] = Path("it").read_bytes()
    return found


def rows(folder: Folder, table: str, order: str = "1, 2") -> list[Any]:
    return folder.rows(f"SELECT * FROM {table} ORDER BY {order}")


ROWS = ("accounts", "link_keys", "api_keys", "calls", "recordings", "media", "analyses", "jobs")


def test_from_a_server_and_a_bucket_into_a_folder_and_back(
    command: Command, far: Folder, safe: Path, cluster: Cluster, bucket: Bucket, tmp_path: Path
) -> None:
    sounds = heard(command, far)
    assert len(sounds) == 3
    assert restore(command, "--data", "near").json["lost"] == []
    near = Folder(tmp_path / "near")
    assert (near.settings.database, near.settings.blobs) == ("sqlite", "files")
    assert near.blobs() == far.blobs()
    assert heard(command, near) == sounds
    assert command("check", "--data", "near", "--read-data").code == 0
    again = command("backup", "safe", "--data", "near", "--with-secret", "--json").json
    assert again["new_blobs"] == 0
    other = asyncio.run(cluster.make())
    place = ("--database", other, "--blobs", bucket.fresh())
    assert restore(command, "--data", "back", *place).code == 0
    back = Folder(tmp_path / "back")
    assert back.settings.database == other
    assert back.blobs() == far.blobs()
    assert heard(command, back) == sounds
    for table in ROWS:
        assert rows(back, table) == rows(near, table) == rows(far, table), table
    assert command("check", "--data", "back", "--read-data").code == 0
    asyncio.run(cluster.drop(other))


@pytest.mark.parametrize(
    ("harm", "damage"), [(flip, "changed"), (cut, "short"), (grow, "long"), (remove, "missing")]
)
def test_a_damaged_object_is_found_and_in_no_snapshot(
    command: Command, far: Folder, harm: Harm, damage: str
) -> None:
    (recording, *_) = command("ls", "--data", "far", "--json").json
    key = far.rows("SELECT blob FROM media ORDER BY id")[0][0]
    far.spoil(key, harm)
    ran = command("check", "--data", "far", "--read-data", "--json")
    assert ran.code == 6
    assert [(it["damage"], it["blob"]) for it in ran.json["findings"]] == [(damage, key)]
    kept = command("backup", "safe", "--data", "far", "--with-secret", "--json")
    assert (kept.code, kept.json["damaged"], kept.json["blobs"]) == (6, 1, 2)
    assert recording["state"] == "available"


def test_parts_of_a_bucket_make_a_whole(command: Command, far: Folder) -> None:
    parts = [
        command("check", "--data", "far", "--read-data-subset", f"{it}/3", "--json")
        for it in (1, 2, 3)
    ]
    assert sum(it.json["counts"]["read_blobs"] for it in parts) == len(far.blobs()) == 3
    assert {it.code for it in parts} == {0}


def test_what_a_server_lost_of_the_schema_is_told_with_the_statement_to_mend_it(
    command: Command, far: Folder
) -> None:
    for it in ("DROP INDEX ix_jobs_due", "ALTER TABLE media DROP CONSTRAINT fk_media_account"):
        far.rows(it)
    ran = command("check", "--data", "far", "--json")
    fixes = {it["fix"] for it in ran.json["findings"]}
    assert ran.code == 6
    assert {it["damage"] for it in ran.json["findings"]} == {"database"}
    for it in fixes:
        far.rows(it)
    assert len(fixes) == 2
    assert command("check", "--data", "far").code == 0


def test_doubtful_indexes_and_references_are_told(command: Command, far: Folder) -> None:
    far.rows("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_jobs_due'::regclass")
    far.rows("ALTER TABLE media ADD CONSTRAINT odd CHECK (size > 9) NOT VALID")
    far.rows("DELETE FROM recordings")
    told = command("check", "--data", "far").out
    assert "REINDEX INDEX CONCURRENTLY ix_jobs_due" in told
    assert "ALTER TABLE media VALIDATE CONSTRAINT odd" in told
    assert "rows of media refer to what is not in recordings: 3" in told


def test_pages_are_read_where_the_server_has_amcheck(command: Command, far: Folder) -> None:
    without = command("check", "--data", "far", "--json").json["remarks"]
    far.rows("CREATE EXTENSION amcheck")
    ran = command("check", "--data", "far", "--json")
    assert any("CREATE EXTENSION amcheck" in it for it in without)
    assert not any("amcheck" in it for it in ran.json["remarks"])
    assert ran.json["findings"] == []
    ready = (
        "UPDATE pg_index SET indisready = $, indisvalid = $ WHERE indexrelid = 'INDEX'::regclass"
    )
    ready = ready.replace("INDEX", "ix_media_account_sha256")
    far.rows(ready.replace("$", "false"))
    far.rows("UPDATE media SET sha256 = reverse(sha256)")
    far.rows(ready.replace("$", "true"))
    (found,) = command("check", "--data", "far", "--json").json["findings"]
    assert "ix_media_account_sha256" in found["reason"]
    far.rows(found["fix"].partition(",")[0])
    assert command("check", "--data", "far").code == 0


def test_another_schema_is_neither_checked_nor_changed(command: Command, far: Folder) -> None:
    far.rows("UPDATE alembic_version SET version_num = '0001'")
    refused = command("check", "--data", "far")
    assert refused.code == 4
    assert "db upgrade" in refused.err
    assert far.rows("SELECT version_num FROM alembic_version") == [("0001",)]


def test_rows_that_refer_to_nothing_are_kept_and_no_server_takes_them(
    command: Command, far: Folder, cluster: Cluster
) -> None:
    far.rows("DELETE FROM recordings")
    assert command("backup", "safe", "--data", "far", "--with-secret").code == 0
    other = asyncio.run(cluster.make())
    refused = restore(command, "--data", "back", "--database", other)
    assert refused.code == 4
    assert "--database sqlite" in refused.err
    assert asyncio.run(counted(other)) == 0
    asyncio.run(cluster.drop(other))


async def counted(url: str) -> int:
    """Accounts in a database."""
    async with asked(url) as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM accounts")
        return found


@asynccontextmanager
async def asked(url: str) -> AsyncIterator[Any]:
    connection = await Reach(url).connect()
    try:
        yield connection
    finally:
        await connection.close()


def test_nothing_is_restored_over_a_vault(
    command: Command, far: Folder, safe: Path, url: str, cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious").write_bytes(b"mine")
    other = asyncio.run(cluster.make())
    blobs = far.blobs()
    wrong = {
        "CREATE DATABASE": ("--data", "back", "--database", url),
        "--blobs": ("--data", "back", "--database", other, "--blobs", far.settings.blobs),
        "no such database": ("--data", "back", "--database", cluster.url_of("nowhere")),
        "no such bucket": ("--data", "back", "--blobs", "s3://no-such-bucket/x"),
        "not empty": ("--data", "full"),
    }
    for words, line in wrong.items():
        refused = restore(command, *line)
        assert refused.code in (1, 2, 4), words
        assert words in refused.err
        assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "back").exists()
    assert far.blobs() == blobs
    assert asyncio.run(revision(other)) is None
    assert command("check", "--data", "far", "--read-data").code == 0
    asyncio.run(cluster.drop(other))


async def revision(url: str) -> object:
    async with asked(url) as connection:
        return await connection.fetchval("SELECT to_regclass('alembic_version')")


def test_a_half_restored_folder_is_no_vault_and_goes_on(
    command: Command, far: Folder, safe: Path, cluster: Cluster, bucket: Bucket, tmp_path: Path
) -> None:
    other, place = asyncio.run(cluster.make()), bucket.fresh()
    line = ("--data", "back", "--database", other, "--blobs", place)
    back = tmp_path / "back"
    (snapshot,) = (safe / "snapshots").iterdir()
    sha256 = json.loads(snapshot.read_bytes())["database"]["objects"][-1]
    piece = safe / "data" / sha256[:2] / sha256
    piece.rename(tmp_path / "piece")
    assert restore(command, *line).code == 4
    for it in (["serve", "--port", "0"], ["worker"], ["ls"], ["check"], ["db", "upgrade"]):
        refused = command(*it, "--data", "back")
        assert refused.code == 4, it
        assert "`dictabelt restore` again, or delete the folder" in refused.err
        assert len(refused.err.splitlines()) == 1
    elsewhere = restore(command, "--data", "back")
    assert elsewhere.code == 2
    assert "was begun in" in elsewhere.err
    (tmp_path / "piece").rename(piece)
    assert restore(command, *line).code == 0
    assert Folder(back).blobs() == far.blobs()
    assert command("check", "--data", "back", "--read-data").code == 0
    assert {it.name for it in back.iterdir()} == {"dictabelt.toml", "secret.key", "spool"}
    asyncio.run(cluster.drop(other))


def test_settings_that_lead_elsewhere_are_told(
    command: Command, far: Folder, safe: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DICTABELT_DATABASE", url)
    done = restore(command, "--data", "back", "--database", "sqlite")
    assert done.code == 0
    assert "another database" in done.err


async def seen(store: Store) -> dict[str, int]:
    listed = store.entries()
    return {it.key: it.size async for it in listed}


def test_a_bucket_is_listed_with_sizes(far: Folder) -> None:
    assert asyncio.run(seen(far.store)) == {key: len(it) for key, it in far.blobs().items()}


def test_an_object_that_no_row_names_may_be_on_its_way_in(command: Command, far: Folder) -> None:
    ((account,),) = far.rows("SELECT id FROM accounts")
    key = f"{account.hex()}/ab/{'ab' * 16}"
    asyncio.run(put(far.store, key, b"nobody's"))
    ran = command("check", "--data", "far", "--forget-orphans", "--json")
    assert (ran.code, ran.json["counts"]["young_blobs_without_a_row"]) == (0, 1)
    assert key in far.blobs()


async def put(store: Store, key: str, data: bytes) -> None:
    await store.put(key, chunks(data))
