"""What outlives a power cut: files, and the names that folders have for them."""

import errno
import os
import sys
from pathlib import Path

if sys.platform == "darwin":
    import fcntl

    def sync(handle: int) -> None:
        """Brings a file or folder to the disk; fsync stops at the drive's own cache.

        Raises OSError. Never ask again about the same file: the kernel has then forgotten what
        it could not write and would say yes.
        """
        try:
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
            os.fsync(handle)
else:

    def sync(handle: int) -> None:
        """Brings a file or folder to the disk.

        Raises OSError. Never ask again about the same file: the kernel has then forgotten what
        it could not write and would say yes.
        """
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Brings the names in `folder` to the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(handle)
    finally:
        os.close(handle)


def publish(aside: Path, target: Path) -> None:
    """Gives a whole file its name, unless another has it.

    The name is on the disk once its folder is; `aside` may be gone then, or a second name.
    Raises FileExistsError, OSError.
    """
    try:
        # unlike a rename, a link never replaces what somebody put there meanwhile
        os.link(aside, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(target) from None
        aside.rename(target)
