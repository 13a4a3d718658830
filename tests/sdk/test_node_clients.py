"""Twilio's client for Node, and SignalWire's fork of it, against the LaML dialect."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from dictabelt.core.ids import spell_prefixed
from hearing import heard
from sdk.clients import told
from sdk.node_modules import packages
from stocked import House

CLIENTS = ("twilio", "compatibility-api")


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def said(client: str, house: House, served: str, tmp_path: Path) -> dict[str, Any]:
    """One run of the program; the media it downloads is left in the test's folder."""
    modules, node = packages(client), shutil.which("node")
    assert node is not None
    more = {"client": client, "base": served, "folder": str(tmp_path), "modules": str(modules)}
    ours = house.ours
    if client == "twilio":
        # This client refuses an account that does not begin with AC.
        more |= {
            "account": spell_prefixed("AC", ours.account.id),
            "call": spell_prefixed("RE", ours.recordings["call"].id),
            "in_progress": spell_prefixed("RE", ours.recordings["in progress"].id),
            "unknown": "RE" + "0" * 32,
        }
    return await told("laml_client.cjs", house, python=Path(node), **more)


async def test_a_user_lists_hears_and_deletes_and_is_refused_in_plain_words(
    said: dict[str, Any], client: str, house: House, tmp_path: Path
) -> None:
    ours = house.ours.recordings
    there = [it for name, it in ours.items() if name != "deleted"]
    ids = [it.id for it in sorted(there, key=lambda it: (it.created_at, it.id.bytes))][::-1]
    newest = [spell_prefixed("RE", it) if client == "twilio" else str(it) for it in ids]
    assert said["pages"] == [newest[:3], newest[3:6], newest[6:]]
    assert said["all"] == said["earlier"] == newest
    assert said["later"] == []
    assert said["byCall"] == said["ofCall"] == [said["call"]["sid"]]
    assert said["call"]["status"] == "completed"
    assert said["call"]["startTime"] == "2026-03-03T09:14:07.000Z"
    for kind in ("mp3", "wav"):
        sound = heard((tmp_path / kind).read_bytes())
        assert (round(sound.seconds, 1), sound.channels) == (2.4, 2)
    for name in ("unknown", "after", "again"):
        assert (said[name]["status"], said[name]["code"]) == (404, 20404)
    assert (said["unauthorized"]["status"], said["unauthorized"]["code"]) == (401, 20003)
    assert (said["notDeletable"]["status"], said["notDeletable"]["code"]) == (400, 20009)
    assert said["deleted"] is True
