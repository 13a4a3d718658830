"""SignalWire's present client against the Relay dialect."""

from pathlib import Path
from uuid import UUID

import pytest

from hearing import heard
from sdk.clients import told
from sdk.environments import environment
from stocked import House


@pytest.fixture(scope="session")
def python() -> Path:
    return environment("signalwire-sdk")


async def test_a_user_finds_what_was_recorded_and_hears_it_and_is_refused_in_plain_words(
    python: Path, house: House, served: str, tmp_path: Path
) -> None:
    said = await told("relay_client", house, python=python, base=served, folder=str(tmp_path))
    call, ours = said["call"], house.ours.recordings
    assert [len(it) for it in said["pages"]] == [3, 3, 1]
    there = {str(it.id) for name, it in ours.items() if name != "deleted"}
    assert {it for page in said["pages"] for it in page} == there
    assert (call["id"], call["project_id"]) == (str(ours["call"].id), str(ours["call"].account))
    assert (call["duration_in_seconds"], call["stereo"], call["status"]) == (2, True, "completed")
    assert (call["price"], call["price_unit"]) == (0.0025, "USD")
    assert call["relay_pstn_leg_id"] == str(ours["call"].source_id)
    assert said["conference"]["relay_conference_id"] == str(ours["conference"].conference)
    assert (said["in_progress"]["status"], said["in_progress"]["url"]) == ("in-progress", "")
    data = (tmp_path / "wav").read_bytes()
    assert (heard(data).channels, call["byte_size"]) == (2, len(data))
    for name in ("unknown", "foreign", "after", "again"):
        assert (said[name]["status"], said[name]["body"]) == (404, {"error": "Not Found"})
        assert UUID(said[name]["id"])
    assert (said["unauthorized"]["status"], said["unauthorized"]["body"]) == (
        401,
        {"error": "Unauthorized"},
    )
    for name in ("nonsense", "not_deletable"):
        assert said[name]["status"] == 422
        assert said[name]["body"]["errors"][0]["title"] == "Invalid Attribute"
    assert said["deleted"] == {}
