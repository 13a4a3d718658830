"""Reads an Idempotency-Key, and what it stands for, from a request."""

import re
from hashlib import sha256

from starlette.requests import Request

from dictabelt.core.errors import Invalid
from dictabelt.core.idempotency import Once

HEADER = "idempotency-key"
# Bota, idempotency page: 1 to 255 letters, digits, hyphens and underscores.
_KEY = re.compile(r"[A-Za-z0-9_-]{1,255}", re.ASCII)


def once(request: Request, body: bytes, *, operation: str) -> Once | None:
    """The wish to do `operation` once, if the client sent a key. Raises Invalid for a bad one.

    The fingerprint covers method, path and body, so a key that comes again for
    another request is found out.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid(
            "Idempotency-Key must be 1 to 255 letters, digits, hyphens or underscores",
            field="Idempotency-Key",
        )
    asked = f"{request.method} {request.scope['path']}\n".encode() + body
    return Once(operation, key, sha256(asked).hexdigest())
