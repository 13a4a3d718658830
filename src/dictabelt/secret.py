"""The server's pepper, 256 bits in a file that only its owner reads, and what it seals."""

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dictabelt.core.errors import StorageFailed

_BYTES = 32
# NIST SP 800-38D section 8.2: a nonce of 96 bits.
_NONCE = 12


class Seal:
    """AES-256-GCM under a key derived from the pepper; a thief of the database reads nothing."""

    def __init__(self, pepper: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(pepper, b"seal", sha256))

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """The nonce, and what opens in the same context only."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Reverses `seal`. Raises StorageFailed, also for another pepper's work."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except (InvalidTag, ValueError) as error:
            raise StorageFailed(
                "a sealed value does not open; is secret.key that of this vault?"
            ) from error


def pepper(path: Path, *, vault: Path) -> bytes:
    """The pepper of a vault, made together with it.

    Every key and link hangs on it, so a vault whose pepper is lost is refused
    rather than given a new one. Raises StorageFailed, naming the fix.
    """
    if not path.exists():
        if vault.exists():
            raise StorageFailed(
                f"{path.name} is missing beside {vault.name}; restore it from a backup: "
                "without it no key and no link works"
            )
        _make(path)
    try:
        found = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise StorageFailed(f"{path.name} cannot be read: {error}") from error
    if len(found) != _BYTES:
        raise StorageFailed(f"{path.name} is damaged; restore it from a backup")
    return found


def _make(path: Path) -> None:
    try:
        _write(path, secrets.token_bytes(_BYTES))
    except OSError as error:
        raise StorageFailed(
            f"{path.name} cannot be written ({error.strerror}); check the data folder's permissions"
        ) from error


def _write(path: Path, content: bytes) -> None:
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(content.hex())
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
