"""What a restore writes into the folder that it makes a vault of."""

from pathlib import Path

import pytest

from dictabelt.cli.claims import keep_settings


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return tmp_path / "dictabelt.toml"


def test_a_name_that_a_crash_left_without_bytes_gets_them(settings: Path) -> None:
    settings.touch()
    keep_settings(settings.parent, database="sqlite", blobs=None)
    assert settings.read_text() == 'database = "sqlite"\n'


def test_settings_that_are_there_stay(settings: Path) -> None:
    settings.write_text("port = 8081\n")
    keep_settings(settings.parent, database="sqlite", blobs=None)
    assert settings.read_text() == "port = 8081\n"


def test_where_nothing_was_said_nothing_is_written(settings: Path) -> None:
    keep_settings(settings.parent, database=None, blobs=None)
    assert not settings.exists()
