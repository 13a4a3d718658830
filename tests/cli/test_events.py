"""`dictabelt events`: what happened, and telling it again."""

import pytest

from cli.running import Command
from dictabelt.core.webhook import EventType


def test_what_happened_is_listed_newest_first(clinic: Command, call: str) -> None:
    assert clinic("rm", call, "--yes").code == 0
    listed = clinic("events", "list", "--json").json
    assert listed[0]["type"] == "recording.deleted"
    assert {it["type"] for it in listed} == {
        "recording.created",
        "recording.completed",
        "recording.deleted",
    }
    assert {it["recording"] for it in listed} == {call}
    assert len(clinic("events", "list").lines) == 3


def test_a_list_can_be_narrowed(clinic: Command, call: str) -> None:
    (one,) = clinic("events", "list", "--type", "recording.completed", "--json").json
    assert (one["recording"], one["state"]) == (call, "available")
    other = "00000000-0000-4000-8000-000000000000"
    assert clinic("events", "list", "--recording", other, "--json").json == []
    ran = clinic("events", "list", "--limit", "1")
    assert len(ran.lines) == 1
    assert "--limit" in ran.err


@pytest.mark.parametrize("verb", ["show", "resend"])
def test_an_event_that_is_not_there_is_told_with_the_way_to_find_them(
    clinic: Command, verb: str
) -> None:
    ran = clinic("events", verb, "00000000-0000-4000-8000-000000000000")
    assert ran.code == 1
    assert "no such event" in ran.err


def test_an_event_is_on_its_way_again(clinic: Command, call: str) -> None:
    (one,) = clinic("events", "list", "--type", "recording.completed", "--json").json
    assert clinic("events", "resend", one["id"], "--json").json == {
        "id": one["id"],
        "resent": True,
    }
    ran = clinic("events", "show", one["id"])
    assert ran.code == 0
    assert "nobody has been told" in ran.err


def test_another_accounts_events_are_not_there(clinic: Command, call: str) -> None:
    clinic("account", "add", "Rival")
    (one,) = clinic(
        "events", "list", "--account", "Clinic", "--type", "recording.completed", "--json"
    ).json
    assert clinic("events", "list", "--account", "Rival", "--json").json == []
    assert clinic("events", "resend", one["id"], "--account", "Rival").code == 1


def test_a_type_that_nobody_knows_is_told_with_those_that_are(clinic: Command) -> None:
    ran = clinic("events", "list", "--type", "recording.lost")
    assert ran.code == 2
    assert EventType.COMPLETED.value in ran.err
