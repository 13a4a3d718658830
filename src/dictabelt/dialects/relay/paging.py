"""Relay's pages: the numbers and tokens of a query, and the links to the pages beside."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from dictabelt.core.errors import Invalid
from dictabelt.core.ids import read_uuid
from dictabelt.core.nouns import Recording
from dictabelt.core.search import Page, Window

# REST pagination page: page_size 50, at most 1000; pages count from 0.
DEFAULT, MOST = 50, 1000
# A page after that recording, or before it; the letters are those of the vendor's tokens.
BEHIND, AHEAD = "PA", "PB"
_LATEST = 10**9


@dataclass(frozen=True, slots=True)
class Asked:
    """The page that a query asks for."""

    number: int
    size: int
    token: str | None

    @property
    def window(self) -> Window:
        """Where the page lies."""
        if self.token is None:
            return Window(self.size, skip=self.number * self.size)
        anchor = UUID(self.token[2:])
        if self.token.startswith(BEHIND):
            return Window(self.size, behind=anchor)
        return Window(self.size, ahead=anchor)


def asked(query: Mapping[str, str]) -> Asked:
    """`page_number`, `page_size` and `page_token`; other names are not looked at.

    A page past the first without its token is counted from the top, which the
    vendor does not promise. Raises Invalid.
    """
    number = _whole(query, "page_number", 0, bounds=(0, _LATEST))
    size = _whole(query, "page_size", DEFAULT, bounds=(1, MOST))
    token = query.get("page_token") or None
    if token is not None and (token[:2] not in (BEHIND, AHEAD) or read_uuid(token[2:]) is None):
        raise Invalid("Page token is not one of a page before", field="page_token")
    return Asked(number, size, token)


def links(it: Asked, page: Page[Recording], *, path: str) -> dict[str, str]:
    """`self`, `first`, and `next` and `prev` where there is such a page."""
    found = {"self": _url(path, it.number, it.size, token=it.token)}
    found["first"] = _url(path, 0, it.size, token=None)
    backwards = it.token is not None and it.token.startswith(AHEAD)
    # On the way back, what was come from is there still.
    if page.items and (page.more or backwards):
        token = BEHIND + str(page.items[-1].id)
        found["next"] = _url(path, it.number + 1, it.size, token=token)
    if page.items and it.number > 0:
        token = AHEAD + str(page.items[0].id)
        found["prev"] = _url(path, it.number - 1, it.size, token=token)
    return found


def _url(path: str, number: int, size: int, *, token: str | None) -> str:
    query = {"page_number": str(number), "page_size": str(size)}
    return f"{path}?{urlencode(query | ({'page_token': token} if token else {}))}"


def _whole(query: Mapping[str, str], name: str, default: int, *, bounds: tuple[int, int]) -> int:
    text = query.get(name)
    if text is None:
        return default
    low, high = bounds
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and low <= int(text) <= high):
        title = name.replace("_", " ").capitalize()
        raise Invalid(f"{title} must be a whole number from {low} to {high}", field=name)
    return int(text)
