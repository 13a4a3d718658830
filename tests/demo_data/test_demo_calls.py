"""The manifest of the demo data: its exact shape and every variety that a demonstration needs."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Literal
from uuid import UUID

import msgspec
import pytest

FICTION = re.compile(
    r"""
    \+1[2-9]\d{2}55501\d{2}          # North America, 555-01xx
    | \+442079460\d{3}               # London, 020 7946 0xxx
    | \+447700900\d{3}               # United Kingdom, mobile, 07700 900xxx
    """,
    re.VERBOSE,
)
ADDRESS = re.compile(r"sip:[a-z0-9-]+@([a-z]+\.)?example\.com")


@dataclass(frozen=True)
class Contact:
    id: UUID
    identifier_key: Literal["phonenumber"]
    identifier_value: str


@dataclass(frozen=True)
class Party:
    number: str
    type: Literal["pstn", "sip", "webrtc"]
    country: str | None
    caller_id_name: str | None
    contact: Contact | None


@dataclass(frozen=True)
class Media:
    file: str
    kind: Literal["audio", "image"]
    content_type: Literal["audio/wav", "audio/mpeg", "audio/ogg", "audio/opus", "image/jpeg"]


Origin = Literal[
    "dial_verb",
    "conference",
    "outbound_api",
    "trunking",
    "record_verb",
    "start_call_recording",
    "start_conference_recording",
    "call_command_record",
    "call_command_record_call",
    "create_call",
    "bridge_call",
    "upload",
]


@dataclass(frozen=True)
class Recording:
    call_id: str | None
    direction: Literal["inbound", "outbound"]
    leg: Literal["pstn", "sip", "webrtc", "conference"]
    source: Literal["call", "conference"]
    origin: Origin
    state: Literal["available", "in_progress"]
    started_at: str
    track: Literal["both", "inbound", "outbound"]
    price: str | None
    price_unit: Literal["USD"]
    caller: Party
    callee: Party
    name: str
    metadata: dict[str, str]
    device_id: str | None
    end_user_id: str | None
    media: tuple[Media, ...]


@dataclass(frozen=True)
class Account:
    name: str
    recordings: tuple[Recording, ...]


@dataclass(frozen=True)
class Manifest:
    accounts: tuple[Account, ...]


RAW = files("dictabelt.demo_data").joinpath("calls.json").read_bytes()
ACCOUNTS = msgspec.json.decode(RAW, type=Manifest).accounts
RECORDINGS = [it for account in ACCOUNTS for it in account.recordings]
PARTIES = [party for it in RECORDINGS for party in (it.caller, it.callee)]


def test_the_manifest_has_no_field_beyond_its_shape() -> None:
    understood = msgspec.to_builtins(Manifest(ACCOUNTS))
    assert json.loads(RAW) == json.loads(json.dumps(understood))


def test_there_are_two_accounts_with_enough_recordings() -> None:
    clinic, taxi = ACCOUNTS
    assert clinic.name != taxi.name
    assert len(clinic.recordings) >= 8
    assert len(taxi.recordings) >= 2


@pytest.mark.parametrize("leg", ["pstn", "sip", "webrtc", "conference"])
def test_every_leg_can_be_played(leg: str) -> None:
    assert [it for it in RECORDINGS if it.leg == leg and it.state == "available"]


def test_calls_go_both_ways() -> None:
    assert {it.direction for it in RECORDINGS} == {"inbound", "outbound"}


def test_conference_recordings_and_only_they_come_from_a_conference() -> None:
    conferences = [it for it in RECORDINGS if it.source == "conference"]
    assert conferences
    assert conferences == [it for it in RECORDINGS if it.leg == "conference"]


def test_one_recording_is_in_progress_and_it_alone_has_no_media() -> None:
    (running,) = [it for it in RECORDINGS if it.state == "in_progress"]
    assert [it for it in RECORDINGS if not it.media] == [running]
    assert running.price is None


def test_one_recording_of_a_device_has_a_picture_between_two_sounds() -> None:
    (several,) = [it for it in RECORDINGS if len(it.media) > 1]
    assert Counter(media.kind for media in several.media) == {"audio": 2, "image": 1}
    assert several.media[0].kind == "audio"
    assert re.fullmatch(r"dev_[A-Za-z0-9]{24}", several.device_id or "")
    assert re.fullmatch(r"eu_[A-Za-z0-9]{24}", several.end_user_id or "")


def test_a_party_without_a_telephone_number_has_no_country_and_no_contact() -> None:
    others = [party for party in PARTIES if party.type != "pstn"]
    assert {(party.country, party.contact) for party in others} == {(None, None)}


def test_nobody_could_be_reached_at_any_number() -> None:
    pattern = {"pstn": FICTION, "sip": ADDRESS, "webrtc": re.compile(r"[a-z0-9-]+")}
    assert [it.number for it in PARTIES if not pattern[it.type].fullmatch(it.number)] == []


def test_a_contact_is_known_by_the_number_it_calls_from() -> None:
    known = [party for party in PARTIES if party.contact]
    assert known
    assert all(it.contact and it.contact.identifier_value == it.number for it in known)
    assert len({it.contact.id for it in known if it.contact}) == len(known)


def test_call_ids_name_one_call_each_in_all_accounts() -> None:
    ids = [it.call_id for it in RECORDINGS if it.call_id is not None]
    assert len(set(ids)) == len(ids) >= len(RECORDINGS) - 1


@pytest.mark.parametrize("it", RECORDINGS, ids=lambda it: it.name)
def test_each_recording_began_in_2026_in_utc_and_costs_a_decimal(it: Recording) -> None:
    started = datetime.fromisoformat(it.started_at)
    assert it.started_at.endswith("Z")
    assert started.utcoffset() == timedelta(0)
    assert started.year == 2026
    assert it.price is None or Decimal(it.price) > 0
