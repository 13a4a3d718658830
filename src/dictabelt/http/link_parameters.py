"""Signed parameters of a link beside its path: the mix, the part, and the share it belongs to."""

import re
from collections.abc import Mapping
from uuid import UUID

from dictabelt.core.ids import LinkId, read_uuid
from dictabelt.core.media import Form, Mix, Variant
from dictabelt.http.sigv4 import Fields, LinkRefused

SHARE = "share"
MIX, FROM, TO = "mix", "from", "to"
_MIXES = {it.value: it for it in Mix}
_WHOLE = re.compile(r"[0-9]{1,13}", re.ASCII)


def spelled(variant: Variant, share: UUID | None) -> Fields:
    """What differs from the whole recording as it is; the form is the path's to say."""
    fields = []
    if variant.mix is not Mix.BOTH:
        fields.append((MIX, variant.mix.value))
    if variant.start_ms:
        fields.append((FROM, str(variant.start_ms)))
    if variant.end_ms is not None:
        fields.append((TO, str(variant.end_ms)))
    return fields if share is None else [*fields, (SHARE, str(share))]


def variant(form: Form, given: Mapping[str, str]) -> Variant:
    """The variant of that form that verified parameters ask for. Raises LinkRefused."""
    mix = _MIXES.get(given.get(MIX, Mix.BOTH.value))
    if mix is None:
        raise LinkRefused("InvalidRequest", f"{MIX} must be one of {', '.join(_MIXES)}.")
    return Variant(form, mix, _milliseconds(given, FROM) or 0, _milliseconds(given, TO))


def share(given: Mapping[str, str]) -> LinkId | None:
    """The share that verified parameters name. Raises LinkRefused for a name that is none."""
    text = given.get(SHARE)
    if text is None:
        return None
    id = read_uuid(text)
    if id is None:
        raise LinkRefused("InvalidRequest", f"{SHARE} must be the id of a link.")
    return LinkId(id)


def _milliseconds(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not _WHOLE.fullmatch(text):
        raise LinkRefused("InvalidRequest", f"{name} must be a whole number of milliseconds.")
    return int(text)
