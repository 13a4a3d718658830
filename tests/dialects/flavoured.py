"""Asks LaML as a client of SignalWire does, or as one of Twilio."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx2
import pytest

from dictabelt.core.nouns import Recording
from dictabelt.dialects.laml.flavour import ACCOUNT, CALL, CONFERENCE, RECORDING, Flavour
from dictabelt.dialects.laml.flavours import SIGNALWIRE, TWILIO
from stocked import Tenant

every_flavour = pytest.mark.parametrize("speaks", [SIGNALWIRE, TWILIO], ids=lambda it: it.name)


def basic(user: str, token: str) -> dict[str, str]:
    """Basic credentials (RFC 7617)."""
    return {"authorization": "Basic " + b64encode(f"{user}:{token}".encode()).decode()}


@dataclass(frozen=True)
class Customer:
    """A client with a key of an account; paths are those below the account."""

    client: httpx2.AsyncClient
    speaks: Flavour
    tenant: Tenant
    key: str = "all"
    extra: Mapping[str, str] = field(default_factory=dict)

    def holding(self, key: str) -> "Customer":
        """The same with another key."""
        return replace(self, key=key)

    def sid(self, it: Recording) -> str:
        """The recording's id as this client spells it."""
        return self.speaks.spell(RECORDING, it.id)

    def call(self, it: Recording) -> str:
        """The path of the call that the recording is of."""
        assert it.call is not None
        return f"/Calls/{self.speaks.spell(CALL, it.call.id)}"

    def conference(self, id: UUID) -> str:
        """The path of a conference."""
        return f"/Conferences/{self.speaks.spell(CONFERENCE, id)}"

    def at(self, path: str) -> str:
        """The path from the root."""
        account = self.speaks.spell(ACCOUNT, self.tenant.account.id)
        return f"{self.speaks.root}/Accounts/{account}{path}"

    async def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """The answer at that path, below the account unless it begins at the root."""
        user = self.speaks.spell(ACCOUNT, self.tenant.account.id)
        headers = basic(user, self.tenant.keys[self.key]) | more.pop("headers", {})
        rooted = path.startswith(("/api/", "/2010"))
        url = path if rooted else self.at(path)
        return await self.client.request(method, url, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        """GET."""
        return await self.ask("GET", path, **more)

    async def post(self, path: str, form: Mapping[str, Any] | None = None) -> httpx2.Response:
        """POST of a form."""
        return await self.ask("POST", path, data=form or {})

    async def sids(self, path: str) -> list[str]:
        """What a page lists."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return [it["sid"] for it in answer.json()["recordings"]]


def refused(answer: httpx2.Response) -> tuple[int, int]:
    """Status and code of a refusal in the vendor's shape."""
    body = answer.json()
    assert list(body) == ["code", "message", "more_info", "status"]
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]
