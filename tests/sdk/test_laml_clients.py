"""Twilio's client, and SignalWire's fork of an older one, against the LaML dialect."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dictabelt.core.nouns import Recording
from hearing import heard
from sdk.clients import told
from sdk.environments import environment
from stocked import House

CLIENTS = ("twilio", "signalwire")


@pytest.fixture(params=CLIENTS, scope="session")
def client(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def python(client: str) -> Path:
    return environment(client)


@pytest.fixture
async def said(
    client: str, python: Path, house: House, served: str, tmp_path: Path
) -> dict[str, Any]:
    """One run of the program; the media it downloads is left in the test's folder."""
    more = {"client": client, "base": served, "folder": str(tmp_path)}
    return await told("laml_client", house, python=python, **more)


def instant(it: datetime | None) -> dict[str, str] | None:
    return None if it is None else {"datetime": it.replace(microsecond=0).isoformat()}


def metadata(it: Recording) -> dict[str, Any]:
    """What is the same for every client."""
    return {
        "sid": str(it.id),
        "account_sid": str(it.account),
        "call_sid": str(it.call.id) if it.call else None,
        "conference_sid": str(it.conference) if it.conference else None,
        "api_version": "2010-04-01",
        "date_created": instant(it.created_at),
        "date_updated": instant(it.updated_at),
        "start_time": instant(it.started_at),
        "price_unit": "USD",
        "encryption_details": None,
        "uri": f"/api/laml/2010-04-01/Accounts/{it.account}/Recordings/{it.id}.json",
    }


async def test_a_user_finds_what_was_recorded_and_hears_it_and_is_refused_in_plain_words(
    said: dict[str, Any], client: str, house: House, tmp_path: Path
) -> None:
    ours = house.ours.recordings
    for name in ("call", "conference", "in_progress", "failed"):
        right = metadata(ours[name.replace("_", " ")])
        assert {it: said[name][it] for it in right} == right
    finished(said, client)
    unfinished(said)
    refused(said)
    for kind in ("mp3", "wav"):
        sound = heard((tmp_path / kind).read_bytes())
        assert (round(sound.seconds, 1), sound.channels) == (2.4, 2)


def finished(said: dict[str, Any], client: str) -> None:
    call = said["call"]
    assert (call["status"], call["source"]) == ("completed", "StartCallRecordingApi")
    assert (call["duration"], call["error_code"]) == (2, None)
    # The old fork makes a number of the price.
    price = "-0.0025" if client == "twilio" else {"decimal": "-0.0025"}
    assert (call["channels"], call["price"]) == (2, price)
    assert call["start_time"] == instant(datetime(2026, 3, 3, 9, 14, 7, tzinfo=UTC))
    assert said["of_call"] == call["sid"]
    assert said["conference"]["source"] == "Conference"


def unfinished(said: dict[str, Any]) -> None:
    assert (said["in_progress"]["status"], said["in_progress"]["price"]) == ("in-progress", None)
    assert (said["failed"]["status"], said["failed"]["error_code"]) == (
        "absent",
        "unreadable_audio",
    )


def refused(said: dict[str, Any]) -> None:
    for name in ("unknown", "foreign", "after", "again"):
        assert (said[name]["status"], said[name]["code"]) == (404, 20404)
    verbs = {"again": "delete"}
    for name in ("unknown", "foreign", "after", "again"):
        assert said[name]["message"].startswith(f"Unable to {verbs.get(name, 'fetch')} record")
    assert (said["unauthorized"]["status"], said["unauthorized"]["code"]) == (401, 20003)
    assert (said["not_deletable"]["status"], said["not_deletable"]["code"]) == (400, 20009)
    assert said["deleted"] is True
