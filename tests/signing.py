"""Links made for tests, and who trusts them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from dictabelt.http.sigv4 import Asked, LinkRefused, Signer, Trust, sign, signed_host, verify

NOW = datetime(2026, 1, 31, 23, 59, 30, tzinfo=UTC)
SIGNER = Signer("DBLKABCDEFGHIJKLMNOP", "s3cr3t/with+slash=", "eu-west-1")
ORIGIN = "https://vault.example"
PATH = "/media/8bc02f53-87ac-48d2-b4fd-c2cf856a305f/5b74ee9e-9d45-473a-82cd-f1f7feea6bbd/a.mp3"
X_ID = ("x-id", "GetObject")

Pairs = Sequence[tuple[str, str]]


def trust(origin: str = ORIGIN, *signers: Signer) -> Trust:
    secrets = {it.key_id: it.secret for it in signers or (SIGNER,)}
    return Trust([signed_host(origin)], secrets.get, SIGNER.region)


def asked(url: str, method: str = "GET") -> Asked:
    path, _, query = url.partition("://")[2].partition("/")[2].partition("?")
    return Asked(method, f"/{path}".encode(), query.encode())


def link(path: str = PATH, *, expires: int = 600, extra: Pairs = ()) -> str:
    return sign(SIGNER, ORIGIN + path, expires=expires, now=NOW, extra=extra)


def refusal(url: str, *, now: datetime = NOW, method: str = "GET") -> LinkRefused:
    with pytest.raises(LinkRefused) as caught:
        verify(asked(url, method), trust(), now=now)
    return caught.value
