"""`dictabelt check`: everything that is wrong is found, named, and told with its fix."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.running import Command, Ran, first_line, started, stopped
from dictabelt import demo_data
from dictabelt.db.event_tables import hooks
from sounds import tone
from stocked import Stock
from vaulted import Folder, Harm, closed, cut, flip, grow, remove

OPUS = Path(demo_data.__file__).with_name("opus-16k-mono.ogg")
OLD = 1_700_000_000
OF_ANOTHER_VAULT = f"{'cd' * 16}/ab/{'ab' * 16}"


@pytest.fixture
def folder(stocked: Stock, tmp_path: Path) -> Iterator[Folder]:
    with closed(stocked, tmp_path / "data") as made:
        yield made


@pytest.fixture
def aged(folder: Folder) -> Folder:
    """The same, where files can be given an age."""
    if folder.settings.blobs != "files":
        pytest.skip("a bucket gives every object the present instant")
    return folder


def check(command: Command, *options: str) -> Ran:
    return command("check", "--data", "data", "--json", *options)


def only(ran: Ran) -> dict[str, Any]:
    """The one thing that is wrong."""
    assert ran.code == 6
    (found,) = ran.json["findings"]
    it: dict[str, Any] = found
    return it


def test_a_whole_vault_is_told_to_be_whole(folder: Folder, command: Command) -> None:
    ran = check(command, "--read-data")
    counts = ran.json["counts"]
    assert (ran.code, ran.json["findings"]) == (0, [])
    assert counts["read_blobs"] == counts["named_blobs"] == len(folder.blobs())
    assert counts["read_bytes"] == counts["stored_bytes"] > 0
    told = command("check", "--data", "data")
    assert (told.code, told.out) == (0, "")
    assert told.err.endswith("sizes only: no fault\n")


@pytest.mark.parametrize(
    ("harm", "damage"), [(flip, "changed"), (cut, "short"), (grow, "long"), (remove, "missing")]
)
def test_a_damaged_original_is_named_with_the_way_to_get_it_back(
    folder: Folder, command: Command, stocked: Stock, harm: Harm, damage: str
) -> None:
    recording = stocked.theirs.recordings["visit"]
    folder.spoil(folder.original(recording.id), harm)
    found = only(check(command, "--read-data"))
    assert (found["damage"], found["part"]) == (damage, "original")
    assert found["recording"] == str(recording.id)
    assert found["account"] == str(stocked.theirs.account.id)
    assert found["blob"] == folder.original(recording.id)
    assert "dictabelt restore" in found["fix"]
    told = command("check", "--data", "data", "--read-data")
    assert told.code == 6
    assert told.out.startswith(f"{damage} original of {recording.id} ")


def test_a_damaged_original_is_given_to_nobody_until_it_is_read_and_whole(
    folder: Folder, command: Command, stocked: Stock
) -> None:
    recording = stocked.ours.recordings["call"]
    key = folder.original(recording.id)
    whole = folder.blobs()[key]
    get = ("get", recording.id, "--account", "Ours", "--data", "data", "-o", "it", "--force")
    folder.spoil(key, flip)
    assert command(*get).code == 0
    check(command, "--read-data")
    refused = command(*get)
    assert (refused.code, "restore its file" in refused.err) == (4, True)
    folder.put(key, whole)
    sizes = check(command)
    assert (sizes.json["recovered"], only(sizes)["damage"]) == ([], "changed")
    assert "--read-data" in only(sizes)["fix"]
    assert "restore" not in only(sizes)["fix"]
    assert len(folder.rows("SELECT id FROM events WHERE type = 'recording.damaged'")) == 1
    assert command(*get).code == 4
    told = command("check", "--data", "data", "--read-data")
    assert told.code == 0
    assert told.out.startswith(f"whole again: original of {recording.id} ")
    assert command(*get).code == 0
    assert Path("it").read_bytes() == whole


def test_what_recovered_is_told_as_json(folder: Folder, command: Command, stocked: Stock) -> None:
    recording = stocked.ours.recordings["call"]
    key = folder.original(recording.id)
    whole = folder.blobs()[key]
    folder.spoil(key, remove)
    found = only(check(command))
    folder.put(key, whole)
    (recovered,) = check(command).json["recovered"]
    assert (recovered["was"], recovered["blob"]) == ("missing", found["blob"])
    assert recovered["recording"] == str(recording.id)


@pytest.mark.parametrize("beside", [(), ("notes/readme",), (OF_ANOTHER_VAULT,)])
def test_a_store_with_nothing_of_the_vault_in_it_marks_and_mends_nothing(
    folder: Folder, command: Command, stocked: Stock, beside: tuple[str, ...]
) -> None:
    recording = stocked.ours.recordings["call"].id
    command("get", recording, "--account", "Ours", "--data", "data", "--form", "opus", "-o", "it")
    for key in folder.blobs():
        folder.spoil(key, remove)
    for key in beside:
        folder.put(key, b"somebody's")
    ran = check(command, "--repair", "--forget-orphans")
    assert ran.code == 6
    assert {it["damage"] for it in ran.json["findings"]} == {"missing"}
    assert ran.json["counts"]["stored_blobs"] == 0
    assert folder.rows("SELECT count(*) FROM media WHERE damage IS NOT NULL") == [(0,)]
    assert folder.rows("SELECT count(*) FROM renditions WHERE damage IS NULL") == [(1,)]
    assert set(folder.blobs()) == set(beside)


def test_another_vaults_bytes_in_the_same_place_are_left_alone(
    aged: Folder, command: Command
) -> None:
    aged.put(OF_ANOTHER_VAULT, b"theirs")
    os.utime(aged.blob(OF_ANOTHER_VAULT), (OLD, OLD))
    ran = check(command, "--forget-orphans")
    assert (ran.code, ran.json["findings"]) == (0, [])
    assert OF_ANOTHER_VAULT in aged.blobs()


def test_what_could_not_be_read_just_now_is_told_and_not_marked(
    folder: Folder, command: Command, stocked: Stock
) -> None:
    recording = stocked.ours.recordings["call"].id
    key = folder.original(recording)
    with forbidden(folder, key):
        ran = check(command, "--read-data", "--repair", "--forget-orphans")
        told = command("check", "--data", "data", "--read-data")
    assert (ran.code, ran.json["findings"]) == (3, [])
    assert [it["blob"] for it in ran.json["unread"]] == [key]
    assert told.out.startswith(f"unread original of {recording} {key}: could not be read just now:")
    assert told.out.endswith("check again\n")
    assert "no fault; 1 could not be read" in told.err
    assert check(command, "--read-data").code == 0


@contextmanager
def forbidden(folder: Folder, key: str) -> Iterator[None]:
    """Bytes that are there and that nobody may read for now."""
    if folder.settings.blobs != "files":
        pytest.skip("a bucket cannot be made to refuse one key")
    aside = folder.blob(key).with_suffix(".aside")
    folder.blob(key).rename(aside)
    folder.blob(key).symlink_to(folder.blob(key).name)  # open(2): ELOOP, whoever asks
    yield
    folder.blob(key).unlink()
    aside.rename(folder.blob(key))


def test_a_flipped_bit_needs_reading(folder: Folder, command: Command, stocked: Stock) -> None:
    folder.spoil(folder.original(stocked.ours.recordings["call"].id), flip)
    assert check(command).code == 0


def test_a_damaged_original_is_never_repaired_away(
    folder: Folder, command: Command, stocked: Stock
) -> None:
    folder.spoil(folder.original(stocked.ours.recordings["call"].id), flip)
    assert only(check(command, "--read-data", "--repair", "--forget-orphans"))["mended"] is False
    assert only(check(command, "--read-data"))["damage"] == "changed"


@pytest.mark.parametrize("harm", [flip, cut, remove])
def test_a_damaged_pack_is_found(
    folder: Folder, command: Command, stocked: Stock, harm: Harm
) -> None:
    command("pack", "--data", "data", "--account", "Ours")
    assert check(command, "--read-data").code == 0
    folder.spoil(folder.original(stocked.ours.recordings["call"].id), harm)
    assert only(check(command, "--read-data"))["part"] == "original"


@pytest.mark.parametrize("harm", [flip, cut, grow, remove])
def test_a_damaged_rendition_is_forgotten_and_made_again(
    folder: Folder, command: Command, harm: Harm
) -> None:
    whose = ("--account", "Ours", "--data", "data")
    recording = command("import", OPUS, *whose, "--json").json["recording"]
    part = ("--form", "wav", "--from", "500", "--to", "900")
    command("get", recording, *whose, *part, "-o", "before.wav")
    ((key,),) = folder.rows("SELECT blob FROM renditions")
    folder.spoil(key, harm)
    found = only(check(command, "--read-data"))
    assert (found["part"], found["form"], found["blob"]) == ("rendition", "wav", key)
    assert "--repair" in found["fix"]
    mended = check(command, "--read-data", "--repair")
    assert (mended.code, mended.json["findings"][0]["mended"]) == (0, True)
    assert key not in folder.blobs()
    command("get", recording, *whose, *part, "-o", "after.wav")
    assert Path("after.wav").read_bytes() == Path("before.wav").read_bytes()
    assert check(command, "--read-data").json["findings"] == []


@pytest.mark.parametrize("harm", [cut, remove])
def test_damaged_peaks_are_forgotten_and_drawn_again(
    folder: Folder, command: Command, harm: Harm
) -> None:
    ((media, key), *_) = folder.rows("SELECT media, peaks FROM analyses WHERE peaks IS NOT NULL")
    folder.spoil(key, harm)
    found = only(check(command, "--read-data"))
    assert (found["part"], found["blob"]) == ("peaks", key)
    assert check(command, "--read-data", "--repair").code == 0
    assert check(command, "--read-data").json["findings"] == []
    ((lock,),) = folder.rows("SELECT lock FROM jobs WHERE kind = 'analyse'")
    assert lock.replace("-", "") == f"analyse:{media.hex()}"


def test_what_no_row_names_is_an_orphan_once_it_is_old(
    aged: Folder, command: Command, stocked: Stock
) -> None:
    key = f"{stocked.ours.account.id.hex}/ab/{'ab' * 16}"
    aged.blob(key).parent.mkdir(exist_ok=True)
    aged.blob(key).write_bytes(b"nobody's")
    young = check(command, "--forget-orphans")
    assert (young.code, young.json["counts"]["young_blobs_without_a_row"]) == (0, 1)
    os.utime(aged.blob(key), (OLD, OLD))
    found = only(check(command))
    assert (found["damage"], found["blob"]) == ("orphan", key)
    assert found["kept_at"] == "2023-11-14T22:13:20Z"
    assert "days old" in found["reason"]
    before = aged.blobs()
    assert check(command, "--forget-orphans").code == 0
    assert aged.blobs() == {name: data for name, data in before.items() if name != key}


def test_bytes_of_a_deleted_recording_are_left_over(
    aged: Folder, command: Command, stocked: Stock
) -> None:
    ((key,),) = aged.rows(
        "SELECT blob FROM media WHERE account = ? AND recording = ?",
        stocked.ours.account.id.bytes,
        stocked.ours.recordings["deleted"].id.bytes,
    )
    aged.blob(key).parent.mkdir(exist_ok=True)
    aged.blob(key).write_bytes(b"back from the dead")
    os.utime(aged.blob(key), (OLD, OLD))
    assert only(check(command))["damage"] == "orphan"


def test_a_row_that_names_another_accounts_bytes_is_told(
    aged: Folder, command: Command, stocked: Stock
) -> None:
    key = aged.original(stocked.theirs.recordings["call"].id)
    ours = stocked.ours.recordings["sip"].id
    os.utime(aged.blob(aged.original(ours)), (OLD, OLD))
    aged.rows("UPDATE media SET blob = ? WHERE recording = ?", key, ours.bytes)
    ran = check(command)
    assert [it["damage"] for it in ran.json["findings"]] == ["elsewhere", "orphan"]
    assert ran.json["findings"][0]["recording"] == str(ours)


def test_rows_that_refer_to_nothing_are_found_and_nothing_is_deleted(
    aged: Folder, command: Command, stocked: Stock
) -> None:
    id = stocked.ours.recordings["call"].id
    os.utime(aged.blob(aged.original(id)), (OLD, OLD))
    aged.rows("DELETE FROM recordings WHERE id = ?", id.bytes)
    before = aged.blobs()
    ran = check(command, "--forget-orphans", "--repair")
    kinds = {it["damage"] for it in ran.json["findings"]}
    assert (ran.code, kinds) == (6, {"database", "orphan"})
    assert aged.blobs() == before


def test_what_is_damaged_beside_a_database_with_faults_is_not_served_either(
    folder: Folder, command: Command, stocked: Stock
) -> None:
    recording = stocked.ours.recordings["call"].id
    get = ("get", recording, "--account", "Ours", "--data", "data", "-o", "it", "--force")
    folder.spoil(folder.original(recording), flip)
    ((peaks,),) = folder.rows("SELECT peaks FROM analyses WHERE recording = ?", recording.bytes)
    folder.spoil(peaks, cut)
    folder.rows("DELETE FROM recordings WHERE id = ?", stocked.ours.recordings["sip"].id.bytes)
    ran = check(command, "--read-data", "--repair")
    fixes = {it["part"]: it["fix"] for it in ran.json["findings"]}
    assert (ran.code, set(fixes)) == (6, {None, "original", "peaks"})
    assert fixes["original"].startswith("it is not served; ")
    assert "nothing is deleted" in fixes["peaks"]
    assert peaks in folder.blobs()
    assert command(*get).code == 4


def test_a_damaged_database_is_found(
    folder: Folder, command: Command, rows_in_folder: None
) -> None:
    path = folder.path / "vault.sqlite3"
    data = bytearray(path.read_bytes())
    for page in range(20 * 4096, len(data), 4096):
        data[page : page + 100] = bytes(100)
    path.write_bytes(data)
    ran = command("check", "--data", "data")
    assert ran.code in (4, 6)
    assert "restore" in ran.out + ran.err


def test_a_lost_secret_is_told(folder: Folder, command: Command) -> None:
    (folder.path / "secret.key").unlink()
    found = only(check(command))
    assert found["damage"] == "secret"
    assert "secret.key" in found["fix"]
    assert not (folder.path / "secret.key").exists()


def test_another_vaults_secret_is_told(folder: Folder, command: Command, stocked: Stock) -> None:
    sealed = dict.fromkeys((it.name for it in hooks.c), "[]")
    row = {
        **sealed,
        "account": stocked.ours.account.id.bytes,
        "id": bytes(16),
        "created_at": 0,
        "sealed": b"sealed by another",
        "details": "{}",
        "enabled": True,
    }
    folder.rows(f"INSERT INTO hooks VALUES ({', '.join('?' * len(row))})", *row.values())
    (folder.path / "secret.key").write_text(secrets.token_hex(32), "ascii")
    assert only(check(command))["damage"] == "secret"


def test_parts_make_a_whole(folder: Folder, command: Command) -> None:
    parts = [check(command, "--read-data-subset", f"{it}/3").json["counts"] for it in (1, 2, 3)]
    assert sum(it["read_blobs"] for it in parts) == len(folder.blobs())
    assert all(it["read_blobs"] < len(folder.blobs()) for it in parts)
    assert check(command, "--read-data-subset", "100%").json["counts"]["read_blobs"] == len(
        folder.blobs()
    )
    assert check(command, "--read-data-subset", "1K").code == 0


@pytest.mark.parametrize("wrong", ["0%", "101%", "3/2", "0/2", "some", "0M", "5 %"])
def test_a_part_that_cannot_be_is_refused(folder: Folder, command: Command, wrong: str) -> None:
    refused = check(command, "--read-data-subset", wrong)
    assert refused.code == 2
    assert "500M" in refused.err


def test_it_works_beside_a_server_that_imports(command: Command, tmp_path: Path) -> None:
    command("account", "add", "Clinic")
    (tmp_path / "call.wav").write_bytes(tone(1, 440))
    with started("serve", "--port", "0", "--json", folder=tmp_path) as server:
        first_line(server)
        command("import", "call.wav")
        ran = command("check", "--read-data", "--json")
        stopped(server)
    assert (ran.code, ran.json["findings"]) == (0, [])
    assert ran.json["counts"]["media"] == 1


def test_without_a_vault_none_is_made(command: Command, tmp_path: Path) -> None:
    refused = command("check")
    assert refused.code == 4
    assert list(tmp_path.iterdir()) == []
