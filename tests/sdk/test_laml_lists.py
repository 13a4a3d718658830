"""Lists, filters, transcriptions and live recordings, by Twilio's client and SignalWire's fork."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from dictabelt.core.ids import spell_prefixed
from dictabelt.core.transcriptions import Spoken
from sdk.clients import told
from sdk.environments import environment
from stocked import House

# The client, and whether the account is spelled as Twilio spells it.
WAYS = (("twilio", "uuid"), ("twilio", "AC"), ("signalwire", "uuid"))


@pytest.fixture(params=WAYS, ids=" ".join)
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


def speller(spelling: str) -> Any:
    """How this flavour writes an id of a kind."""
    if spelling == "uuid":
        return lambda _, id: str(id)
    return spell_prefixed


@pytest.fixture
async def said(way: tuple[str, str], house: House, served: str) -> dict[str, Any]:
    """One run of the program."""
    client, spell, ours = way[0], speller(way[1]), house.ours.recordings
    words = await house.vault.transcriptions.write(
        house.ours.owner, ours["call"].id, Spoken("en-GB", text="Is it open today?")
    )
    live, call = ours["in progress"].call, ours["call"].call
    assert live is not None
    assert call is not None
    conference = ours["conference"].conference
    assert conference is not None
    more = {
        "client": client,
        "base": served,
        "account": spell("AC", house.ours.account.id),
        "call": spell("RE", ours["call"].id),
        "in_progress": spell("RE", ours["in progress"].id),
        "live_call": spell("CA", live.id),
        "idle_call": spell("CA", call.id),
        "of_call": spell("CA", call.id),
        "of_conference": spell("CF", conference),
        "nobody": spell("CA", UUID(int=1)),
        "transcription": spell("TR", words.id),
    }
    return await told("laml_lists", house, python=environment(client), **more)


async def test_users_go_through_their_recordings_and_steer_those_in_progress(
    way: tuple[str, str], said: dict[str, Any], house: House
) -> None:
    spell, ours = speller(way[1]), house.ours.recordings
    there = [it for name, it in ours.items() if name != "deleted"]
    newest = [
        spell("RE", it.id)
        for it in sorted(there, key=lambda it: (it.created_at, it.id.bytes), reverse=True)
    ]
    assert said["forth"] == [newest[:3], newest[3:6], newest[6:]]
    assert said["back"] == [newest[3:6], newest[:3]]
    assert said["all"] == said["before"] == newest
    assert said["after"] == said["of_nobody"] == []
    call, conference = spell("RE", ours["call"].id), spell("RE", ours["conference"].id)
    assert said["by_call"] == said["of_call"] == said["today"] == [call]
    assert said["by_conference"] == said["of_conference"] == [conference]
    assert len(said["transcriptions"]) == 1
    assert said["words"]["text"] == "Is it open today?"
    created = datetime.fromisoformat(said["words"]["created"]["datetime"])
    assert created.astimezone(UTC) <= datetime.now(UTC)
    assert "Unable to fetch page" in said["unauthorized"]
    steered(said["live"])


def steered(live: dict[str, Any]) -> None:
    assert [live[it] for it in ("paused", "resumed", "started")] == [
        "paused",
        "in-progress",
        "in-progress",
    ]
    assert live["stopped"] in ("stopped", "processing")
    assert live["idle"]["code"] == 21220
