"""Puts the demo's accounts and recordings into a vault; what is there already stays as it is."""

import json
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any

from dictabelt.core.ingest import Upload
from dictabelt.core.media import Kind
from dictabelt.core.nouns import (
    Account,
    Contact,
    Direction,
    Known,
    Leg,
    Origin,
    Party,
    Principal,
    Recording,
    Source,
    State,
    Track,
)

if TYPE_CHECKING:
    from dictabelt.core.vault import Vault

Entry = dict[str, Any]
_PAGE = 100


def manifest() -> list[Entry]:
    """The demo's accounts, each with its recordings, as `calls.json` has them."""
    text = _folder().joinpath("calls.json").read_text("utf-8")
    accounts: list[Entry] = json.loads(text)["accounts"]
    return accounts


async def account(vault: "Vault", name: str) -> Account:
    """The account of that name, made where there is none."""
    for it in await vault.accounts.all():
        if it.name == name:
            return it
    return await vault.accounts.add(name, media_public=True, link_seconds=None)


async def planted(vault: "Vault", who: Principal, *, entries: list[Entry]) -> list[Recording]:
    """The account's recordings, all of them there now, whatever a crash had left of them."""
    return [await _recording(vault, who, entry=it) for it in entries]


async def _recording(vault: "Vault", who: Principal, *, entry: Entry) -> Recording:
    known = _known(entry)
    if not entry["media"]:
        same = await _of_call(vault, who, call_id=entry["call_id"])
        return same or await vault.ingest.begin(who, known, State(entry["state"]))
    first, *others = entry["media"]
    recording = (await vault.ingest.add(who, _upload(first), known)).recording
    for media in others:
        if media["file"] not in [it.name for it in recording.media]:
            recording = await vault.ingest.attach(who, recording.id, _upload(media))
    return recording


async def _of_call(vault: "Vault", who: Principal, *, call_id: str) -> Recording | None:
    """A recording without media has no bytes to know it by."""
    before = None
    while page := await vault.recordings.newest(who, limit=_PAGE, before=before):
        for it in page:
            if it.call is not None and it.call.vendor_id == call_id:
                return it
        before = page[-1].id
    return None


def _upload(media: Entry) -> Upload:
    return Upload(
        chunks=_pieces(_folder().joinpath(media["file"])),
        name=media["file"],
        content_type=media["content_type"],
        kind=Kind(media["kind"]),
    )


async def _pieces(file: Traversable) -> AsyncIterator[bytes]:
    yield file.read_bytes()


def _known(entry: Entry) -> Known:
    as_they_are = ("call_id", "price", "price_unit", "name", "metadata", "device_id", "end_user_id")
    return Known(
        **_only(entry, as_they_are),
        direction=Direction(entry["direction"]),
        caller=_party(entry["caller"]),
        callee=_party(entry["callee"]),
        source=Source(entry["source"]),
        origin=Origin(entry["origin"]),
        leg=Leg(entry["leg"]),
        started_at=datetime.fromisoformat(entry["started_at"]),
        track=Track(entry["track"]),
    )


def _party(entry: Entry) -> Party:
    contact = entry["contact"]
    return Party(
        number=entry["number"],
        type=Leg(entry["type"]),
        country=entry["country"],
        caller_id_name=entry["caller_id_name"],
        contact=None if contact is None else Contact(**contact),
    )


def _only(entry: Entry, names: Iterable[str]) -> Entry:
    return {it: entry[it] for it in names}


def _folder() -> Traversable:
    return files("dictabelt.demo_data")
