"""RecordingStatusCallback: who is told, in which words, how often, and under which signature."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlencode, urlsplit

from dictabelt.core.webhook import (
    Address,
    Correspondent,
    Delivery,
    Event,
    Letter,
    Notice,
    Patience,
    Schedule,
)
from dictabelt.dialects.laml import signature, wire
from dictabelt.dialects.laml.flavour import Flavour, Occasion
from dictabelt.dialects.laml.flavours import FLAVOURS, SIGNALWIRE
from dictabelt.dialects.laml.steering import CALLBACK, DIALECT

FORM: Final = "application/x-www-form-urlencoded"
# Three tries are documented, the pauses between them are not.
PAUSES: Final = (timedelta(seconds=5), timedelta(seconds=30))
# What a part of the URL's fragment changes, and within which milliseconds (webhook timeouts).
PATIENCE: Final = {
    "ot": (timedelta(seconds=2), 10_000),
    "rt": (timedelta(seconds=5), 15_000),
    "tt": (timedelta(seconds=15), 15_000),
}
SHORTEST: Final = 100


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a receiver wants to be told."""

    speaks: Flavour
    method: str
    key: str
    headers: Mapping[str, str]


def callbacks(event: Event) -> tuple[Address, ...]:
    """The receiver that the recording was started with, when it asked for this event."""
    kept = event.recording.extras.get(DIALECT, {}).get(CALLBACK)
    if not isinstance(kept, Mapping):
        return ()
    url, events = kept.get("url"), kept.get("events")
    wanted = isinstance(events, list | tuple) and wire.EVENT.get(event.type) in events
    if not wanted or not isinstance(url, str):
        return ()
    return (Address(url, {name: kept.get(name) for name in ("method", "flavour")}),)


def letter(notice: Notice) -> Letter:
    """One attempt: a form by POST, or the same parameters in the query of a GET."""
    manner = _manner(notice)
    recording, word = notice.event.recording, wire.EVENT[notice.event.type]
    parameters = manner.speaks.callback(recording, Occasion(word, notice.base))
    parts = urlsplit(notice.delivery.url)
    headers = {**manner.headers, **_authorization(parts)}
    url = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")
    if manner.method == "GET":
        query = "&".join(filter(None, (url.query, urlencode(parameters))))
        asked = url._replace(query=query).geturl()
        signed = {manner.speaks.signature: signature.of_form(manner.key, asked)}
        return Letter("GET", asked, headers | signed)
    address = url.geturl()
    mark = signature.of_form(manner.key, address, parameters=parameters)
    signed = {manner.speaks.signature: mark}
    body = urlencode(parameters).encode()
    return Letter("POST", address, {**headers, "Content-Type": FORM, **signed}, body)


def schedule(delivery: Delivery) -> Schedule:
    """Three tries; whatever is a success to HTTP acknowledges."""
    return Schedule(
        pauses=PAUSES,
        patience=patience(delivery.url),
        acknowledges=lambda status: 200 <= status < 300,
    )


def patience(url: str) -> Patience:
    """The documented waiting times, or those in the fragment; others than allowed are ignored."""
    said = parse_qs(urlsplit(url).fragment)
    connect, read, total = (
        _waiting(said.get(name, [""])[-1], usual=usual, longest=longest)
        for name, (usual, longest) in PATIENCE.items()
    )
    return Patience(connect, read, total)


def _waiting(text: str, *, usual: timedelta, longest: int) -> timedelta:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return usual
    asked = int(text)
    return timedelta(milliseconds=asked) if SHORTEST <= asked <= longest else usual


def _manner(notice: Notice) -> _Manner:
    """A hook signs with its own secret; a callback has none, the account's key signs for it."""
    hook = notice.hook
    details = notice.delivery.address if hook is None else hook.details
    return _Manner(
        speaks=FLAVOURS.get(str(details.get("flavour")), SIGNALWIRE),
        method="GET" if details.get("method") == "GET" else "POST",
        key=hook.secret if hook is not None and hook.secret else notice.signing_key,
        headers={} if hook is None else hook.headers,
    )


def _authorization(url: SplitResult) -> dict[str, str]:
    """A name and password in the URL as Basic; the URL is signed and asked without them."""
    if url.username is None:
        return {}
    pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


CORRESPONDENT: Final = Correspondent(
    words=wire.EVENT, letter=letter, schedule=schedule, callbacks=callbacks
)
