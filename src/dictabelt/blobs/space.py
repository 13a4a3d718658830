"""Room on the disk of a folder."""

import shutil
from pathlib import Path

from dictabelt.blobs.faults import refusals
from dictabelt.blobs.threads import in_thread
from dictabelt.core.errors import StorageFailed

_MEGA = 1_000_000


async def free_bytes(folder: Path) -> int:
    """What a user who is not root can still write. Raises StorageFailed."""
    with refusals(folder):
        return (await in_thread(shutil.disk_usage, folder)).free


async def demand_room(folder: Path, megabytes: int) -> None:
    """Raises StorageFailed when less is free."""
    free = await free_bytes(folder) // _MEGA
    if free < megabytes:
        raise StorageFailed(
            f"{free} MB are free on the disk of the data folder, less than the {megabytes} of the"
            " setting least_free_mb; free some space"
        )
