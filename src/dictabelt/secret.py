"""The server's pepper, 256 bits in a file that only its owner reads, and what it seals."""

import hmac
import os
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dictabelt.core.errors import Invalid, StorageFailed
from dictabelt.durable import sync, sync_folder

_BYTES = 32
# NIST SP 800-38D section 8.2: a nonce of 96 bits.
_NONCE = 12
_LOG_N = 17


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


class Strongbox:
    """Copies of the pepper for a backup; a passphrase is stretched by scrypt (RFC 7914)."""

    def fingerprint(self, secret: bytes) -> str:
        """Tells one pepper from another, and nothing else about it."""
        return hmac.digest(secret, b"fingerprint", sha256).hex()[:32]

    def locked(self, secret: bytes, phrase: str) -> dict[str, str | int]:
        """AES-256-GCM under a key from the passphrase, with all that opening it takes."""
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(_NONCE)
        cipher = AESGCM(_stretched(phrase, salt, log_n=_LOG_N))
        sealed = cipher.encrypt(nonce, secret, None)
        return {"log_n": _LOG_N, "salt": salt.hex(), "sealed": (nonce + sealed).hex()}

    def opened(self, locked: Mapping[str, str | int], phrase: str) -> bytes:
        """Reverses `locked`. Raises Invalid for another passphrase, or a damaged copy."""
        try:
            log_n, salt = int(locked["log_n"]), bytes.fromhex(str(locked["salt"]))
            sealed = bytes.fromhex(str(locked["sealed"]))
            cipher = AESGCM(_stretched(phrase, salt, log_n=log_n))
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except (InvalidTag, KeyError, ValueError, MemoryError) as error:
            raise Invalid("the secret does not open with this passphrase") from error


def _stretched(phrase: str, salt: bytes, *, log_n: int) -> bytes:
    """128 MiB for 2^17 rounds of 1 kB; more than 2^20 is nobody's, and would eat the machine."""
    if not 10 <= log_n <= 20:
        raise ValueError("a cost that no backup has")
    return Scrypt(salt=salt, length=32, n=2**log_n, r=8, p=1).derive(phrase.encode())


def written(path: Path, secret: bytes) -> None:
    """Keeps a pepper that came back. Raises OSError."""
    _write(path, secret)


def pepper(path: Path, *, kept: bool) -> bytes:
    """The pepper of a vault, made together with it: `kept` says that the vault is there already.

    Every key and link hangs on it, so a vault whose pepper is lost is refused
    rather than given a new one. Raises StorageFailed, naming the fix.
    """
    if not path.exists():
        if kept:
            raise StorageFailed(
                f"{path.name} of this vault is missing in {path.parent}; restore it from a backup, "
                "or copy it from another machine of the vault: without it no key and no link works"
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
        sync(file.fileno())
    aside.rename(path)
    sync_folder(path.parent)
