"""The nouns of media: files of a recording and the ways of hearing them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dictabelt.core.damage import Damage
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
    """A way of hearing a media; OPUS is Ogg Opus (RFC 7845)."""

    ORIGINAL = "original"
    WAV = "wav"
    MP3 = "mp3"
    OPUS = "opus"
    FLAC = "flac"


class Mix(StrEnum):
    """Which channels are heard: all in their places, all in one, one of two, or two exchanged."""

    BOTH = "both"
    MONO = "mono"
    LEFT = "left"
    RIGHT = "right"
    SWAP = "swap"


@dataclass(frozen=True, slots=True)
class Variant:
    """What is asked of a media: a form, a mix, and the part from `start_ms` up to `end_ms`."""

    form: Form
    mix: Mix = Mix.BOTH
    start_ms: int = 0
    end_ms: int | None = None

    @property
    def clipped(self) -> bool:
        """Whether it is a part only."""
        return self.start_ms > 0 or self.end_ms is not None

    @property
    def name(self) -> str:
        """A spelling that no other variant has, such as "mp3", "wav-left", "mp3-both-0-1500"."""
        if self.clipped:
            end = "" if self.end_ms is None else self.end_ms
            return f"{self.form}-{self.mix}-{self.start_ms}-{end}"
        return self.form.value if self.mix is Mix.BOTH else f"{self.form}-{self.mix}"


@dataclass(frozen=True, slots=True)
class Signal:
    """What decoding the audio showed; `samples` counts per channel.

    `faithful` means the file's own header tells the truth, so the bytes can
    be served as they are to a client that trusts headers. `offset` is the byte
    where PCM or G.711 begins, so that any sample can be found by its number;
    None for audio that must be decoded from the start.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    samples: int
    faithful: bool
    offset: int | None = None

    @property
    def duration(self) -> timedelta:
        """Measured length."""
        return timedelta(microseconds=self.samples * 1_000_000 // self.sample_rate)


@dataclass(frozen=True, slots=True)
class Media:
    """One file of a recording; `signal` is there for decoded audio, `fault` says why not.

    While PENDING, `size` is what the uploader announced, and `blob` is there once bytes came.
    `packed`: the blob is FLAC that gives the original back; size and hash are the original's.
    `packed_sha256`: of the pack itself; None for one that was made before rows kept it.
    `damage`: what the last check found wrong with the bytes, which nobody is given then.
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
    packed: bool = False
    damage: Damage | None = None
    packed_sha256: str | None = None

    @property
    def blob_sha256(self) -> str | None:
        """The hash of the bytes that are kept, where it is known."""
        return self.packed_sha256 if self.packed else self.sha256


@dataclass(frozen=True, slots=True)
class Rendition:
    """Bytes to serve: one variant of one media. Two of one `etag` are the same bytes.

    `size` is None while the first encoding goes on and nobody can know it.
    `blob` is None where the bytes are made as they are read; `sha256` of
    bytes that were seen once from end to end. What has `damage` is made anew.
    """

    media: MediaId
    variant: Variant
    content_type: str
    etag: str
    size: int | None
    blob: str | None = None
    sha256: str | None = None
    encoder: str = ""
    damage: Damage | None = None

    @property
    def form(self) -> Form:
        """The form of it."""
        return self.variant.form
