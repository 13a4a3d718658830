"""Sends clients to a container of Azure, by URLs that the account's key signs."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from dictabelt.blobs.places import Place
from dictabelt.core.errands import errand_seconds
from dictabelt.core.ports import Guise

# The client of the store takes the key by any of these names, too.
_KEYS: Final = (
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_MASTER_KEY",
)
_VERSION: Final = "2020-12-06"


@dataclass(frozen=True, slots=True)
class AzureAccount:
    """A storage account and one of its two keys, decoded."""

    name: str
    key: bytes = field(repr=False)


def azure_account_of(environment: Mapping[str, str]) -> AzureAccount | None:
    """The account that the environment has a key of; an identity of the machine has none."""
    name = environment.get("AZURE_STORAGE_ACCOUNT_NAME")
    key = next((environment[it] for it in _KEYS if environment.get(it)), None)
    if not name or key is None:
        return None
    try:
        return AzureAccount(name, base64.b64decode(key, validate=True))
    except ValueError:  # also of what is not ASCII
        return None


class AzureLinks:
    """Implements `Signpost` by service SAS.

    https://learn.microsoft.com/rest/api/storageservices/create-service-sas, version 2020-12-06.
    """

    def __init__(self, account: AzureAccount, place: Place, *, endpoint: str | None) -> None:
        """`endpoint` is where clients reach the store, where that is not the place's own."""
        self._account = account
        inside = "/".join(filter(None, (place.bucket, place.prefix)))
        own = f"https://{account.name}.blob.core.windows.net"
        origin = endpoint or place.endpoint or own
        self._base = f"{origin}/{inside}"
        self._resource = f"/blob/{account.name}/{inside}"
        self._protocol = "https" if origin.startswith("https:") else "https,http"

    async def address(
        self, key: str, guise: Guise, *, now: datetime, until: datetime | None
    ) -> str | None:
        """A URL for GET and HEAD; None where it would live for no second."""
        seconds = errand_seconds(now, until=until)
        if seconds < 1:
            return None
        end = now.astimezone(UTC) + timedelta(seconds=seconds)
        fields = {
            "sp": "r",
            "se": f"{end:%Y-%m-%dT%H:%M:%SZ}",
            "spr": self._protocol,
            "sv": _VERSION,
            "sr": "b",
            "rscd": guise.disposition,
            "rsct": guise.content_type,
        }
        signed = {**fields, "sig": self._signature(f"{self._resource}/{key}", fields)}
        return f"{self._base}/{key}?{urlencode(signed)}"

    def _signature(self, resource: str, fields: Mapping[str, str]) -> str:
        """Over 16 lines; those of what is not asked for are empty."""
        before = [fields["sp"], "", fields["se"], resource, "", ""]
        kind = [fields["spr"], fields["sv"], fields["sr"], "", ""]
        heads = ["", fields["rscd"], "", "", fields["rsct"]]
        text = "\n".join([*before, *kind, *heads])
        return base64.b64encode(hmac.digest(self._account.key, text.encode(), "sha256")).decode()
