"""Object stores by URL: what the settings say, as a client of the store."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from obstore.store import AzureStore, GCSStore, S3Store

from dictabelt.blobs.store_faults import store_refusals
from dictabelt.core.origins import path_of

SCHEMES: Final = ("s3", "gs", "az")
_PREFIX = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/)*[A-Za-z0-9][A-Za-z0-9._-]*")
_AT_REST: Final = MappingProxyType(
    {
        "gs": "Google encrypts what it keeps, by a key of yours where the bucket names one",
        "az": "Azure encrypts what it keeps, by a key of yours where the account names one",
    }
)
_REGION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BY_KEY: Final = ("aws:kms", "aws:kms:dsse")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")

Store = S3Store | GCSStore | AzureStore


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may take and be silent, and how often it is made again."""

    connect: timedelta = timedelta(seconds=5)
    silence: timedelta = timedelta(seconds=30)
    request: timedelta = timedelta(seconds=120)
    retries: int = 5
    first_pause: timedelta = timedelta(milliseconds=100)
    longest_pause: timedelta = timedelta(seconds=3)
    altogether: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Place:
    """Where blobs are kept: `s3://bucket/prefix`, `gs://` or `az://container/prefix`.

    `region`, `virtual_hosted`, `encryption` (`AES256`, `aws:kms`, `aws:kms:dsse`) and `kms_key`
    are S3's. Credentials are not here: the client finds them in the environment or asks the
    machine, and renews those.
    """

    url: str
    endpoint: str | None = None
    region: str | None = None
    virtual_hosted: bool = False
    encryption: str | None = None
    kms_key: str | None = None
    proxy: str | None = None
    patience: Patience = Patience()

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme

    @property
    def bucket(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        return urlsplit(self.url).path.strip("/")

    @property
    def sure_region(self) -> str:
        """The region to sign for; as the client itself, us-east-1 where none is told."""
        return self.region or "us-east-1"

    def address(self, endpoint: str | None = None) -> str:
        """The URL below which keys are in S3, at `endpoint` or the place's own."""
        at = endpoint or self.endpoint
        named = self.virtual_hosted and at is not None
        origin = at or f"https://s3.{self.sure_region}.amazonaws.com"
        parts = [origin, *([] if named else [self.bucket]), *filter(None, [self.prefix])]
        return "/".join(parts)


def refuse_place(url: str) -> None:
    """Raises ValueError for what is no place in an object store."""
    parts = urlsplit(url)
    # the parts are without the line breaks and tabs that the whole may have
    plain = url.isprintable() and not (parts.query or parts.fragment or parts.username)
    path = parts.path.strip("/")
    known = parts.scheme in SCHEMES and _BUCKET.fullmatch(parts.netloc)
    if not (known and plain and (not path or _PREFIX.fullmatch(path))):
        raise ValueError("needs the form s3://bucket/prefix, gs://bucket or az://container")


def refuse_unfit(place: Place) -> None:
    """Raises ValueError, that begins with the setting's name, for what no store would do."""
    if place.region and not _REGION.fullmatch(place.region):
        raise ValueError("blobs_region, or AWS_REGION: needs the form eu-central-1")
    if place.scheme == "s3" and place.kms_key and place.encryption not in _BY_KEY:
        raise ValueError(f"blobs_kms_key: needs blobs_encryption to be {' or '.join(_BY_KEY)}")


def refuse_path(place: Place, endpoint: str | None) -> None:
    """Raises ValueError for a path in an endpoint of a store that would not have it."""
    if place.scheme != "az" and path_of(endpoint or ""):
        raise ValueError("only that of az:// may have a path; leave the path out")


def refuse_misplaced(place: Place) -> None:
    """Raises ValueError, that begins with the setting's name, for what is another store's."""
    if place.scheme == "s3":
        return
    asked = {
        "blobs_encryption": place.encryption,
        "blobs_kms_key": place.kms_key,
        "blobs_virtual_hosted": place.virtual_hosted,
    }
    for name in (name for name, value in asked.items() if value):
        raise ValueError(f"{name}: is for s3:// alone; {_AT_REST[place.scheme]}")


def client_of(place: Place) -> Store:
    """A client of the store.

    Raises ValueError, and StorageFailed for credentials that are missing or none.
    """
    refuse_place(place.url)
    with store_refusals("credentials"):
        return _CLIENTS[place.scheme](place)


def _s3(place: Place) -> Store:
    config: dict[str, Any] = {
        "checksum_algorithm": "SHA256",
        # what every S3 there is can do; one blob is deleted at a time
        "disable_bulk_delete": True,
        "virtual_hosted_style_request": place.virtual_hosted,
    }
    told = {
        "endpoint": place.endpoint,
        "region": place.region,
        "server_side_encryption": place.encryption,
        "sse_kms_key_id": place.kms_key,
    }
    config |= {name: value for name, value in told.items() if value is not None}
    return S3Store(place.bucket, config=config, **_manners(place))  # type: ignore[arg-type]


def _gs(place: Place) -> Store:
    config = {} if place.endpoint is None else {"base_url": place.endpoint}
    return GCSStore(place.bucket, config=config, **_manners(place))  # type: ignore[arg-type]


def _az(place: Place) -> Store:
    config = {} if place.endpoint is None else {"endpoint": place.endpoint}
    return AzureStore(place.bucket, config=config, **_manners(place))  # type: ignore[arg-type]


def _manners(place: Place) -> dict[str, Any]:
    patience = place.patience
    client = {
        "allow_http": (place.endpoint or "").startswith("http://"),
        "connect_timeout": patience.connect,
        "read_timeout": patience.silence,
        "timeout": patience.request,
        "user_agent": "dictabelt",
    }
    if place.proxy is not None:
        client["proxy_url"] = place.proxy
    backoff = {"init_backoff": patience.first_pause, "max_backoff": patience.longest_pause}
    retry = {"max_retries": patience.retries, "retry_timeout": patience.altogether}
    manners: dict[str, Any] = {"client_options": client}
    manners["retry_config"] = {"backoff": backoff, **retry}
    return manners | ({"prefix": place.prefix} if place.prefix else {})


_CLIENTS: Final = MappingProxyType[str, Callable[[Place], Store]]({"s3": _s3, "gs": _gs, "az": _az})
