"""`dictabelt backup` and `restore`: what was lost is there again, byte for byte."""

import json
import shutil
import signal
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from cli.running import Command, Ran, first_line, ran, started, stopped
from sounds import tone
from stocked import Stock
from vaulted import Folder, Harm, closed, cut, flip, grow, remove

OURS = ("--account", "Ours")


@pytest.fixture
def folder(stocked: Stock, tmp_path: Path) -> Iterator[Folder]:
    with closed(stocked, tmp_path / "data") as made:
        yield made


@pytest.fixture
def repository(folder: Folder, command: Command, tmp_path: Path) -> Path:
    """A backup with one snapshot of it."""
    assert backup(command).code == 0
    return tmp_path / "safe"


def backup(command: Command, *options: object) -> Ran:
    ways = ("--with-secret", "--without-secret", "--passphrase-file", "--list", "--check")
    secret = () if {*ways, "--forget"} & set(options) else ("--with-secret",)
    return command("backup", "safe", "--data", "data", "--json", *secret, *options)


def restore(command: Command, *options: object) -> Ran:
    return command("restore", "safe", "--data", "back", "--json", *options)


def objects(repository: Path) -> dict[str, bytes]:
    files = [it for it in (repository / "data").rglob("*") if it.is_file()]
    return {it.name: it.read_bytes() for it in files}


def test_the_whole_cycle(folder: Folder, command: Command, stocked: Stock, tmp_path: Path) -> None:
    call = (stocked.ours.recordings["call"].id, *OURS, "--data", "data")
    link = command("sign", *call).out.strip()
    command("get", *call, "--form", "mp3", "-o", "call.mp3")
    first, first_blobs = backup(command).json, folder.blobs()
    before = objects(tmp_path / "safe")
    (tmp_path / "new.wav").write_bytes(tone(1, 330))
    command("import", "new.wav", *OURS, "--data", "data")
    command("rm", stocked.ours.recordings["sip"].id, "--yes", *OURS, "--data", "data")
    second = backup(command).json
    after = objects(tmp_path / "safe")
    assert first["blobs"] == len(first_blobs)
    assert first["new_blobs"] == len(set(first_blobs.values()))
    assert second["new_blobs"] == 1
    assert before.items() <= after.items()
    assert len(after) - len(before) < 5
    blobs, rows = folder.blobs(), folder.rows("SELECT * FROM media ORDER BY id")
    shutil.rmtree(folder.path)
    restored = restore(command)
    assert (restored.code, restored.json["lost"]) == (0, [])
    back = Folder(tmp_path / "back")
    assert back.blobs() == blobs
    assert back.rows("SELECT * FROM media ORDER BY id") == rows
    assert command("check", "--data", "back", "--read-data").code == 0
    serves(link, stocked.ours.keys["all"], stocked, folder=tmp_path)


def serves(link: str, key: str, stocked: Stock, *, folder: Path) -> None:
    """The restored vault knows the links and keys of the one that was lost."""
    recording = stocked.ours.recordings["call"]
    with started("serve", "--port", "0", "--data", "back", "--json", folder=folder) as server:
        base = first_line(server)["base_url"]
        old = urlsplit(link)
        host = {"Host": old.netloc}
        media = httpx2.get(f"{base}{old.path}?{old.query}", headers=host)
        bearer = {"Authorization": f"Bearer {key}"}
        known = httpx2.get(f"{base}/vault/v1/recordings/{recording.id}", headers=bearer)
        stopped(server)
    assert (media.status_code, known.status_code) == (200, 200)
    assert media.content == (folder / "call.mp3").read_bytes()


def test_a_snapshot_of_before_brings_back_what_was_deleted(
    folder: Folder, command: Command, stocked: Stock, repository: Path, tmp_path: Path
) -> None:
    (first,) = backup(command, "--list").json
    before = folder.blobs()
    command("rm", stocked.ours.recordings["call"].id, "--yes", *OURS, "--data", "data")
    backup(command)
    assert restore(command, "--snapshot", first["id"][:8]).code == 0
    assert Folder(tmp_path / "back").blobs() == before


def test_the_secret_is_never_left_out_silently(
    folder: Folder, command: Command, tmp_path: Path
) -> None:
    refused = command("backup", "safe", "--data", "data")
    assert refused.code == 2
    assert "--passphrase-file" in refused.err
    assert "--without-secret" in refused.err
    assert not (tmp_path / "safe").exists()


def test_a_secret_under_a_passphrase_is_in_no_file_of_the_backup(
    folder: Folder, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "phrase").write_text("correct horse\n", "utf-8")
    (tmp_path / "wrong").write_text("battery staple\n", "utf-8")
    secret = (folder.path / "secret.key").read_text("ascii")
    assert backup(command, "--passphrase-file", "phrase").json["secret"] == "locked"
    files = [it.read_bytes() for it in (tmp_path / "safe").rglob("*") if it.is_file()]
    assert not any(secret.encode() in it or bytes.fromhex(secret) in it for it in files)
    without, wrong = restore(command), restore(command, "--passphrase-file", "wrong")
    assert (without.code, wrong.code) == (2, 2)
    assert "--passphrase-file" in without.err
    assert not (tmp_path / "back").exists()
    assert restore(command, "--passphrase-file", "phrase").code == 0
    assert (tmp_path / "back" / "secret.key").read_text("ascii") == secret
    assert (tmp_path / "back" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_was_left_out_is_asked_for(
    folder: Folder, command: Command, tmp_path: Path
) -> None:
    backup(command, "--without-secret")
    assert "--secret-file" in restore(command).err
    (tmp_path / "other").write_text("00" * 32, "ascii")
    assert "another vault" in restore(command, "--secret-file", "other").err
    assert restore(command, "--secret-file", folder.path / "secret.key").code == 0


def test_a_dry_run_writes_nothing(folder: Folder, command: Command, tmp_path: Path) -> None:
    guess = backup(command, "--dry-run").json
    assert not (tmp_path / "safe").exists()
    made = backup(command).json
    assert (guess["blobs"], guess["bytes"]) == (made["blobs"], made["bytes"])
    assert made["new_bytes"] <= guess["new_bytes"] < made["new_bytes"] + 10_000
    before = sorted(objects(tmp_path / "safe"))
    assert backup(command, "--dry-run").json["new_blobs"] == 0
    assert sorted(objects(tmp_path / "safe")) == before


def test_the_backup_leaves_nothing_in_the_vault(folder: Folder, repository: Path) -> None:
    parts = {"blobs", "spool", "secret.key", "vault.sqlite3", "dictabelt.toml"}
    assert {it.name for it in folder.path.iterdir()} <= parts


@pytest.mark.parametrize("harm", [flip, cut, grow, remove])
def test_a_damaged_object_is_found_and_never_restored(
    command: Command, repository: Path, stocked: Stock, folder: Folder, harm: Harm, tmp_path: Path
) -> None:
    (key,) = folder.rows(
        "SELECT blob, sha256 FROM media WHERE recording = ?",
        stocked.ours.recordings["call"].id.bytes,
    )
    blob, sha256 = key
    harm(repository / "data" / sha256[:2] / sha256)
    checked = backup(command, "--check", "--read-data")
    assert checked.code == 6
    assert {it["object"] for it in checked.json["flaws"]} == {sha256}
    restored = restore(command)
    assert (restored.code, restored.json["lost"]) == (6, [blob])
    assert not Folder(tmp_path / "back").blob(blob).exists()
    assert only_missing(command("check", "--data", "back", "--json").json) == [blob]


def only_missing(told: dict[str, Any]) -> list[str]:
    return [it["blob"] for it in told["findings"] if it["damage"] == "missing"]


@pytest.mark.parametrize("harm", [cut, remove])
def test_the_next_backup_mends_what_the_disk_lost(
    command: Command, repository: Path, stocked: Stock, folder: Folder, harm: Harm
) -> None:
    ((sha256,),) = folder.rows(
        "SELECT sha256 FROM media WHERE recording = ?", stocked.ours.recordings["call"].id.bytes
    )
    harm(repository / "data" / sha256[:2] / sha256)
    assert backup(command).json["new_blobs"] == 1
    assert backup(command, "--check", "--read-data").code == 0


@pytest.mark.parametrize("harm", [flip, cut, remove])
def test_damage_of_the_vault_is_told_and_the_rest_is_kept(
    folder: Folder, command: Command, stocked: Stock, harm: Harm
) -> None:
    key = folder.original(stocked.ours.recordings["call"].id)
    folder.spoil(key, harm)
    made = backup(command)
    assert made.code == 6
    assert key in made.err
    assert made.json["damaged"] == 1
    assert backup(command, "--check", "--read-data").code == 0
    assert restore(command).code == 6


@pytest.mark.parametrize("known", [True, False])
def test_a_damaged_pack_is_told_and_never_kept_in_place_of_the_whole_one(
    known: bool, folder: Folder, command: Command, stocked: Stock, tmp_path: Path
) -> None:
    it = stocked.ours.recordings["call"].id
    command("pack", *OURS, "--data", "data")
    key = folder.original(it)
    if not known:  # packed before rows kept the hashes of packs
        folder.rows("UPDATE media SET packed_sha256 = NULL")
    whole = folder.blobs()[key]
    folder.spoil(key, flip)
    for _ in range(2):
        done = backup(command)
        assert (done.code, done.json["damaged"]) == (6, 1)
        assert key in done.err
    folder.put(key, whole)
    done = backup(command)
    assert (done.code, done.json["damaged"], done.json["new_blobs"]) == (0, 0, 1)
    folder.spoil(key, flip)  # the backup has it whole
    assert backup(command).code == 0
    assert restore(command).code == 0
    assert Folder(tmp_path / "back").blobs()[key] == whole
    assert command("get", it, *OURS, "--data", "back", "-o", "call.wav").code == 0


def test_a_pack_that_was_damaged_when_it_was_kept_is_kept_again(
    folder: Folder, command: Command, stocked: Stock, tmp_path: Path
) -> None:
    command("pack", *OURS, "--data", "data")
    key = folder.original(stocked.ours.recordings["call"].id)
    whole = folder.blobs()[key]
    folder.spoil(key, flip)
    bad = folder.blobs()[key]
    # as a version did that compared no packs
    folder.rows("UPDATE media SET packed_sha256 = ? WHERE blob = ?", sha256(bad).hexdigest(), key)
    assert backup(command).code == 0
    folder.rows("UPDATE media SET packed_sha256 = NULL")
    assert (backup(command).code, bad in objects(tmp_path / "safe").values()) == (6, True)
    folder.put(key, whole)
    assert backup(command).code == 0
    assert restore(command).code == 0
    assert Folder(tmp_path / "back").blobs()[key] == whole


def test_a_damaged_snapshot_is_told(command: Command, repository: Path) -> None:
    ((only,),) = [list((repository / "snapshots").iterdir())]
    only.write_bytes(only.read_bytes().replace(b'"host"', b'"hots"'))
    assert backup(command, "--check").json["flaws"][0]["object"] == only.name
    refused = restore(command)
    assert refused.code == 4
    assert "damaged" in refused.err


def test_old_snapshots_are_forgotten_with_what_only_they_need(
    folder: Folder, command: Command, stocked: Stock, repository: Path, tmp_path: Path
) -> None:
    ((sha256,),) = folder.rows(
        "SELECT sha256 FROM media WHERE recording = ?", stocked.ours.recordings["call"].id.bytes
    )
    command("rm", stocked.ours.recordings["call"].id, "--yes", *OURS, "--data", "data")
    newest = backup(command).json["id"]
    assert sha256 in objects(repository)
    dry = backup(command, "--forget", "--keep-last", 1, "--dry-run").json
    assert sha256 in objects(repository)
    done = backup(command, "--forget", "--keep-last", 1).json
    assert (done["objects"], done["stay"]) == (dry["objects"], [newest])
    assert sha256 not in objects(repository)
    assert backup(command, "--check", "--read-data").code == 0
    assert restore(command).code == 0
    assert Folder(tmp_path / "back").blobs() == folder.blobs()


def test_the_last_snapshot_is_never_forgotten(command: Command, repository: Path) -> None:
    refused = backup(command, "--forget")
    assert refused.code == 2
    assert len(backup(command, "--list").json) == 1


def test_one_process_at_a_time_works_on_a_backup(command: Command, repository: Path) -> None:
    lock = repository / "locks" / ("ab" * 16)
    lock.parent.mkdir(exist_ok=True)
    lock.write_text(json.dumps({"host": "elsewhere", "process": 1}), "ascii")
    refused = backup(command)
    assert refused.code == 1
    assert lock.name in refused.err
    assert [it.name for it in lock.parent.iterdir()] == [lock.name]
    lock.unlink()
    assert backup(command).code == 0


def test_a_full_folder_is_not_restored_into(
    command: Command, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "precious").write_bytes(b"mine")
    refused = restore(command)
    assert refused.code == 2
    assert [it.name for it in (tmp_path / "back").iterdir()] == ["precious"]


def test_a_folder_with_something_else_gets_no_backup(
    folder: Folder, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "safe").mkdir()
    (tmp_path / "safe" / "photo.jpg").write_bytes(b"holiday")
    refused = backup(command)
    assert refused.code == 1
    assert "photo.jpg" in refused.err


def test_a_backup_works_beside_a_server(command: Command, tmp_path: Path) -> None:
    command("account", "add", "Clinic", "--data", "data")
    (tmp_path / "call.wav").write_bytes(tone(1, 440))
    with started("serve", "--data", "data", "--port", "0", "--json", folder=tmp_path) as server:
        first_line(server)
        command("import", "call.wav", "--data", "data")
        assert backup(command).code == 0
        stopped(server)
    assert restore(command).code == 0
    assert command("ls", "--data", "back", "--json").json[0]["state"] == "available"


def test_kills_leave_a_readable_backup_that_the_next_run_completes(
    folder: Folder, command: Command, tmp_path: Path
) -> None:
    line = ("backup", "safe", "--data", "data", "--with-secret")
    for count in (0, 1, 3, 8, 15, 22):
        with started(*line, folder=tmp_path) as process:
            while process.poll() is None and count_of(tmp_path / "safe" / "data") < count:
                pass
            process.send_signal(signal.SIGKILL)
        if (tmp_path / "safe" / "repository").exists():
            assert backup(command, "--check", "--read-data").code == 0
    assert ran(*line, folder=tmp_path).code == 0
    assert not list((tmp_path / "safe" / "incoming").iterdir())
    assert not list((tmp_path / "safe" / "locks").iterdir())
    assert restore(command).code == 0
    assert Folder(tmp_path / "back").blobs() == folder.blobs()


def count_of(folder: Path) -> int:
    return sum(not it.suffix and it.is_file() for it in folder.glob("**/*"))


def test_a_restore_that_was_killed_goes_on(
    folder: Folder, command: Command, repository: Path, tmp_path: Path
) -> None:
    back = Folder(tmp_path / "back")
    for count in (1, 5, 10):
        with started("restore", "safe", "--data", "back", folder=tmp_path) as process:
            while process.poll() is None and count_of(back.path / "blobs") < count:
                pass
            process.send_signal(signal.SIGKILL)
    kept = {it: back.blob(it).stat().st_mtime_ns for it in back.blobs() if "incoming" not in it}
    assert restore(command).code == 0
    assert back.blobs() == folder.blobs()
    assert all(back.blob(it).stat().st_mtime_ns == at for it, at in kept.items())
    assert {it.name for it in back.path.iterdir()} == {"blobs", "secret.key", "vault.sqlite3"}
