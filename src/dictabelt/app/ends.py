"""The two stores of a copy, as a command names them."""

from dataclasses import dataclass

from dictabelt.app.storage import FILES, blobs_of
from dictabelt.blobs.files import FileBlobs
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import Place, refuse_path, refuse_place
from dictabelt.settings import BadSettings, Settings, at_endpoint


@dataclass(frozen=True, slots=True)
class End:
    """A store by `--to` or `--from`, which is `option`, and by its endpoint, where one is said."""

    option: str
    where: str
    endpoint: str | None


def ends_of(
    settings: Settings, source: End, *, target: End
) -> tuple[FileBlobs | ObjectBlobs, FileBlobs | ObjectBlobs]:
    """Both stores.

    Raises BadSettings, naming the option or setting, and StorageFailed where the credentials of
    one are none.
    """
    here, there = _reached(settings, source), _reached(settings, target)
    if _spot(here, source) == _spot(there, target):
        raise BadSettings(f"{source.option} and {target.option} name the same store; name two")
    return blobs_of(here, source.where), blobs_of(there, target.where)


def _reached(settings: Settings, end: End) -> Settings:
    """The settings with the endpoint of this end."""
    if end.where == FILES:
        _refuse_endpoint(end)
        return settings
    try:
        refuse_place(end.where)
    except ValueError as error:
        raise BadSettings(f"{end.option}: {error}; or files, those of the data folder") from error
    name = f"{end.option}-endpoint"
    try:
        if end.endpoint is None:
            told, name = settings, f"setting blobs_endpoint, for want of {name}"
        else:
            told = at_endpoint(settings, end.endpoint)
        refuse_path(Place(end.where), told.blobs_endpoint)
    except ValueError as error:
        raise BadSettings(f"{name}: {error}") from error
    return told


def _refuse_endpoint(end: End) -> None:
    if end.endpoint is not None:
        raise BadSettings(
            f"{end.option}-endpoint: files are in the data folder and have none; leave it out"
        )


def _spot(settings: Settings, end: End) -> tuple[str | None, ...]:
    """What two names of one store have in common."""
    if end.where == FILES:
        return (FILES,)
    place = Place(end.where, settings.blobs_endpoint)
    return place.scheme, place.bucket, place.prefix, place.endpoint
