"""What outlives a power cut: files, and the names that folders have for them."""

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

# What link(2) says where it cannot, as against a disk that is full or broken
_WITHOUT_LINKS = frozenset(
    (*(errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP), *(errno.ENOSYS, errno.EMLINK, errno.EXDEV))
)

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

    The name is on the disk once its folder is; `aside` may be gone then, or a second name. Where
    there are no hard links, a crash may leave a name without bytes. Raises FileExistsError,
    OSError.
    """
    try:
        # unlike a rename, a link never replaces what somebody put there meanwhile
        os.link(aside, target)
    except OSError as error:
        if error.errno not in _WITHOUT_LINKS:
            raise
        _take_over(aside, target)


def forget_empty(target: Path) -> None:
    """Takes away the name without bytes that a crash in `publish` left.

    For who alone publishes there: the other's name is as empty for a moment. Raises OSError.
    """
    if target.is_file() and not target.stat().st_size:
        target.unlink()


def _take_over(aside: Path, target: Path) -> None:
    """Of two who make the name only one succeeds, and that one's rename replaces nothing."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        aside.replace(target)
    except BaseException:
        with suppress(OSError):  # the fault is the rename's
            forget_empty(target)
        raise
