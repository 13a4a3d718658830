"""Bytes that were damaged on the disk: refused in the vendor's words, and told to the operator."""

import logging
from pathlib import Path

import httpx2
import pytest

from assembly import Assembly, assembled
from dialects.asking import Route, every_tell, holding, is_refusal, send
from dialects.driver import Subject, driver
from linking import told
from stocked import Stock

INSIDE = ("stored", "bytes", "length", "/blobs")


async def damage(here: Assembly) -> None:
    """Gives the call's original another length."""
    await here.tamper(str(here.ours.recordings["call"].media[0].blob), lambda _: bytes(500))


@every_tell
async def test_damaged_media_is_refused_as_the_vendor_refuses(
    route: Route, stocked: Stock, tmp_path: Path, *, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "dictabelt.http")
    async with assembled(stocked, tmp_path / "data") as here:
        await damage(here)
        transport = httpx2.ASGITransport(here.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://vault.test") as client:
            refused = await asked(client, here, route)
    if refused is not None:
        assert not [word for word in INSIDE if word in refused.text]
        assert refused.headers["cache-control"] == "no-store"
        assert "not the length" in vars(caplog.records[0])["reason"]
        assert vars(caplog.records[0])["path"] == refused.request.url.path


async def asked(client: httpx2.AsyncClient, here: Assembly, route: Route) -> httpx2.Response | None:
    """The refusal, at the route itself or where it leads; None where it tells of no audio."""
    drive, proof = driver(route[0].name), holding(route, here.ours)
    answer = await send(
        client, drive.ask(route[1], Subject.of(here.ours.recordings["call"])), proof
    )
    if answer.status_code >= 400:
        assert (drive.status(answer), is_refusal(drive, answer)) == (500, True)
        return answer
    assert not answer.headers.get("content-type", "").startswith("audio/")
    url = answer.headers.get("location") or drive.heard(answer)
    if url is None:
        return None
    played = await client.get(url, headers=proof)
    if "/media/" in url:
        assert (played.status_code, told(played)["Code"]) == (500, "InternalError")
    else:
        assert (drive.status(played), is_refusal(drive, played)) == (500, True)
    return played
