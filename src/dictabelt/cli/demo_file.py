"""`demo.json`: where the demo runs, its keys and its recordings, for scripts that drive it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from dictabelt.cli import aside
from dictabelt.core.ids import spell_prefixed
from dictabelt.core.media import Media
from dictabelt.core.nouns import Account, Recording
from dictabelt.http.dialect import Dialect

NAME = "demo.json"
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class MediaEntry:
    """A file of a recording; `bota` is its id in that vendor's spelling."""

    id: UUID
    bota: str
    content_type: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class RecordingEntry:
    """A recording; `state` in the core's word, `ids` as each dialect spells it."""

    id: UUID
    state: str
    leg: str
    ids: Mapping[str, str]
    media: tuple[MediaEntry, ...]


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """An account with the tokens of its two keys."""

    id: UUID
    name: str
    key: str
    read_only_key: str
    recordings: tuple[RecordingEntry, ...]


@dataclass(frozen=True, slots=True)
class DemoFile:
    """The whole file."""

    base_url: str
    accounts: tuple[AccountEntry, ...]


def read(folder: Path) -> DemoFile | None:
    """What an earlier start wrote; None when that is gone or damaged."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=DemoFile)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def write(folder: Path, content: DemoFile) -> None:
    """Replaces the file at once, readable by its owner alone."""
    text = msgspec.json.format(msgspec.json.encode(content), indent=2)
    with aside.replacing(folder / NAME, mode=_OWNER_ONLY) as file:
        file.write(text + b"\n")


def account_entry(
    it: Account,
    recordings: list[Recording],
    *,
    tokens: tuple[str, str],
    dialects: tuple[Dialect, ...],
) -> AccountEntry:
    """One account; `tokens` are of the full key and of the read-only one."""
    return AccountEntry(
        id=it.id,
        name=it.name,
        key=tokens[0],
        read_only_key=tokens[1],
        recordings=tuple(_recording(one, dialects) for one in recordings),
    )


def _recording(it: Recording, dialects: tuple[Dialect, ...]) -> RecordingEntry:
    return RecordingEntry(
        id=it.id,
        state=it.state,
        leg=it.leg,
        ids={dialect.name: dialect.spell(it) for dialect in dialects},
        media=tuple(map(_media, it.media)),
    )


def _media(it: Media) -> MediaEntry:
    return MediaEntry(
        id=it.id,
        bota=spell_prefixed("med_", it.id),
        content_type=it.content_type,
        size=it.size,
        sha256=it.sha256,
    )
