"""What a front serves: a rendition and the way to its bytes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from dictabelt.core.media import Media, Rendition
from dictabelt.core.nouns import Recording
from dictabelt.core.ports import Bytes, Guise

Elsewhere = Callable[[Guise, datetime | None], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Playable:
    """A rendition, what it is a rendition of, and the way to its bytes.

    `open` raises TooBusy, NotFound and StorageFailed. `elsewhere` makes a URL under which a client
    gets the same bytes from the store itself, where its account wants that.
    """

    recording: Recording
    media: Media
    rendition: Rendition
    open: Callable[[], Awaitable[Bytes]]
    elsewhere: Elsewhere | None = None
