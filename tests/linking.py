"""A served house, and the links that are made for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx2
import pytest

from dialects.driver import DIALECTS, Subject, driver, reading
from dictabelt.core.accounts import AccountChanges
from dictabelt.core.nouns import Delivery, Recording
from dictabelt.http.dialect import Dialect
from dictabelt.http.sigv4 import Signer, sign
from serving import serving
from stocked import House, Place, Stock, at_home

LINKING = [it for it in DIALECTS if driver(it.name).link_seconds is not None]
every_linking = pytest.mark.parametrize("dialect", LINKING, ids=lambda it: it.name)


@dataclass(frozen=True)
class Scene:
    """A house with its server, and a client of it."""

    house: House
    base: str
    client: httpx2.AsyncClient

    async def now(self) -> datetime:
        """The vault's own instant."""
        return await self.house.vault.ring.clock()

    async def signer(self) -> Signer:
        """The key that signs now."""
        now, ring = await self.now(), self.house.vault.ring
        return Signer(ring.signing(), str(ring.secret(ring.signing(), now)))

    async def link(self, path: str, *, ago: timedelta = timedelta(0), expires: int = 600) -> str:
        """A link signed `ago` before now."""
        signer, at = await self.signer(), await self.now() - ago
        return sign(signer, f"{self.base}{path}", expires=expires, now=at)

    async def of(self, dialect: Dialect, which: str = "call") -> str:
        """The link that a dialect gives."""
        drive, ours = driver(dialect.name), self.house.ours
        ask = drive.ask(reading(dialect), Subject.of(ours.recordings[which]))
        proof = drive.proof(ours.account.id, ours.keys["all"])
        answer = await self.client.request(
            ask.method, ask.path, params=dict(ask.query), json=ask.body, headers=proof
        )
        url = drive.heard(answer)
        assert url is not None
        return url


@asynccontextmanager
async def redirecting(stock: Stock, place: Place, folder: Path) -> AsyncIterator[Scene]:
    """Our house over a bucket or container, its media delivered by redirect."""
    async with at_home(replace(stock, bucket=place), folder) as house:
        await house.vault.accounts.change(
            house.ours.owner, AccountChanges(delivery=Delivery.REDIRECT)
        )
        async with serving(house.app) as base, httpx2.AsyncClient(base_url=base) as client:
            yield Scene(house, base, client)


async def call_link(scene: Scene, form: str = "wav", expires: int = 600) -> str:
    """A link to our call in the plain layout."""
    place = key(scene.house.ours.recordings["call"], f"recording.{form}")
    return await scene.link(f"/media/{place}", expires=expires)


def key(it: Recording, name: str = "recording.mp3") -> str:
    """Where the plain layout keeps a recording's first media."""
    return f"{it.account}/{it.id}/{it.media[0].id}/{name}"


def path(scene: Scene, which: str = "call") -> str:
    return f"/media/{key(scene.house.ours.recordings[which])}"


def told(answer: httpx2.Response) -> dict[str, str]:
    """The elements of S3's XML error."""
    assert answer.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "Error"
    return {it.tag: it.text or "" for it in root}
