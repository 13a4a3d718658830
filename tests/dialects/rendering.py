"""Renders answers without a server, for golden files and for the documents."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module

import msgspec
from starlette.requests import Request

from dictabelt.core import errors
from dictabelt.core.nouns import Link
from dictabelt.http.answers import Answer, json
from dictabelt.http.dialect import Dialect, MethodNotAllowed, NoSuchPath, discover
from dictabelt.http.layout import PLAIN, PREFIX
from dictabelt.http.sigv4 import Signer, sign

HOST = "https://vault.example.com"
SECRET = "not a secret"
SESSION_TOKEN = "c2Vzc2lvbg=="
LAYOUTS = {it.name: it.layout or PLAIN for it in discover()}

REFUSALS: tuple[errors.VaultError, ...] = (
    errors.MissingKey("no key was sent"),
    errors.Unauthorized("the key is unknown, revoked or expired"),
    errors.Forbidden("the key lacks the scope recordings:read"),
    errors.LinkRevoked("the link was revoked"),
    errors.LinkElsewhere("the link is for callers of other addresses"),
    errors.LinkUsedUp("the link was used as often as it may be"),
    errors.NotFound("no such recording"),
    NoSuchPath("no such path"),
    MethodNotAllowed(("GET", "HEAD")),
    errors.Invalid("it must be a string", field="some_field"),
    errors.Conflict("the recording is not finished; stop it first"),
    errors.Held("the recording is under legal hold; lift the hold first"),
    errors.NotReady("the media has not been uploaded yet"),
    errors.NotLive("the call is not in progress, or is not recorded here"),
    errors.KeyReused("the Idempotency-Key was used for another request; send a new one"),
    errors.DeviceBound("the device is bound already; unbind it first"),
    errors.TooBusy("every encoder is at work", retry_after=5),
    errors.Unreadable("a text file, not audio"),
    errors.StorageFailed("the disk refused (EIO); look at the vault's log"),
    errors.Damaged("the stored bytes end before their length"),
    errors.Quarantined("a check found the original damaged (changed)"),
    errors.Internal("internal error"),
    errors.VaultError("refused"),
)


def shapes() -> dict[str, Callable[[], bytes]]:
    """Every answer that has a golden file: `<dialect>-<shape>`, and how it is rendered."""
    found: dict[str, Callable[[], bytes]] = {}
    for dialect in discover():
        found[f"{dialect.name}-refusals"] = partial(refusals, dialect)
        own = import_module(f"dialects.shapes.{dialect.name}").SHAPES
        found |= {f"{dialect.name}-{name}": render for name, render in own.items()}
    return found


def body(content: object) -> bytes:
    """The bytes that a server sends for it."""
    return json(content).body


def signed(link: Link, dialect: str) -> str:
    """The link's whole URL as the dialect spells it, under a fixed key."""
    layout = LAYOUTS[dialect]
    token = (("X-Amz-Security-Token", SESSION_TOKEN),) if layout.session_token else ()
    return sign(
        Signer(link.key, SECRET),
        HOST + PREFIX + layout.spell(link),
        expires=(link.expires_at - link.issued_at) // timedelta(seconds=1),
        now=link.issued_at,
        extra=(*token, *layout.query),
    )


def refusals(dialect: Dialect) -> bytes:
    """Every refusal of the core as this dialect renders it: status, headers of its own, body."""
    return body({type(it).__name__: _rendered(dialect, it) for it in REFUSALS})


def _rendered(dialect: Dialect, refusal: errors.VaultError) -> dict[str, object]:
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "path": f"{dialect.prefixes[0]}/somewhere",
        "query_string": b"",
        "headers": [(b"host", b"vault.example.com")],
    }
    answer = dialect.error(refusal, Request(scope))
    assert isinstance(answer, Answer)
    own = {name: value for name, value in answer.headers.items() if name != "content-length"}
    told = msgspec.json.decode(answer.body)
    return {"status": answer.status, "headers": own, "body": told}
