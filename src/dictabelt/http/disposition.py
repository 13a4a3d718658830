"""Content-Disposition for any file name: RFC 6266, with names beyond ASCII as RFC 8187 has them."""

import re
import unicodedata
from typing import Literal
from urllib.parse import quote

Disposition = Literal["inline", "attachment"]

LONGEST_NAME = 200
NAMELESS = "recording"
_LONGEST_EXTENSION = 16
_ATTRIBUTE = "!#$&+-.^_`|~"
# Path separators and the colon of a drive; browsers would cut or replace them, each in its own way.
_SEPARATORS = str.maketrans("/\\:", "___")
# Controls, formats (they turn the reading direction around), surrogates, private, line breaks.
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
# Quotes and backslashes need escapes that clients undo differently; %41 some clients decode.
_NOT_PLAIN = re.compile(r"[^ !#$&-.0-9;-\[\]-~]")


def content_disposition(kind: Disposition, name: str) -> str:
    """The header's value, ASCII alone; a name of nothing usable becomes `recording`."""
    safe = file_name(name)
    plain = _NOT_PLAIN.sub("_", _without_accents(safe)).strip(" .") or NAMELESS
    value = f'{kind}; filename="{plain}"'
    return value if plain == safe else f"{value}; filename*=UTF-8''{quote(safe, safe=_ATTRIBUTE)}"


def file_name(name: str) -> str:
    """`name` as one visible file name of at most 200 bytes of UTF-8, its extension kept."""
    text = unicodedata.normalize("NFC", name).translate(_SEPARATORS)
    visible = text if text.isprintable() else "".join(map(_visible, text))
    trimmed = visible.strip(" .")
    return _shortened(trimmed) if trimmed.strip("_. ") else NAMELESS


def _visible(character: str) -> str:
    hidden = unicodedata.category(character) in _INVISIBLE and character not in _JOINERS
    return "_" if hidden else character


def _without_accents(name: str) -> str:
    return "".join(
        it for it in unicodedata.normalize("NFKD", name) if not unicodedata.combining(it)
    )


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = f"{dot}{extension}" if stem and len(extension) <= _LONGEST_EXTENSION else ""
    room = LONGEST_NAME - len(tail.encode())
    head = (stem if tail else name).encode()[:room].decode(errors="ignore")
    return f"{head.rstrip(' .')}{tail}"
