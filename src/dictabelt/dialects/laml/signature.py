"""Signatures of callbacks, as the vendors' request validators check them."""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha1


def of_form(key: str, url: str, *, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """Base64 of HMAC-SHA1 over the URL and each name and value, by name; a GET has none of these.

    A value that a name has twice counts once (request validators, both vendors).
    """
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    return b64encode(_digest(key, text.encode())).decode()


def of_body(key: str, url: str, *, body: bytes) -> str:
    """Lower-case hex of HMAC-SHA1 over the URL and a JSON body (SignalWire, webhooks page)."""
    return _digest(key, url.encode() + body).hex()


def _digest(key: str, text: bytes) -> bytes:
    # SHA-1 is the vendors' choice; as an HMAC it still holds.
    return hmac.digest(key.encode(), text, sha1)
