"""One recording, five shapes: it comes in by Bota, and every other vendor's client reads it."""

import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from dictabelt import demo_data
from hearing import heard
from sdk.clients import PATIENCE, PROGRAMS, told
from sdk.environments import environment
from stocked import House

SOUNDS = Path(demo_data.__file__).parent
# What is uploaded, and how many channels it has.
ORIGINALS = {
    "pcm-8k-stereo.wav": ("audio/wav", 2),
    "mp3-16k-mono.mp3": ("audio/mpeg", 1),
    "opus-16k-mono.ogg": ("audio/ogg", 1),
}


async def uploaded(house: House, base: str, *, name: str) -> dict[str, object]:
    """What the Bota program says."""
    line = [sys.executable, str(PROGRAMS / "bota_program.py"), base, house.ours.keys["all"]]
    line += [str(SOUNDS / name), ORIGINALS[name][0]]
    ran = await asyncio.to_thread(
        subprocess.run, line, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, object] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("name", ORIGINALS)
async def test_what_bota_took_in_every_other_client_reads(
    name: str, house: House, served: str, tmp_path: Path
) -> None:
    python = environment("twilio")
    bota = await uploaded(house, served, name=name)
    original = (SOUNDS / name).read_bytes()
    assert bota["sha256"] == hashlib.sha256(original).hexdigest()
    assert bota["status"] == "uploaded"
    id = UUID(hex=str(bota["id"]).removeprefix("rec_"))
    said = await told(
        "rosetta", house, python=python, base=served, folder=str(tmp_path), id=str(id)
    )
    seconds, channels = int(str(bota["duration_ms"])) / 1000, ORIGINALS[name][1]
    twilio, relay, bird = said["twilio"], said["relay"], said["bird"]
    assert twilio["sid"] == f"RE{id.hex}"
    assert (int(twilio["duration"]), twilio["channels"]) == (int(seconds), channels)
    assert (relay["id"], relay["duration_in_seconds"]) == (str(id), int(seconds))
    assert (bird["id"], bird["duration"], bird["status"]) == (str(id), int(seconds), "available")
    assert (relay["stereo"], bird["stereo"]) == (channels == 2, channels == 2)
    for which in ("twilio", "relay", "bird", "subverse"):
        sound = heard((tmp_path / which).read_bytes())
        assert sound.seconds == pytest.approx(seconds, abs=0.05), which
        assert sound.channels == channels, which


def test_the_program_is_short() -> None:
    assert len((PROGRAMS / "bota_program.py").read_text().splitlines()) <= 30
