"""How a link is spelled as a path under /media, and read back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from dictabelt.core.ids import MediaId, RecordingId, read_uuid
from dictabelt.core.media import Form
from dictabelt.core.nouns import Link

PREFIX = "/media/"
_PATH = re.compile(r"([^/]+)/([^/]+)/([^/]+)/([^/]+)\.([a-z0-9]{1,5})")
ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Target:
    """What a link's path names; no media means the first audio of the recording.

    The mix and the part, where they are not the whole, are in the query.
    """

    account: UUID
    recording: RecordingId
    media: MediaId | None
    form: Form


@dataclass(frozen=True, slots=True)
class LinkLayout:
    """A spelling of links; `query` holds further parameters that are signed along.

    `spell` gives the decoded path after /media/, `read` reverses it or gives
    None. `session_token` is True where the vendor's links are signed with
    temporary credentials and so carry X-Amz-Security-Token.
    """

    spell: Callable[[Link], str]
    read: Callable[[str], Target | None]
    query: tuple[tuple[str, str], ...] = ()
    session_token: bool = False


def form_of(extension: str) -> Form | None:
    """The rendition that a file extension asks for."""
    made = (Form.WAV, Form.MP3, Form.OPUS, Form.FLAC)
    return next((it for it in made if it.value == extension), None)


def _spell(link: Link) -> str:
    name = ORIGINAL if link.form is Form.ORIGINAL else link.name
    return f"{link.account}/{link.recording}/{link.media}/{name}.{link.extension}"


def _read(path: str) -> Target | None:
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    account, recording, media = (read_uuid(match[it]) for it in (1, 2, 3))
    form = Form.ORIGINAL if match[4] == ORIGINAL else form_of(match[5])
    if account is None or recording is None or media is None or form is None:
        return None
    return Target(account, RecordingId(recording), MediaId(media), form)


PLAIN = LinkLayout(spell=_spell, read=_read)
