"""Ctrl-C: one line, the code 130, and what was done stays done."""

from pathlib import Path

from cli.running import Command, first_line, started, stopped
from sounds import tone


def test_an_interrupted_import_keeps_what_it_has_told(clinic: Command, tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.wav").write_bytes(tone(0.1, 300 + number))
    with started("import", folder, "--json", folder=tmp_path) as importing:
        first = first_line(importing)
        ended = stopped(importing)
    assert ended.code == 130
    assert ended.err == "dictabelt: interrupted\n"
    assert list((tmp_path / "dictabelt-data" / "blobs" / "incoming").iterdir()) == []
    held = [it["id"] for it in clinic("ls", "--limit", "1000", "--json").json]
    assert first["recording"] in held
    assert len(held) < 300
    again = clinic("import", folder, "--json")
    assert again.code == 0
    assert len(clinic("ls", "--limit", "1000", "--json").json) == 300


def test_a_reader_that_has_had_enough_is_no_fault(clinic: Command, tmp_path: Path) -> None:
    with started("account", "list", "--json", folder=tmp_path) as listing:
        assert listing.stdout is not None
        listing.stdout.close()
        listing.stdout = None
        _, err = listing.communicate(timeout=30)
    assert (listing.returncode, err) == (1, "")
