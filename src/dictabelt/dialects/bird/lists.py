"""The list of a workspace's recordings: its filters and its pages."""

from collections.abc import Callable, Mapping

from dictabelt.core.links import Linked
from dictabelt.core.nouns import Link
from dictabelt.core.search import Page, Search
from dictabelt.dialects.bird import paging, reading, wire

MOST = 99
_DIRECTION = {word: it for it, word in wire.DIRECTION.items()}
_STATE = {word: frozenset({it}) for it, word in wire.STATUS.items()}

# What each parameter narrows, and how its value is read; `id` is a call's (list page, parameters).
_FILTERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "sourceId": ("source", lambda it: reading.identifier(it, field="sourceId")),
    "channelId": ("channel", lambda it: reading.identifier(it, field="channelId")),
    "id": ("call", lambda it: reading.identifier(it, field="id")),
    "direction": ("direction", lambda it: reading.word(it, _DIRECTION, field="direction")),
    "startAt": ("created_from", lambda it: reading.instant(it, field="startAt")),
    "endAt": ("created_before", lambda it: reading.instant(it, field="endAt")),
    "from": ("caller", lambda it: reading.telephone(it, field="from")),
    "to": ("callee", lambda it: reading.telephone(it, field="to")),
    "status": ("states", lambda it: reading.word(it, _STATE, field="status")),
}
PARAMETERS = (*paging.PARAMETERS, *_FILTERS)


def search(query: Mapping[str, str]) -> Search:
    """What the filters ask for. Raises Invalid."""
    asked = {
        name: read(query[parameter])
        for parameter, (name, read) in _FILTERS.items()
        if parameter in query
    }
    return Search(**asked)  # type: ignore[arg-type]


def recordings(page: Page[Linked], sign: Callable[[Link], str]) -> dict[str, object]:
    """A page of recordings, each with its `url` where it can be played."""
    items = [wire.recording(it.recording, sign(it.link) if it.link else None) for it in page.items]
    last = page.items[-1].recording if page.more else None
    return paging.envelope(items, paging.token(last.created_at, last.id) if last else None)
