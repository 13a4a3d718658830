"""API tokens: 256 random bits with a prefix and a checksum, kept only as a keyed digest."""

import hmac
import re
import secrets
import zlib
from hashlib import sha256

PREFIX = "dbk_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY = 43
_CHECK = 6
_SHAPE = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_BODY + _CHECK}}}", re.ASCII)


def new_token() -> str:
    """A fresh token, to be shown once."""
    body = _base62(int.from_bytes(secrets.token_bytes(32)), _BODY)
    return f"{PREFIX}{body}{_checksum(body)}"


def well_formed(token: str) -> bool:
    """Whether `token` can be one of ours, told without any look-up."""
    if not _SHAPE.fullmatch(token):
        return False
    body = token[len(PREFIX) : len(PREFIX) + _BODY]
    return token.endswith(_checksum(body))


def digest(token: str, pepper: bytes) -> bytes:
    """HMAC-SHA256 of the token; useless to a thief of the database without the pepper."""
    return hmac.digest(pepper, token.encode(), sha256)


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
