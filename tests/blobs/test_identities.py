"""Identities of the machine, at Azure and Google: their tokens are renewed before they end."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from blobs.stores import SOON
from dictabelt.blobs.objects import ObjectBlobs
from dictabelt.blobs.places import Place
from serving import serving

_AZURE = "<EnumerationResults><Blobs></Blobs><NextMarker/></EnumerationResults>"
_GOOGLE = "<ListBucketResult></ListBucketResult>"


@dataclass
class Machine:
    """Gives out tokens, and is an empty store that notes the tokens it is shown."""

    url: str = ""
    lives: int = 60
    shown: list[str] = field(default_factory=list)
    given: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = "token" in request.url.path
        answer = self._token(request) if asked else self._list(request)
        await answer(scope, receive, send)

    def _token(self, request: Request) -> Response:
        self.given += 1
        known = {"access_token": f"token-{self.given}", "token_type": "Bearer"}
        lives: dict[str, object] = {"expires_in": self.lives}
        if request.url.path.startswith("/oauth2/"):  # Azure says when it ends, in text
            end = int(datetime.now(UTC).timestamp()) + self.lives
            lives = {"expires_on": str(end), "resource": "x"}
        return Response(json.dumps({**known, **lives}), media_type="application/json")

    def _list(self, request: Request) -> Response:
        self.shown.append(request.headers["authorization"])
        return Response(_AZURE if "comp" in request.query_params else _GOOGLE)


@pytest.fixture
async def machine(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Machine]:
    """A machine whose environment has no credentials."""
    for name in ("AZURE_STORAGE_ACCOUNT_KEY", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    made = Machine()
    async with serving(made) as base:
        made.url = base
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
        monkeypatch.setenv("AZURE_MSI_ENDPOINT", f"{base}/oauth2/token")
        monkeypatch.setenv("GCE_METADATA_HOST", base.removeprefix("http://"))
        yield made


@pytest.mark.parametrize("url", ["az://vault", "gs://vault"])
async def test_a_token_that_ends_soon_is_fetched_anew(
    machine: Machine, tmp_path: Path, url: str
) -> None:
    store = ObjectBlobs(Place(url, machine.url, patience=SOON), tmp_path / "spool")
    async with asyncio.timeout(20):
        while len(set(machine.shown)) < 3:
            await store.prepare()
    assert all(re.fullmatch("Bearer token-[0-9]+", it) for it in machine.shown)


@pytest.mark.parametrize("url", ["az://vault", "gs://vault"])
async def test_a_token_that_is_good_is_kept(machine: Machine, tmp_path: Path, url: str) -> None:
    machine.lives = 3600
    store = ObjectBlobs(Place(url, machine.url, patience=SOON), tmp_path / "spool")
    for _ in range(20):
        await store.prepare()
    assert set(machine.shown) == {"Bearer token-1"}
