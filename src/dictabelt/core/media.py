"""The nouns of media: files of a recording and the ways of hearing them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dictabelt.core.ids import MediaId


class Kind(StrEnum):
    """What a media is to the senses."""

    AUDIO = "audio"
    IMAGE = "image"
    VIDEO = "video"


class MediaState(StrEnum):
    """Pending until its bytes are acknowledged; unreadable when kept but not playable."""

    PENDING = "pending"
    UPLOADED = "uploaded"
    UNREADABLE = "unreadable"


class Form(StrEnum):
    """A way of hearing a media."""

    ORIGINAL = "original"
    WAV = "wav"
    MP3 = "mp3"


@dataclass(frozen=True, slots=True)
class Signal:
    """What decoding the audio showed; `samples` counts per channel.

    `faithful` means the file's own header tells the truth, so the bytes can
    be served as they are to a client that trusts headers.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    samples: int
    faithful: bool

    @property
    def duration(self) -> timedelta:
        """Measured length."""
        return timedelta(microseconds=self.samples * 1_000_000 // self.sample_rate)


@dataclass(frozen=True, slots=True)
class Media:
    """One file of a recording; `signal` is there for decoded audio, `fault` says why not.

    While PENDING, `size` is what the uploader announced, and `blob` is there once bytes came.
    """

    id: MediaId
    kind: Kind
    content_type: str
    state: MediaState
    created_at: datetime
    name: str | None = None
    size: int | None = None
    sha256: str | None = None
    blob: str | None = None
    captured_at: datetime | None = None
    signal: Signal | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Rendition:
    """Bytes ready to serve: one form of one media, the same bytes for the same request."""

    media: MediaId
    form: Form
    content_type: str
    size: int
    sha256: str
    blob: str
    encoder: str = ""
