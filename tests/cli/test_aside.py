"""Files written aside: whole at their place, or not there."""

import stat
from pathlib import Path

import pytest

from dictabelt.cli import aside


class Fault(Exception):
    """Something goes wrong in the middle."""


def test_a_fresh_file_appears_at_the_end_only(tmp_path: Path) -> None:
    target = tmp_path / "call.wav"
    with aside.fresh(target) as file:
        file.write(b"audio")
        assert not target.exists()
    assert target.read_bytes() == b"audio"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    target = tmp_path / "call.wav"

    def meanwhile() -> None:
        with aside.fresh(target) as file:
            file.write(b"audio")
            target.write_bytes(b"precious")

    with pytest.raises(FileExistsError):
        meanwhile()
    assert target.read_bytes() == b"precious"
    assert list(tmp_path.iterdir()) == [target]


def test_a_fault_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "demo.json"
    target.write_bytes(b"before")

    def broken_off() -> None:
        with aside.replacing(target) as file:
            file.write(b"half")
            raise Fault

    with pytest.raises(Fault):
        broken_off()
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_secret_file_is_its_owners_alone(tmp_path: Path) -> None:
    target = tmp_path / "demo.json"
    target.write_bytes(b"before")
    target.chmod(0o644)
    with aside.replacing(target, mode=0o600) as file:
        file.write(b"secret")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert target.read_bytes() == b"secret"
