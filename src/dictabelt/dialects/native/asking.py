"""Reads the native API's queries and bodies; a member that nobody knows is refused."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request

from dictabelt.core.errors import Invalid
from dictabelt.core.ids import read_prefixed, read_uuid
from dictabelt.http import reading
from dictabelt.http.body import small_body

T = TypeVar("T")

MOST_TAGS, LONGEST_TAG = 50, 100


def refuse_unknown(given: Iterable[str], known: Iterable[str], *, where: str) -> None:
    """Raises Invalid for a name that is not known, with the nearest one that is."""
    names = list(known)
    for name in given:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(names)}"
            raise Invalid(f"the {where} knows no {name[:100]!r}{hint}", field=name[:100])


async def body(request: Request, *known: str) -> dict[str, object]:
    """The members of the JSON body. Raises Invalid."""
    return members(await small_body(request), *known)


def members(raw: bytes, *known: str) -> dict[str, object]:
    """The members of a JSON body. Raises Invalid."""
    given = reading.object_of(raw)
    refuse_unknown(given, known, where="body")
    return given


def query(request: Request, *known: str) -> dict[str, tuple[str, ...]]:
    """The values of each parameter. Raises Invalid."""
    given = reading.query(request)
    refuse_unknown(given, known, where="query")
    return given


def tags(values: Iterable[object]) -> tuple[str, ...]:
    """Tags, each once, in their order. Raises Invalid."""
    found = tuple(dict.fromkeys(it for it in values if isinstance(it, str)))
    listed = list(values)
    good = all(isinstance(it, str) and it.strip() and len(it) <= LONGEST_TAG for it in listed)
    if not good or len(found) > MOST_TAGS:
        raise Invalid(
            f"tags are at most {MOST_TAGS} strings of 1 to {LONGEST_TAG} characters", field="tags"
        )
    return found


def listed(given: Mapping[str, object], name: str) -> list[object] | None:
    """A JSON array; None where it is absent or null. Raises Invalid."""
    value = given.get(name)
    if value is not None and not isinstance(value, list):
        raise Invalid(f"{name} must be an array", field=name)
    return value


def truth(given: Mapping[str, object], name: str) -> bool | None:
    """A JSON boolean; None where it is absent or null. Raises Invalid."""
    value = given.get(name)
    if value is not None and not isinstance(value, bool):
        raise Invalid(f"{name} must be true or false", field=name)
    return value


def chosen(given: Mapping[str, object], name: str, *, words: Mapping[str, T], default: T) -> T:
    """What the member's word stands for, else the default. Raises Invalid."""
    value = given.get(name)
    return default if value is None else reading.word(value, words, field=name)


def any_id(text: str, *prefixes: str, field: str) -> UUID:
    """An id as any dialect spells it: a UUID, or a prefix and its hex. Raises Invalid."""
    found = [it for prefix in prefixes if (it := read_prefixed(prefix, text)) is not None]
    id = read_uuid(text) or next(iter(found), None)
    if id is None:
        raise Invalid(f"{field} must be a UUID, or {', '.join(prefixes)} and its hex", field=field)
    return id
