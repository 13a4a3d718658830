"""`dictabelt import`: files come in once, and every fate is told."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cli.running import Command, Ran
from sounds import NOT_AUDIO, tone


def fates(it: Ran) -> dict[str, dict[str, Any]]:
    """Outcomes by file name."""
    outcomes = [json.loads(line) for line in it.lines]
    return {Path(outcome["path"]).name: outcome for outcome in outcomes}


def files(folder: Path, **contents: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Two calls, one of them in a folder within, beside what is none of ours."""
    folder = files(tmp_path / "calls", one_wav=tone(1, 440), notes_txt=b"not for import")
    files(folder / "2026", two_WAV=tone(2, 550))
    files(folder / ".hidden", three_wav=tone(1, 660))
    (folder / "._one.wav").write_bytes(b"what macOS leaves beside a file")
    return folder


def test_a_folder_is_searched_to_the_bottom_for_audio(clinic: Command, calls: Path) -> None:
    imported = clinic("import", calls, "--json")
    assert imported.code == 0
    assert imported.err == ""
    assert sorted(fates(imported)) == ["one.wav", "two.WAV"]
    assert {it["outcome"] for it in fates(imported).values()} == {"imported"}
    assert {it["state"] for it in fates(imported).values()} == {"available"}
    lengths = [it["duration_ms"] for it in clinic("ls", "--json").json]
    assert sorted(lengths) == [1000, 2000]


def test_a_second_import_says_so_and_stores_nothing_twice(
    clinic: Command, calls: Path, tmp_path: Path
) -> None:
    def stored() -> set[Path]:
        return set((tmp_path / "dictabelt-data" / "blobs").rglob("*"))

    first, before = fates(clinic("import", calls, "--json")), stored()
    second = clinic("import", calls, "--json")
    assert second.code == 0
    assert {it["outcome"] for it in fates(second).values()} == {"already"}
    assert {name: it["recording"] for name, it in fates(second).items()} == {
        name: it["recording"] for name, it in first.items()
    }
    assert stored() == before
    assert len(clinic("ls", "--json").json) == 2


def test_people_are_told_the_id_that_a_file_has_already(clinic: Command, calls: Path) -> None:
    clinic("import", calls / "one.wav")
    again = clinic("import", calls / "one.wav")
    (held,) = clinic("ls", "--json").json
    assert again.out.split() == ["already", held["id"], str(calls / "one.wav")]
    assert again.err == "1 already\n"


def test_the_same_bytes_under_two_names_are_one_recording(clinic: Command, tmp_path: Path) -> None:
    folder = files(tmp_path / "twins", a_wav=tone(1, 440), b_wav=tone(1, 440))
    told = fates(clinic("import", folder, "--json"))
    assert sorted(it["outcome"] for it in told.values()) == ["already", "imported"]
    assert len({it["recording"] for it in told.values()}) == 1


def test_a_file_named_twice_is_imported_once(clinic: Command, calls: Path) -> None:
    assert len(clinic("import", calls, calls / "one.wav", "--json").lines) == 2


def test_each_account_has_recordings_of_its_own(clinic: Command, calls: Path) -> None:
    clinic("account", "add", "Rival")
    ours = clinic("import", calls / "one.wav", "--account", "Clinic", "--json").json
    theirs = clinic("import", calls / "one.wav", "--account", "Rival", "--json").json
    assert (ours["outcome"], theirs["outcome"]) == ("imported", "imported")
    assert ours["recording"] != theirs["recording"]


def test_text_that_is_named_like_audio_fails_with_the_reason_and_is_kept(
    clinic: Command, tmp_path: Path
) -> None:
    folder = files(tmp_path / "mixed", good_wav=tone(1, 440), page_wav=NOT_AUDIO)
    imported = clinic("import", folder, "--json")
    told = fates(imported)
    assert imported.code == 3
    assert told["good.wav"]["outcome"] == "imported"
    assert (told["page.wav"]["outcome"], told["page.wav"]["state"]) == ("failed", "failed")
    assert told["page.wav"]["reason"]
    kept = tmp_path / "kept"
    assert clinic("get", told["page.wav"]["recording"], "-o", kept).code == 0
    assert kept.read_bytes() == NOT_AUDIO


def test_what_could_not_be_played_is_no_better_the_second_time(
    clinic: Command, tmp_path: Path
) -> None:
    folder = files(tmp_path / "bad", page_wav=NOT_AUDIO)
    first = fates(clinic("import", folder, "--json"))["page.wav"]
    again = clinic("import", folder, "--json")
    second = fates(again)["page.wav"]
    assert again.code == 3
    assert (second["outcome"], second["recording"]) == ("already", first["recording"])
    assert second["reason"] == first["reason"]


def test_people_are_told_why_a_file_failed(clinic: Command, tmp_path: Path) -> None:
    files(tmp_path, page_wav=NOT_AUDIO)
    imported = clinic("import", "page.wav")
    (held,) = clinic("ls", "--json").json
    assert imported.out == f"failed    {held['id']}  page.wav: {held['reason']}\n"
    assert imported.err == "1 failed\n"


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    clinic: Command, calls: Path, tmp_path: Path
) -> None:
    mute = tmp_path / "mute.wav"
    os.mkfifo(mute)
    imported = clinic("import", mute, calls / "one.wav", "--json")
    told = fates(imported)
    assert imported.code == 3
    assert (told["mute.wav"]["outcome"], told["mute.wav"]["recording"]) == ("failed", None)
    assert "cannot be read" in told["mute.wav"]["reason"]
    assert told["one.wav"]["outcome"] == "imported"


def test_what_is_known_of_the_call_is_kept(clinic: Command, calls: Path) -> None:
    known = {
        "--call-id": "CA77",
        "--direction": "outbound",
        "--from": "sip:ward@example.com",
        "--to": "sip:pharmacy@example.com",
        "--started-at": "2026-03-03T10:14:07.5+01:00",
        "--leg": "sip",
    }
    options = [word for pair in known.items() for word in pair]
    clinic("import", calls / "one.wav", *options)
    (held,) = clinic("ls", "--json").json
    assert held["leg"] == "sip"
    assert held["started_at"] == "2026-03-03T09:14:07.500000Z"
    assert {**held["call"], "id": None} == {
        "id": None,
        "call_id": "CA77",
        "direction": "outbound",
        "from": "sip:ward@example.com",
        "to": "sip:pharmacy@example.com",
    }


def test_a_conference_has_no_caller(clinic: Command, calls: Path) -> None:
    refused = clinic("import", calls, "--leg", "conference", "--from", "+442079460100")
    assert refused.code == 2
    assert "leave them out" in refused.err
    assert clinic("import", calls, "--leg", "conference").code == 0
    assert {it["source"] for it in clinic("ls", "--json").json} == {"conference"}


@pytest.mark.parametrize(
    "wrong",
    [
        ("--started-at", "2026-03-03T09:14:07"),
        ("--started-at", "yesterday"),
        ("--direction", "sideways"),
        ("--call-id", ""),
    ],
)
def test_a_wrong_fact_is_refused_before_anything_is_imported(
    clinic: Command, calls: Path, wrong: tuple[str, str]
) -> None:
    refused = clinic("import", calls, *wrong)
    assert refused.code == 2
    assert wrong[0] in refused.err
    assert len(refused.err.splitlines()) == 1
    assert clinic("ls", "--json").json == []


def test_a_path_that_is_not_there_is_refused(clinic: Command) -> None:
    refused = clinic("import", "nowhere.wav")
    assert refused.code == 2
    assert "'nowhere.wav' does not exist" in refused.err


def test_a_folder_without_audio_is_no_silent_success(clinic: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    looked = clinic("import", "empty")
    assert (looked.code, looked.out) == (0, "")
    assert looked.err == "no audio files in empty\n"


def test_a_name_that_no_terminal_should_see_is_made_harmless(
    clinic: Command, tmp_path: Path
) -> None:
    wild = tmp_path / "a\x1b]0;x\x07\n.wav"
    wild.write_bytes(tone(1, 440))
    odd = Path(str(tmp_path / "b") + "\udcff.wav")
    odd.write_bytes(tone(1, 550))
    imported = clinic("import", wild, odd)
    assert imported.code == 0
    assert len(imported.lines) == 2
    assert imported.out.replace("\n", "").isprintable()
    names = [it["media"][0]["name"] for it in clinic("ls", "--json").json]
    assert sorted(names) == ["a?]0;x??.wav", "b?.wav"]
