"""Reads a dialect's OpenAPI document out of its folder."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any

import msgspec


def document(package: str) -> Callable[[], Mapping[str, object]]:
    """Reads `openapi.json` of the package when called."""
    return partial(_read, package)


def unfolded(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with path items in place of references to them.

    Swagger UI takes a minute to follow the 48 of LaML. An operation that
    stands at several paths keeps its id at the first: ids are unique (OpenAPI
    3.1, Operation Object).
    """
    items = document.get("components", {}).get("pathItems", {})
    seen: set[str] = set()
    return {
        **document,
        "paths": {
            path: _unfolded(items[_name(item)] if "$ref" in item else item, seen)
            for path, item in document["paths"].items()
        },
    }


def _name(item: Mapping[str, str]) -> str:
    return item["$ref"].rpartition("/")[2]


def _unfolded(item: Mapping[str, Any], seen: set[str]) -> dict[str, Any]:
    found = {}
    for method, it in item.items():
        id = it.get("operationId") if isinstance(it, Mapping) else None
        again = id is not None and id in seen
        found[method] = {k: v for k, v in it.items() if k != "operationId"} if again else it
        seen |= set() if id is None else {id}
    return found


def _read(package: str) -> Mapping[str, object]:
    text = files(package).joinpath("openapi.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, object])
