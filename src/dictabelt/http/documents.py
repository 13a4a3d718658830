"""Reads a dialect's OpenAPI document out of its folder."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files

import msgspec


def document(package: str) -> Callable[[], Mapping[str, object]]:
    """Reads `openapi.json` of the package when called."""
    return partial(_read, package)


def _read(package: str) -> Mapping[str, object]:
    text = files(package).joinpath("openapi.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, object])
