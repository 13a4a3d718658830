"""How an option says which blobs are to be read."""

import re

import typer

from dictabelt.core.portion import Amount, Group, Share, Subset

ALL = Share(1.0)

_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%", re.ASCII)
_GROUP = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)
_AMOUNT = re.compile(r"(\d{1,15})([KMGT]?)B?", re.ASCII)
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def portion(text: str) -> Subset:
    """Reads `5%`, `1/7`, `500M`. Raises BadParameter."""
    found = _share(text) or _group(text) or _amount(text)
    if found is None:
        raise typer.BadParameter(
            f"{text!r} is no part of the data; write a share (5%), a group (1/7) or a size (500M)"
        )
    return found


def _share(text: str) -> Subset | None:
    it = _SHARE.fullmatch(text)
    return Share(float(it[1]) / 100) if it and 0 < float(it[1]) <= 100 else None


def _group(text: str) -> Subset | None:
    it = _GROUP.fullmatch(text)
    return Group(int(it[1]), int(it[2])) if it and 1 <= int(it[1]) <= int(it[2]) else None


def _amount(text: str) -> Subset | None:
    it = _AMOUNT.fullmatch(text.upper())
    return Amount(int(it[1]) * _UNITS[it[2]]) if it and int(it[1]) else None
