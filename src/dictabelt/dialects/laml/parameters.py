"""Parameters of queries and bodies: names are case sensitive, values are text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from dictabelt.core.errors import Invalid
from dictabelt.http.body import small_body

T = TypeVar("T")
# More than any request has; the parser stops there.
MOST = 200


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a request said, by name; each name's values in their order."""

    values: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of that name. Raises Invalid for what is no text."""
        found = self.values.get(name, ())
        texts = tuple(it for it in found if isinstance(it, str))
        if len(texts) < len(found):
            raise Invalid(f"{name} must be a string", field=name)
        return texts

    def one(self, name: str) -> str | None:
        """The value of that name. Raises Invalid when there are several, or it is empty."""
        found = self.all(name)
        if len(found) > 1:
            raise Invalid(f"{name} is given more than once", field=name)
        if found == ("",):
            raise Invalid(f"{name} is empty", field=name)
        return found[0] if found else None

    def word(self, name: str, table: Mapping[str, T], *, default: T) -> T:
        """What the value stands for in the vendor's `table`. Raises Invalid."""
        text = self.one(name)
        if text is None:
            return default
        if text not in table:
            raise Invalid(f"{name} must be one of: {', '.join(table)}", field=name)
        return table[text]


def query(request: Request) -> Parameters:
    """Of the URL. Raises Invalid for what is no UTF-8."""
    return _form(request.scope["query_string"], "query")


async def body(request: Request) -> Parameters:
    """Of a form, or of JSON as one SDK sends it; none without a body. Raises Invalid."""
    raw = await small_body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not raw:
        return Parameters()
    if kind not in _READERS:
        raise Invalid("The body must be application/x-www-form-urlencoded", field="body")
    return _READERS[kind](raw, "body")


def _form(raw: bytes, where: str) -> Parameters:
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST
        )
    except ValueError:  # no UTF-8, or too many
        raise Invalid(f"The {where} must be form-encoded UTF-8", field=where) from None
    values: dict[str, list[object]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return Parameters({name: tuple(it) for name, it in values.items()})


def _json(raw: bytes, where: str) -> Parameters:
    try:
        found = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid(f"The {where} must be a JSON object", field=where)
    return Parameters(
        {
            name: tuple(it) if isinstance(it, list) else (it,)
            for name, it in found.items()
            if it is not None
        }
    )


_READERS: Mapping[str, Callable[[bytes, str], Parameters]] = {
    "": _form,
    "application/x-www-form-urlencoded": _form,
    "application/json": _json,
}
