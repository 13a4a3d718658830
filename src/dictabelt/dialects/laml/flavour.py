"""What differs between the vendors that speak LaML: one row of data for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.ids import AccountId, RecordingId, TranscriptionId
from dictabelt.core.nouns import Recording
from dictabelt.core.recordings import ANYWHERE, Within
from dictabelt.core.transcript import Transcription

VERSION: Final = "2010-04-01"
ACCOUNT: Final = "AC"
CALL: Final = "CA"
CONFERENCE: Final = "CF"
RECORDING: Final = "RE"
TRANSCRIPTION: Final = "TR"

# HTTP status, the vendor's code, and the message.
Refusals = Mapping[type[VaultError], tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recording was asked for: below `within`, at the server of that `base` URL."""

    base: str
    within: Within = ANYWHERE


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a callback tells: the vendor's word for it, and the server's `base` URL."""

    word: str
    base: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a list, with its items under `key` and the addresses of its neighbours."""

    key: str
    items: tuple[Mapping[str, object], ...]
    number: int
    size: int
    uri: str
    first: str
    following: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Flavour:
    """How one vendor spells ids, fields, addresses, refusals and callbacks.

    `spell` and `read` reverse each other, by the two letters of a kind of
    thing. `root` and `extension` are of the addresses in answers, `paging`
    names the parameters there in their order. `started` is the status of a
    start. `before` is how far `DateCreated<` reaches past its instant.
    `kept_deleted` is for how long a deleted recording is still told of.
    """

    name: str
    spell: Callable[[str, UUID], str]
    read: Callable[[str, str], UUID | None]
    root: str
    extension: str
    paging: tuple[str, str]
    recording: Callable[[Recording, Place], Mapping[str, object]]
    transcription: Callable[[Transcription], Mapping[str, object]]
    envelope: Callable[[Sheet], Mapping[str, object]]
    refusals: Refusals
    invalid: int
    more_info: str
    started: int
    before: timedelta
    callback: Callable[[Recording, Occasion], tuple[tuple[str, str], ...]]
    signature: str
    kept_deleted: timedelta | None = None

    def error(self, status: int, code: int, *, message: str) -> dict[str, object]:
        """The flat error of every recording endpoint."""
        more_info = self.more_info.format(code=code)
        return {"code": code, "message": message, "more_info": more_info, "status": status}

    def below(self, account: AccountId, within: Within = ANYWHERE) -> str:
        """The path of the account, of the call or of the conference."""
        path = f"{self.root}/Accounts/{self.spell(ACCOUNT, account)}"
        if within.call is not None:
            return f"{path}/Calls/{self.spell(CALL, within.call)}"
        if within.conference is not None:
            return f"{path}/Conferences/{self.spell(CONFERENCE, within.conference)}"
        return path

    def recording_id(self, text: str) -> RecordingId:
        """Raises NotFound for what cannot be an id of this flavour."""
        return RecordingId(self._id(RECORDING, text))

    def transcription_id(self, text: str) -> TranscriptionId:
        """Raises NotFound for what cannot be an id of this flavour."""
        return TranscriptionId(self._id(TRANSCRIPTION, text))

    def within(self, path: Mapping[str, str]) -> Within:
        """The call or conference that a path names, if it names one. Raises NotFound."""
        call, conference = path.get("call"), path.get("conference")
        return Within(
            call=None if call is None else self._id(CALL, call),
            conference=None if conference is None else self._id(CONFERENCE, conference),
        )

    def _id(self, letters: str, text: str) -> UUID:
        id = self.read(letters, text)
        if id is None:
            raise NotFound("no such thing")
        return id
