"""`dictabelt demo`: what it prints works, what it wrote stays, what broke is mended."""

import json
import shlex
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from cli.running import LONGEST, Command, first_line, ran, started, stopped
from dictabelt.cli import seed
from dictabelt.http.dialect import discover

DIALECTS = {it.name for it in discover()}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo that has run once."""
    folder = tmp_path_factory.mktemp("demo")
    once(folder)
    return folder / "data"


@pytest.fixture
def folder(seeded: Path, tmp_path: Path) -> Path:
    """A folder with a copy of that as `data`."""
    shutil.copytree(seeded, tmp_path / "data")
    return tmp_path


def once(folder: Path) -> dict[str, Any]:
    """Starts the demo on the folder's `data`, stops it, and gives what it wrote."""
    with started("demo", "--port", "0", "--data", "data", "--json", folder=folder) as demo:
        first_line(demo)
        assert stopped(demo).code == 0
    return written(folder)


def written(folder: Path) -> dict[str, Any]:
    it: dict[str, Any] = json.loads((folder / "data" / "demo.json").read_bytes())
    return it


def recordings(it: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for account in it["accounts"]:
        yield from account["recordings"]


def without_base(it: dict[str, Any]) -> dict[str, Any]:
    return {**it, "base_url": None}


def test_the_file_says_what_the_manifest_says(folder: Path) -> None:
    it = written(folder)
    assert list(it) == ["base_url", "accounts"]
    assert [account["name"] for account in it["accounts"]] == [
        account["name"] for account in seed.manifest()
    ]
    for account, planned in zip(it["accounts"], seed.manifest(), strict=True):
        assert list(account) == ["id", "name", "key", "read_only_key", "recordings"]
        assert [(one["leg"], one["state"]) for one in account["recordings"]] == [
            (one["leg"], one["state"]) for one in planned["recordings"]
        ]


def test_the_file_spells_every_id_and_knows_every_byte(folder: Path) -> None:
    held = [path for path in (folder / "data" / "blobs").rglob("*") if path.is_file()]
    digests = {sha256(path.read_bytes()).hexdigest(): path.stat().st_size for path in held}
    for recording in recordings(written(folder)):
        assert list(recording) == ["id", "state", "leg", "ids", "media"]
        assert set(recording["ids"]) == DIALECTS
        assert recording["ids"]["bota"] == f"rec_{UUID(recording['id']).hex}"
        for media in recording["media"]:
            assert list(media) == ["id", "bota", "content_type", "size", "sha256"]
            assert media["bota"] == f"med_{UUID(media['id']).hex}"
            assert digests[media["sha256"]] == media["size"]


def test_the_file_is_its_owners_alone(folder: Path) -> None:
    assert stat.S_IMODE((folder / "data" / "demo.json").stat().st_mode) == 0o600


def test_what_it_prints_works_when_it_is_pasted(folder: Path) -> None:
    with started("demo", "--port", "0", "--data", "data", folder=folder) as demo:
        lines = printed(demo)
        commands = [line for line in lines if line.startswith("curl ")]
        for it in commands:
            subprocess.run(
                [*shlex.split(it), "--fail", "--silent", "--show-error"],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=LONGEST,
            )
        ended = stopped(demo)
    assert len(commands) == len(DIALECTS) + 1
    assert (folder / "call.mp3").stat().st_size > 10_000
    assert (ended.code, ended.err) == (0, "")


def printed(demo: subprocess.Popen[str]) -> list[str]:
    """Everything up to the line that tells of the file."""
    assert demo.stdout is not None
    lines = []
    for line in demo.stdout:
        lines.append(line.rstrip("\n"))
        if "demo.json" in line:
            break
    return lines


def test_its_links_are_for_itself_whatever_the_settings_say(folder: Path) -> None:
    (folder / "data" / "dictabelt.toml").write_text('public_urls = ["https://vault.example.com"]')
    with started("demo", "--port", "0", "--data", "data", "--json", folder=folder) as demo:
        it = first_line(demo)
        status = httpx2.head(it["link"]).status_code
        stopped(demo)
    assert it["link"].startswith(it["base_url"])
    assert status == 200


def test_both_keys_open_and_the_file_is_there_once_it_answers(folder: Path) -> None:
    (folder / "data" / "demo.json").unlink()
    with started("demo", "--port", "0", "--data", "data", "--json", folder=folder) as demo:
        base = first_line(demo)["base_url"]
        it = written(folder)
        answers = [
            httpx2.get(
                f"{base}/workspaces/{account['id']}/recordings/{one['ids']['bird']}",
                headers={"Authorization": f"AccessKey {account[key]}"},
            ).status_code
            for account in it["accounts"]
            for one in account["recordings"][:1]
            for key in ("key", "read_only_key")
        ]
        stopped(demo)
    assert it["base_url"] == base
    assert answers == [200] * 4


def test_a_restart_keeps_the_file_as_it_is(folder: Path) -> None:
    before = (folder / "data" / "demo.json").read_bytes()
    base = written(folder)["base_url"].encode()
    again = once(folder)["base_url"].encode()
    after = (folder / "data" / "demo.json").read_bytes()
    assert after == before.replace(base, again)


def test_without_the_file_only_the_keys_are_new(folder: Path, command: Command) -> None:
    before = written(folder)
    (folder / "data" / "demo.json").unlink()
    after = once(folder)
    assert [it["id"] for it in recordings(after)] == [it["id"] for it in recordings(before)]
    for old, new in zip(before["accounts"], after["accounts"], strict=True):
        assert {old["key"], old["read_only_key"]}.isdisjoint({new["key"], new["read_only_key"]})
        keys = command("key", "list", "--account", new["id"], "--data", "data", "--json").json
        assert [it["revoked_at"] is None for it in keys] == [False, False, True, True]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"base_url": 1}', b"\xff"])
def test_a_damaged_file_is_made_again(folder: Path, damage: bytes) -> None:
    before = written(folder)
    (folder / "data" / "demo.json").write_bytes(damage)
    after = once(folder)
    assert [it["id"] for it in recordings(after)] == [it["id"] for it in recordings(before)]


def test_a_revoked_key_is_replaced(folder: Path, command: Command) -> None:
    before, other = written(folder)["accounts"]
    owner = ("--account", before["id"], "--data", "data")
    for key in command("key", "list", *owner, "--json").json:
        command("key", "revoke", key["id"], *owner)
    after, same = once(folder)["accounts"]
    assert after["key"] != before["key"]
    assert after["recordings"] == before["recordings"]
    assert same == other


def test_what_somebody_deleted_stays_deleted(folder: Path, command: Command) -> None:
    before = written(folder)
    account = before["accounts"][0]
    gone = account["recordings"][0]["id"]
    command("rm", gone, "--yes", "--account", account["id"], "--data", "data")
    left = [it["id"] for it in recordings(before)]
    left.remove(gone)
    assert [it["id"] for it in recordings(once(folder))] == left


def test_a_kill_in_the_middle_of_the_first_start_is_mended(seeded: Path, tmp_path: Path) -> None:
    blobs = tmp_path / "data" / "blobs"
    with started("demo", "--port", "0", "--data", "data", "--json", folder=tmp_path) as demo:
        while len([it for it in blobs.rglob("*") if it.is_file()]) < 4:
            assert demo.poll() is None
        demo.send_signal(signal.SIGKILL)
    assert not (tmp_path / "data" / "demo.json").exists()
    assert shape(once(tmp_path)) == shape(written(seeded.parent))
    listed = ran("ls", "--account", "Harbour Clinic", "--data", "data", "--json", folder=tmp_path)
    assert len(listed.json) == len(seed.manifest()[0]["recordings"])


def shape(it: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Legs, states and bytes of all recordings, in order: what no id or key is part of."""
    return [
        (one["leg"], one["state"], [media["sha256"] for media in one["media"]])
        for one in recordings(it)
    ]


def test_somebody_elses_vault_is_left_alone(clinic: Command, tmp_path: Path) -> None:
    refused = ran("demo", "--port", "0", "--data", "dictabelt-data", folder=tmp_path)
    assert refused.code == 2
    assert "name another folder with --data" in refused.err
    assert [it["name"] for it in clinic("account", "list", "--json").json] == ["Clinic"]
