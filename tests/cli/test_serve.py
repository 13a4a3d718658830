"""`dictabelt serve`: up with one line, down with one signal."""

import signal
import socket
from pathlib import Path

import httpx2
import pytest

from cli.running import Command, first_line, ran, started, stopped
from sounds import NOT_AUDIO, silence


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(tmp_path: Path, by: int) -> None:
    with started("serve", "--port", "0", "--json", folder=tmp_path) as server:
        base = first_line(server)["base_url"]
        with httpx2.Client(base_url=base) as client:
            assert client.get("/livez").status_code == 200
            ended = stopped(server, by)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_a_link_signed_beside_the_server_works_and_dies_with_the_recording(
    call: str, clinic: Command, tmp_path: Path
) -> None:
    with started("serve", "--port", "0", "--json", folder=tmp_path) as server:
        base = first_line(server)["base_url"]
        link = clinic("sign", call, "--form", "wav", "--base-url", base).out.strip()
        assert httpx2.get(link).content == (tmp_path / "call.wav").read_bytes()
        clinic("rm", call, "--yes")
        assert httpx2.get(link).status_code >= 400
        stopped(server)


def test_a_download_in_the_middle_does_not_hold_it_up(clinic: Command, tmp_path: Path) -> None:
    (tmp_path / "long.wav").write_bytes(silence(1800))
    recording = clinic("import", "long.wav", "--json").json["recording"]
    with started("serve", "--port", "0", "--json", folder=tmp_path) as server:
        base = first_line(server)["base_url"]
        link = clinic("sign", recording, "--form", "wav", "--base-url", base).out.strip()
        with httpx2.stream("GET", link) as slow:
            assert slow.status_code == 200
            ended = stopped(server)
    assert (ended.code, ended.out) == (0, "")
    assert "Traceback" not in ended.err


def test_people_are_told_where_it_is(tmp_path: Path) -> None:
    with started("serve", "--port", "0", folder=tmp_path) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        stopped(server)
    assert line.startswith("serving dictabelt-data at http://127.0.0.1:")


@pytest.mark.parametrize("verb", ["serve", "demo"])
def test_a_port_in_use_is_told_before_anything_is_made(tmp_path: Path, verb: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = ran(verb, "--port", port, "--data", "data", folder=tmp_path)
    assert (refused.code, refused.out) == (5, "")
    assert refused.err == (
        f"dictabelt: error: port {port} is in use; "
        "choose another with --port N (0 takes any that is free)\n"
    )
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_refused(tmp_path: Path, host: str) -> None:
    refused = ran("serve", "--host", host, "--port", "0", folder=tmp_path)
    assert refused.code == 5
    assert "choose another with --host" in refused.err


@pytest.mark.parametrize("verb", ["serve", "demo"])
@pytest.mark.parametrize("broken", ["a file", "a file above", "no database", "no secret"])
def test_a_broken_data_folder_gets_one_line_with_the_fix(
    tmp_path: Path, verb: str, broken: str
) -> None:
    data = tmp_path / "data"
    if broken in ("a file", "a file above"):
        data.write_bytes(NOT_AUDIO)
    else:
        data.mkdir()
        (data / "vault.sqlite3").write_bytes(NOT_AUDIO)
    if broken == "no database":
        (data / "secret.key").write_text("0" * 64)
    folder = data / "below" if broken == "a file above" else data
    refused = ran(verb, "--port", "0", "--data", folder, folder=tmp_path)
    assert (refused.code, refused.out) == (4, "")
    assert refused.err.startswith("dictabelt: error: ")
    assert len(refused.err.splitlines()) == 1
    assert "choose" in refused.err or "restore" in refused.err


def test_every_wrong_setting_is_told_on_a_line_of_its_own(tmp_path: Path) -> None:
    data = tmp_path / "dictabelt-data"
    data.mkdir()
    (data / "dictabelt.toml").write_text("prot = 8080\nencoders = 0\n")
    refused = ran("serve", "--port", "0", folder=tmp_path)
    assert refused.code == 2
    assert [line.split(":")[2] for line in refused.err.splitlines()] == [
        " setting encoders",
        " setting prot",
    ]
    assert "did you mean port?" in refused.err
