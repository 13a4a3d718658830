"""What listening showed, and mixes and parts, on the command line; bit rates as a setting."""

import asyncio
import hashlib
import wave
from pathlib import Path

import pytest

from cli.running import Command
from dictabelt.app import listener, opened
from dictabelt.settings import BadSettings, load
from hearing import heard
from sounds import silence, tone


def listen(folder: Path) -> None:
    """Does what a server would do in the background."""

    async def work() -> None:
        async with opened(load({"data": folder / "dictabelt-data"}, {})) as vault:
            await listener(vault).drain()

    asyncio.run(work())


def test_findings_are_shown_once_somebody_listened(clinic: Command, tmp_path: Path) -> None:
    (tmp_path / "quiet.wav").write_bytes(silence(20))
    id = clinic("import", "quiet.wav", "--json").json["recording"]
    assert clinic("show", id, "--json").json["heard"] is None
    assert "findings" not in clinic("show", id).out
    listen(tmp_path)
    assert clinic("show", id, "--json").json["heard"]["findings"] == ["silent"]
    assert "findings    silent\n" in clinic("show", id).out


def test_who_speaks_on_which_channel_is_said_at_import(clinic: Command, tmp_path: Path) -> None:
    (tmp_path / "two.wav").write_bytes(tone(1, 440, 660))
    asked = ("--speaker", "caller", "--speaker", "agent")
    id = clinic("import", "two.wav", *asked, "--json").json["recording"]
    assert clinic("show", id, "--json").json["speakers"] == ["caller", "agent"]
    wrong = clinic("import", "two.wav", "--speaker", "nobody")
    assert (wrong.code, "caller" in wrong.err) == (2, True)


def test_one_side_of_a_part_is_written(clinic: Command, call: str, tmp_path: Path) -> None:
    asked = ("--form", "wav", "--mix", "left", "--from", "500", "--to", "1250")
    told = clinic("get", call, *asked, "-o", "part.wav", "--json").json
    data = (tmp_path / "part.wav").read_bytes()
    assert (told["size"], told["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    with wave.open(str(tmp_path / "part.wav")) as part:
        assert (part.getnchannels(), part.getnframes()) == (1, 6_000)


@pytest.mark.parametrize("form", ["flac", "opus"])
def test_other_forms_are_written_whole(
    clinic: Command, call: str, tmp_path: Path, form: str
) -> None:
    assert clinic("get", call, "--form", form, "-o", f"call.{form}").code == 0
    found = heard((tmp_path / f"call.{form}").read_bytes())
    assert found.seconds == pytest.approx(2, abs=0.05)
    assert found.channels == 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--form", "flac", "--from", "1"), "a part of a recording can be had as wav or mp3"),
        (("--form", "wav", "--from", "2000"), "the recording is 2000 ms long"),
        (("--form", "wav", "--from", "9", "--to", "9"), "a part must end after it begins"),
        (("--mix", "left"), "ask for wav or mp3"),
    ],
)
def test_what_cannot_be_had_is_refused_with_the_way_to_it(
    clinic: Command, call: str, tmp_path: Path, asked: tuple[str, ...], said: str
) -> None:
    done = clinic("get", call, *asked, "-o", "x")
    assert (done.code, said in done.err) == (2, True), done.err
    assert not (tmp_path / "x").exists()


def test_bit_rates_are_a_setting_and_another_one_is_another_file(
    clinic: Command, call: str, tmp_path: Path
) -> None:
    clinic("get", call, "--form", "mp3", "-o", "a.mp3")
    settings = tmp_path / "dictabelt-data" / "dictabelt.toml"
    settings.write_text("mp3_kbps = { 8000 = [16, 32] }")
    clinic("get", call, "--form", "mp3", "-o", "b.mp3")
    sizes = [(tmp_path / name).stat().st_size for name in ("a.mp3", "b.mp3")]
    assert sizes[0] == 2 * sizes[1]


@pytest.mark.parametrize("rates", [{"8000": [33, 64]}, {"8001": [8, 8]}, {"8000": [8]}])
def test_bit_rates_that_mp3_does_not_have_are_refused_by_name(
    rates: dict[str, list[int]], clinic: Command, tmp_path: Path
) -> None:
    settings = tmp_path / "dictabelt-data" / "dictabelt.toml"
    settings.write_text(f"mp3_kbps = {{ {next(iter(rates))} = {next(iter(rates.values()))} }}")
    done = clinic("ls")
    assert (done.code, "setting mp3_kbps: " in done.err) == (2, True)
    with pytest.raises(BadSettings, match="mp3_kbps"):
        listen(tmp_path)
