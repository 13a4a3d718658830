"""Which database and which blobs the settings name."""

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from dictabelt.blobs.files import FileBlobs
from dictabelt.blobs.lending import lender_of
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import (
    Place,
    refuse_misplaced,
    refuse_path,
    refuse_place,
    refuse_unfit,
)
from dictabelt.core.errors import StorageFailed
from dictabelt.core.ports import Signpost
from dictabelt.db.choosing import Choice
from dictabelt.db.copying import Copy
from dictabelt.http.presigned import Presigner
from dictabelt.settings import SQLITE, BadSettings, Settings

DATABASE = "vault.sqlite3"
FILES = "files"
BEGUN = "restore.json"
SECRET = "secret.key"  # noqa: S105


def database_of(settings: Settings) -> Choice:
    """The database that the settings name: a file in the data folder, or one on a server.

    Raises StorageFailed for a folder that is half restored.
    """
    if (settings.data / BEGUN).exists():
        raise StorageFailed(
            f"a restore into {settings.data} was cut off; "
            "say the same `dictabelt restore` again, or delete the folder"
        )
    return choice_of(settings)


def choice_of(settings: Settings) -> Choice:
    """The same, also of a vault that is being put together."""
    return Choice(
        settings.data / DATABASE,
        None if settings.database == SQLITE else settings.database,
        settings.database_replica,
        settings.database_pool,
        settings.statement_timeout_ms,
    )


async def kept(settings: Settings) -> bool:
    """Whether there is a vault already. Raises StorageFailed."""
    return await database_of(settings).exists()


def copying(source: str, target: str) -> AbstractAsyncContextManager[Copy]:
    """A copy of all rows between two databases. Raises StorageFailed."""
    from dictabelt.db import sides

    return sides.copying(source, target)


def blobs_of(settings: Settings, where: str) -> FileBlobs | ObjectBlobs:
    """The store that `where` names: `files`, those of the data folder, or a URL.

    Raises BadSettings, and StorageFailed where its credentials are none.
    """
    if where == FILES:
        return FileBlobs(settings.data / "blobs")
    try:
        refuse_place(where)
    except ValueError as error:
        raise BadSettings(f"setting blobs: {error}; or files, those of the data folder") from error
    return ObjectBlobs(_place_of(settings, where), settings.data / "spool")


def _place_of(settings: Settings, where: str) -> Place:
    """Raises BadSettings for what the store would leave undone."""
    place, own = _place(settings, where), where == settings.blobs
    _refuse_path(place, settings.blobs_endpoint, told="blobs_endpoint")
    if own:
        _refuse_path(place, settings.blobs_public_endpoint, told="blobs_public_endpoint")
    try:
        refuse_unfit(place)
        if own:
            refuse_misplaced(place)
    except ValueError as error:
        raise BadSettings(f"setting {error}") from error
    return place


def _refuse_path(place: Place, endpoint: str | None, *, told: str) -> None:
    try:
        refuse_path(place, endpoint)
    except ValueError as error:
        raise BadSettings(f"setting {told}: {error}") from error


def signpost_of(settings: Settings) -> Signpost | None:
    """Sends clients to the bucket, where its credentials can be had to sign with."""
    sign = _SIGNPOSTS.get(settings.blobs.partition("://")[0])
    return None if sign is None else sign(settings, _place(settings, settings.blobs))


def _s3(settings: Settings, place: Place) -> Signpost | None:
    lender = lender_of(os.environ)
    if lender is None:
        return None
    return Presigner(place.address(settings.blobs_public_endpoint), place.sure_region, lend=lender)


def _google(settings: Settings, place: Place) -> Signpost | None:
    from dictabelt.blobs.google_links import GoogleLinks, service_account_of

    account = service_account_of(os.environ)
    if account is None:
        return None
    return GoogleLinks(account, place, endpoint=settings.blobs_public_endpoint)


def _azure(settings: Settings, place: Place) -> Signpost | None:
    from dictabelt.blobs.azure_links import AzureLinks, azure_account_of

    account = azure_account_of(os.environ)
    if account is None:
        return None
    return AzureLinks(account, place, endpoint=settings.blobs_public_endpoint)


_SIGNPOSTS: Final = MappingProxyType[str, Callable[[Settings, Place], Signpost | None]](
    {"s3": _s3, "gs": _google, "az": _azure}
)


def _place(settings: Settings, where: str) -> Place:
    return Place(
        url=where,
        endpoint=settings.blobs_endpoint,
        region=settings.blobs_region or os.environ.get("AWS_REGION"),
        virtual_hosted=settings.blobs_virtual_hosted,
        encryption=settings.blobs_encryption,
        kms_key=settings.blobs_kms_key,
        proxy=settings.blobs_proxy,
    )


def prepared(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFailed(
            f"the data folder {data} cannot be made ({error.strerror}); choose another with --data"
        ) from error
    return data
