"""`dictabelt pack`, and the setting of an account."""

from pathlib import Path

from cli.running import Command
from sounds import NOT_AUDIO, tone


def stored(folder: Path) -> int:
    blobs = (folder / "dictabelt-data" / "blobs").rglob("*")
    return sum(it.stat().st_size for it in blobs if it.is_file())


def test_packing_saves_room_and_gives_the_same_file(
    clinic: Command, call: str, tmp_path: Path
) -> None:
    before = stored(tmp_path)
    packed = clinic("pack", "--json").json
    (row,) = packed["originals"]
    assert (packed["dry_run"], row["fate"], row["files"]) == (False, "packed", 1)
    assert packed["saved"] == row["bytes"] - row["kept_bytes"] == before - stored(tmp_path) > 0
    clinic("get", call, "-o", "back.wav")
    assert (tmp_path / "back.wav").read_bytes() == (tmp_path / "call.wav").read_bytes()
    again = clinic("pack", "--json").json
    assert (again["saved"], again["originals"]) == (0, [row | {"fate": "already"}])


def test_a_dry_run_changes_nothing(clinic: Command, call: str, tmp_path: Path) -> None:
    before = stored(tmp_path)
    guess = clinic("pack", "--dry-run", "--json").json
    assert stored(tmp_path) == before
    real = clinic("pack", "--json").json
    assert guess["dry_run"] is True
    assert abs(guess["saved"] - real["saved"]) < 0.1 * real["saved"]


def test_people_are_told_what_was_saved_and_what_stayed(
    clinic: Command, call: str, tmp_path: Path
) -> None:
    (tmp_path / "page.wav").write_bytes(NOT_AUDIO)
    clinic("import", "page.wav")
    dry, real = clinic("pack", "--dry-run"), clinic("pack")
    assert dry.err.startswith("packing would save about ")
    assert real.err.startswith("saved ")
    fates = [line.split("\t")[:2] for line in real.lines]
    assert fates == [["packed", "1"], ["not packable", "1"]]


def test_an_original_that_rotted_is_named_and_kept(
    clinic: Command, call: str, tmp_path: Path
) -> None:
    (path,) = [it for it in (tmp_path / "dictabelt-data" / "blobs").rglob("*") if it.is_file()]
    path.write_bytes(path.read_bytes()[:-9] + b"otherwise")
    refused = clinic("pack")
    assert refused.code == 3
    assert call in refused.err
    assert path.read_bytes()[-9:] == b"otherwise"


def test_another_accounts_originals_are_left_alone(clinic: Command, tmp_path: Path) -> None:
    clinic("account", "add", "Rival")
    (tmp_path / "call.wav").write_bytes(tone(1, 440))
    clinic("import", "call.wav", "--account", "Rival")
    assert clinic("pack", "--account", "Clinic", "--json").json["originals"] == []


def test_an_account_is_told_to_pack_what_comes(clinic: Command) -> None:
    assert clinic("account", "list", "--json").json[0]["packing"] is False
    assert clinic("account", "change", "--packing", "--json").json["packing"] is True
    assert clinic("account", "list", "--json").json[0]["packing"] is True
    assert clinic("account", "change", "--no-packing").code == 0
    assert clinic("account", "list", "--json").json[0]["packing"] is False
    nothing = clinic("account", "change")
    assert (nothing.code, nothing.out) == (2, "")
