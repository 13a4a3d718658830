"""Pages: which one a query asks for, and the way from it to its neighbours."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from dictabelt.core.errors import Invalid
from dictabelt.core.search import Page, Window
from dictabelt.dialects.laml.flavour import RECORDING, TRANSCRIPTION, Flavour, Sheet
from dictabelt.dialects.laml.parameters import Parameters

USUAL, LARGEST = 50, 1000
FURTHEST = 2**31 - 1
_BEHIND, _AHEAD = "PA", "PB"
_NUMBER = re.compile(r"(-?)0*(\d+)", re.ASCII)


class Item(Protocol):
    """A recording or a transcription."""

    @property
    def id(self) -> UUID: ...


I = TypeVar("I", bound=Item)  # noqa: E741


@dataclass(frozen=True, slots=True)
class Kind:
    """What is listed: the key of its page, its last path segment, the letters of its ids."""

    key: str
    segment: str
    letters: str

    def below(self, path: str) -> "Listed":
        """Such a list, of what `path` leads to."""
        return Listed(self, f"{path}/{self.segment}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A kind of thing and the path of a list of them, without its extension."""

    kind: Kind
    path: str


RECORDINGS: Final = Kind("recordings", "Recordings", RECORDING)
TRANSCRIPTIONS: Final = Kind("transcriptions", "Transcriptions", TRANSCRIPTION)


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page was asked for; `kept` are the filters that its neighbours' addresses repeat."""

    number: int
    window: Window
    token: str | None
    kept: tuple[tuple[str, str], ...]


def turn(it: Parameters, speaks: Flavour, *, kind: Kind, names: tuple[str, ...]) -> Turn:
    """The page that the query asks for. Raises Invalid."""
    number, size = _number(it, "Page", default=0), _number(it, "PageSize", default=USUAL)
    if not 0 <= number <= FURTHEST:
        raise Invalid(f"Page must be between 0 and {FURTHEST}", field="Page")
    size, token = min(max(size, 1), LARGEST), it.one("PageToken")
    given = ((name, it.one(name)) for name in names)
    kept = tuple((name, value) for name, value in given if value is not None)
    return Turn(number, _window(token, number, size=size, read=_reader(speaks, kind)), token, kept)


def sheet(
    page: Page[I],
    asked: Turn,
    *,
    speaks: Flavour,
    place: Listed,
    render: Callable[[I], Mapping[str, object]],
) -> Sheet:
    """The page, with addresses that keep its filters."""
    kind, own = place.kind, f"{place.path}{speaks.extension}"

    def address(number: int, token: str | None) -> str:
        return f"{own}?{_written(asked, speaks, number=number, token=token)}"

    def neighbour(number: int, side: str, *, it: I | None) -> str | None:
        if it is None:
            return None
        return address(max(number, 0), side + speaks.spell(kind.letters, it.id))

    behind, ahead = _neighbours(page, asked)
    return Sheet(
        key=kind.key,
        items=tuple(render(it) for it in page.items),
        number=asked.number,
        size=asked.window.limit,
        uri=address(asked.number, asked.token),
        first=address(0, None),
        following=neighbour(asked.number + 1, _BEHIND, it=behind),
        previous=neighbour(asked.number - 1, _AHEAD, it=ahead),
    )


def _neighbours(page: Page[I], asked: Turn) -> tuple[I | None, I | None]:
    """The item that the next page lies behind, and the one that the previous lies ahead of."""
    if not page.items:
        return None, None
    backwards = asked.window.ahead is not None
    onward = backwards or page.more
    back = page.more if backwards else asked.token is not None or asked.number > 0
    return page.items[-1] if onward else None, page.items[0] if back else None


def _written(asked: Turn, speaks: Flavour, *, number: int, token: str | None) -> str:
    paging = {"Page": str(number), "PageSize": str(asked.window.limit)}
    pairs = [*asked.kept, *((name, paging[name]) for name in speaks.paging)]
    if token is not None:
        pairs.append(("PageToken", token))
    return urlencode(pairs, quote_via=quote, safe="")


def _window(
    token: str | None, number: int, *, size: int, read: Callable[[str], UUID | None]
) -> Window:
    if token is None:
        return Window(size, skip=number * size)
    side, id = token[:2], read(token[2:])
    if side not in (_BEHIND, _AHEAD) or id is None:
        raise Invalid("PageToken is invalid", field="PageToken")
    return Window(size, behind=id) if side == _BEHIND else Window(size, ahead=id)


def _reader(speaks: Flavour, kind: Kind) -> Callable[[str], UUID | None]:
    return lambda text: speaks.read(kind.letters, text)


def _number(it: Parameters, name: str, *, default: int) -> int:
    text = it.one(name)
    if text is None:
        return default
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise Invalid(f"{name} must be an integer", field=name)
    # Longer ones are beyond every limit, and Python reads none of 5,000 digits.
    return int(match[1] + match[2][:12])
