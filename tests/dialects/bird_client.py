"""Asks Bird as a client of it does."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx2

from stocked import Tenant

JSON = dict[str, Any]


class Bird:
    """One workspace and one of its keys."""

    def __init__(self, client: httpx2.AsyncClient, tenant: Tenant, key: str = "all") -> None:
        self._client = client
        self.base = f"/workspaces/{tenant.account.id}"
        self._headers = {"authorization": f"AccessKey {tenant.keys[key]}"}

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | list[str]] | None = None,
        **more: Any,
    ) -> httpx2.Response:
        """The answer at a path below the workspace; `more` is a `json` or a `content`."""
        return await self._client.request(
            method, self.base + path, params=query, headers=self._headers, **more
        )

    async def told(self, path: str, query: Mapping[str, str | list[str]] | None = None) -> JSON:
        """The body of a GET that succeeds."""
        answer = await self.ask("GET", path, query)
        assert answer.status_code == 200, answer.text
        found: JSON = answer.json()
        return found

    async def ids(self, path: str, **query: str) -> list[UUID]:
        """Of what is on the first page."""
        return [UUID(it["id"]) for it in (await self.told(path, query))["results"]]


def refused(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code, once the body is the vendor's; only 404 may have `details`, and has none."""
    body = answer.json()
    assert set(body) == {"code", "message"}
    assert min(map(len, body.values())) >= 5
    return answer.status_code, body["code"]


MISSING = (404, "ResourceNotFound")
INVALID = (422, "InvalidPayload")
CONFLICT = (409, "ResourceConflict")
DENIED = (403, "AccessDenied")
