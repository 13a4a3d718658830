"""The command line inside the test's own process, in a folder of the test's own."""

import os
from pathlib import Path

import pytest

from cli.running import Command, Ran
from dictabelt.cli.main import run
from sounds import tone


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs `dictabelt` with these arguments; what it printed counts from there on."""
    for name in os.environ:
        if name.startswith("DICTABELT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def obey(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(it) for it in arguments])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return obey


@pytest.fixture
def clinic(command: Command) -> Command:
    """The command, in a vault with one account."""
    assert command("account", "add", "Clinic").code == 0
    return command


@pytest.fixture
def call(clinic: Command, tmp_path: Path) -> str:
    """The id of an imported call of two seconds."""
    file = tmp_path / "call.wav"
    file.write_bytes(tone(2, 440, 660))
    it = clinic("import", file, "--call-id", "12345", "--from", "+442079460100", "--json")
    id: str = it.json["recording"]
    return id
