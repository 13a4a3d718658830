"""The words for what a disk refuses: the reason and the fix, without a path of ours."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from dictabelt.core.errors import StorageFailed

_NO_ACCESS = (
    "the vault may not use its storage folder; give the user it runs as"
    " permission to read, write and enter it"
)
_NO_LINKS = (
    "the storage folder's file system has no hard links;"
    " move the folder to one that has (ext4, xfs, btrfs, zfs, apfs)"
)
_TOO_MANY_FILES = "too many open files; raise the limit (ulimit -n) and restart the vault"
_NOT_A_FOLDER = (
    "a file is where the storage folder or a part of it should be;"
    " move that file away or choose another folder"
)

WORDS: Final = MappingProxyType(
    {
        errno.ENOSPC: "the disk is full; free some space on the disk that holds the storage folder",
        errno.EDQUOT: "the disk quota is used up; raise it or free some space",
        errno.EFBIG: (
            "the file is larger than the file system or the process limit (ulimit -f) allows;"
            " raise the limit"
        ),
        errno.EIO: (
            "the disk reported an input/output error; look at the system log and at the disk's"
            " health before you try again"
        ),
        errno.EROFS: "the disk is mounted read-only; mount it writable (look at the system log)",
        errno.EACCES: _NO_ACCESS,
        errno.EPERM: _NO_ACCESS,
        errno.ENOENT: (
            "the storage folder is missing; mount its disk, create it,"
            " or point the settings at the right one"
        ),
        errno.ENOTDIR: _NOT_A_FOLDER,
        errno.EEXIST: _NOT_A_FOLDER,
        errno.EMFILE: _TOO_MANY_FILES,
        errno.ENFILE: _TOO_MANY_FILES,
        errno.EXDEV: (
            "the storage folder spans more than one file system; keep all of it on one disk"
        ),
        errno.ENOLCK: "the storage folder's file system has no locks; mount it with locking",
        errno.ESTALE: "the network disk of the storage folder has changed; mount it again",
    }
)

LINK_WORDS: Final = MappingProxyType(
    {errno.EPERM: _NO_LINKS, errno.ENOTSUP: _NO_LINKS, errno.EOPNOTSUPP: _NO_LINKS}
)


def storage_failed(error: OSError, where: Path) -> StorageFailed:
    """`error` in words a client may see; `where` goes into a note, for the owner's own log."""
    return _failure(WORDS.get(error.errno or 0), error, where)


@contextmanager
def refusals(where: Path) -> Iterator[None]:
    """Raises StorageFailed for any OSError inside."""
    try:
        yield
    except OSError as error:
        raise storage_failed(error, where) from error


@contextmanager
def link_refusals(where: Path) -> Iterator[None]:
    """Like `refusals`, for link(2), whose EPERM speaks of the file system."""
    try:
        yield
    except OSError as error:
        words = LINK_WORDS.get(error.errno or 0) or WORDS.get(error.errno or 0)
        raise _failure(words, error, where) from error


def _failure(words: str | None, error: OSError, where: Path) -> StorageFailed:
    code = errno.errorcode.get(error.errno or 0, "unknown")
    failure = StorageFailed(words or f"the disk refused ({code}); look at the vault's log")
    failure.add_note(f"{where}: {error}")
    return failure
