"""Sends clients to a bucket of Google's, by URLs that a service account's key signs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dictabelt.blobs.places import Place
from dictabelt.blobs.threads import in_thread
from dictabelt.core.errands import errand_seconds
from dictabelt.core.ports import Guise

# The client of the store looks for the key in these, in this order.
_FILES: Final = (
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "GOOGLE_APPLICATION_CREDENTIALS",
)
_TEXT: Final = "GOOGLE_SERVICE_ACCOUNT_KEY"
_ORIGIN: Final = "https://storage.googleapis.com"
_ALGORITHM: Final = "GOOG4-RSA-SHA256"


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who signs, by its mail address, and with what."""

    email: str
    key: RSAPrivateKey = field(repr=False)


def service_account_of(environment: Mapping[str, str]) -> ServiceAccount | None:
    """The service account that the environment has a key of; a role of the machine has none."""
    known = _known(environment)
    email, text = known.get("client_email"), known.get("private_key")
    if not (email and isinstance(email, str) and isinstance(text, str)):
        return None
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # a TypeError of what takes a password
        return None
    return ServiceAccount(email, key) if isinstance(key, RSAPrivateKey) else None


def _known(environment: Mapping[str, str]) -> dict[str, Any]:
    file = next((environment[it] for it in _FILES if environment.get(it)), None)
    try:
        text = environment.get(_TEXT) or (Path(file).read_text() if file else "{}")
        known = json.loads(text)
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


class GoogleLinks:
    """Implements `Signpost` by signed URLs, version 4.

    https://cloud.google.com/storage/docs/access-control/signing-urls-manually
    """

    def __init__(self, account: ServiceAccount, place: Place, *, endpoint: str | None) -> None:
        """`endpoint` is where clients reach the store, where that is not the place's own."""
        self._account = account
        self._origin = endpoint or place.endpoint or _ORIGIN
        self._inside = "/" + "/".join(filter(None, (place.bucket, place.prefix)))

    async def address(
        self, key: str, guise: Guise, *, now: datetime, until: datetime | None
    ) -> str | None:
        """A URL for GET; None where it would live for no second."""
        seconds = errand_seconds(now, until=until)
        if seconds < 1:
            return None
        stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        scope = f"{stamp[:8]}/auto/storage/goog4_request"
        query = _query(
            {
                "X-Goog-Algorithm": _ALGORITHM,
                "X-Goog-Credential": f"{self._account.email}/{scope}",
                "X-Goog-Date": stamp,
                "X-Goog-Expires": str(seconds),
                "X-Goog-SignedHeaders": "host",
                "response-content-disposition": guise.disposition,
                "response-content-type": guise.content_type,
            }
        )
        path = f"{self._inside}/{quote(key)}"
        request = self._request(path, query)
        text = "\n".join((_ALGORITHM, stamp, scope, sha256(request.encode()).hexdigest()))
        signature = await in_thread(self._signature, text.encode())
        return f"{self._origin}{path}?{query}&X-Goog-Signature={signature}"

    def _request(self, path: str, query: str) -> str:
        """The request as it is signed."""
        host = urlsplit(self._origin).netloc
        return f"GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"

    def _signature(self, text: bytes) -> str:
        return self._account.key.sign(text, PKCS1v15(), SHA256()).hex()


def _query(fields: Mapping[str, str]) -> str:
    """In the order of the names' bytes, as it is signed; `fields` is in that order."""
    return "&".join(f"{quote(name, safe='')}={quote(it, safe='')}" for name, it in fields.items())
