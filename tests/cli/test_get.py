"""`dictabelt get`: bytes into files that appear whole, or into a pipe."""

import hashlib
from pathlib import Path

import pytest

from cli.running import Command, output
from sounds import NOT_AUDIO, tone


def test_the_original_comes_back_byte_for_byte(clinic: Command, call: str, tmp_path: Path) -> None:
    assert clinic("get", call, "-o", "back.wav").code == 0
    assert (tmp_path / "back.wav").read_bytes() == (tmp_path / "call.wav").read_bytes()


def test_a_form_is_told_with_its_size_and_digest(
    clinic: Command, call: str, tmp_path: Path
) -> None:
    told = clinic("get", call, "--form", "mp3", "-o", "call.mp3", "--json").json
    content = (tmp_path / "call.mp3").read_bytes()
    assert told["content_type"] == "audio/mpeg"
    assert told["size"] == len(content)
    assert told["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_pipe_gets_the_bytes_and_nothing_else(call: str, tmp_path: Path) -> None:
    piped = output("get", call, "--form", "mp3", folder=tmp_path)
    file = output("get", call, "--form", "mp3", "-o", "call.mp3", folder=tmp_path)
    assert (piped.returncode, piped.stderr, file.returncode) == (0, b"", 0)
    assert piped.stdout == (tmp_path / "call.mp3").read_bytes()


def test_a_file_is_overwritten_only_by_force(clinic: Command, call: str, tmp_path: Path) -> None:
    target = tmp_path / "precious.wav"
    target.write_bytes(b"precious")
    refused = clinic("get", call, "-o", target)
    assert refused.code == 1
    assert refused.err == (
        f"dictabelt: error: {target} is there already; overwrite it with --force\n"
    )
    assert target.read_bytes() == b"precious"
    assert clinic("get", call, "-o", target, "--force").code == 0
    assert target.read_bytes() == (tmp_path / "call.wav").read_bytes()


def test_nothing_is_left_aside(clinic: Command, call: str, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    clinic("get", call, "-o", "back.wav")
    clinic("get", call, "-o", "back.wav", "--force")
    assert set(tmp_path.iterdir()) - before == {tmp_path / "back.wav"}


@pytest.mark.parametrize(
    ("target", "code", "fix"),
    [
        (".", 2, "name a file in it"),
        ("/dev/null", 2, "-o -"),
        ("nowhere/call.wav", 4, "choose another with -o"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_the_fix(
    clinic: Command, call: str, target: str, code: int, fix: str
) -> None:
    refused = clinic("get", call, "-o", target)
    assert refused.code == code
    assert fix in refused.err
    assert len(refused.err.splitlines()) == 1


def test_json_and_audio_do_not_share_stdout(clinic: Command, call: str) -> None:
    refused = clinic("get", call, "--json")
    assert (refused.code, refused.out) == (2, "")
    assert "-o FILE" in refused.err


def test_a_failed_recording_has_its_bytes_and_no_other_form(
    clinic: Command, tmp_path: Path
) -> None:
    (tmp_path / "page.wav").write_bytes(NOT_AUDIO)
    failed = clinic("import", "page.wav", "--json").json
    refused = clinic("get", failed["recording"], "--form", "wav", "-o", "out.wav")
    assert refused.code == 1
    assert failed["reason"] in refused.err
    assert "--form original" in refused.err
    assert not (tmp_path / "out.wav").exists()
    assert clinic("get", failed["recording"], "-o", "out.bin").code == 0
    assert (tmp_path / "out.bin").read_bytes() == NOT_AUDIO


def test_one_media_of_several_is_named(clinic: Command, call: str) -> None:
    (media,) = clinic("show", call, "--json").json["media"]
    told = clinic("get", call, "--media", media["id"], "-o", "one.wav", "--json").json
    assert told["media"] == media["id"]
    refused = clinic("get", call, "--media", call, "-o", "other.wav")
    assert refused.code == 1
    assert "no such media" in refused.err


def test_another_accounts_recording_is_not_there(
    clinic: Command, call: str, tmp_path: Path
) -> None:
    clinic("account", "add", "Rival")
    (tmp_path / "theirs.wav").write_bytes(tone(1, 880))
    refused = clinic("get", call, "-o", "x.wav", "--account", "Rival")
    assert refused.code == 1
    assert not (tmp_path / "x.wav").exists()
