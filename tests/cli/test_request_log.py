"""What `dictabelt serve` writes of requests: a line each, and nothing that opens a door."""

import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from cli.running import DICTABELT, LONGEST, clean, first_line
from dialects.asking import holding, send
from dialects.driver import DIALECTS, Ask, Subject, driver
from dictabelt.app import FILES, blobs_of
from dictabelt.http.dialect import Dialect, Endpoint
from dictabelt.settings import Settings
from stocked import Stock, copied

PHONE = "+447700900142"
MARK = "mark-of-the-client"


@dataclass
class Served:
    """A running server over the stock, and every secret that was said to it or by it."""

    client: httpx2.AsyncClient
    stock: Stock
    settings: Settings
    log: Path
    secrets: set[str] = field(default_factory=set)

    async def ask(self, ask: Ask, headers: dict[str, str]) -> httpx2.Response:
        """The answer; the credentials in it and on the way to it are noted."""
        self.secrets |= {it.rpartition(" ")[2] for it in headers.values()}
        answer = await send(self.client, ask, headers)
        for url in re.findall(r'https?://[^\s"<>\\]+', answer.text + str(answer.headers)):
            self.note(url)
        return answer

    def note(self, url: str) -> None:
        """Remembers what makes a link good."""
        given = parse_qsl(urlsplit(url.replace("\\u0026", "&")).query)
        telling = ("signature", "security-token")
        self.secrets |= {value for name, value in given if name.lower().endswith(telling)}

    def lines(self) -> list[dict[str, Any]]:
        """Every record, in JSON each."""
        return [json.loads(it) for it in self.log.read_text().splitlines()]


@asynccontextmanager
async def served(stock: Stock, folder: Path) -> AsyncIterator[Served]:
    command = [DICTABELT, "serve", "--port", "0", "--json", "--data", str(folder / "data")]
    log = folder / "log"
    async with copied(stock, folder / "data") as settings:
        with (
            log.open("wb") as errors,
            subprocess.Popen(  # noqa: ASYNC220
                command, cwd=folder, env=clean(), stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process,
        ):
            try:
                base = first_line(process)["base_url"]
                async with httpx2.AsyncClient(base_url=base, timeout=LONGEST) as client:
                    yield Served(client, stock, settings, log)
            finally:
                process.terminate()
                process.wait(LONGEST)


async def test_no_secret_is_in_any_log_of_any_dialect(stocked: Stock, tmp_path: Path) -> None:
    async with served(stocked, tmp_path) as it:
        for dialect, endpoint in asked():
            for tenant in (stocked.ours, stocked.theirs):
                ask = driver(dialect.name).ask(endpoint, Subject.of(tenant.recordings["call"]))
                await it.ask(ask, holding(dialect, stocked.ours))
        await follow_links(it)
        await provoke(it)
    told = it.log.read_text()
    assert len(it.lines()) > 150
    assert len({one for one in it.secrets if len(one) == 64}) > 5, "links were followed"
    keys = {*stocked.ours.keys.values(), *stocked.theirs.keys.values()}
    found = [one for one in it.secrets | keys if one in told]
    assert found == []
    for words in (PHONE, PHONE[1:], "%2B" + PHONE[1:], MARK, "X-Amz", "dbk_", "whsec_"):
        assert words not in told


def asked() -> list[tuple[Dialect, Endpoint]]:
    """Every endpoint that takes nothing away."""
    every = [(dialect, it) for dialect in DIALECTS for it in dialect.endpoints]
    return [(dialect, it) for dialect, it in every if it.method in ("GET", "POST")]


async def follow_links(it: Served) -> None:
    """Every dialect's link, whole, altered, and with its query cut off."""
    ours = it.stock.ours
    for dialect in DIALECTS:
        drive = driver(dialect.name)
        for endpoint in dialect.endpoints:
            if endpoint.path != drive.read or endpoint.method == "DELETE":
                continue
            ask = drive.ask(endpoint, Subject.of(ours.recordings["call"]))
            url = drive.heard(await it.ask(ask, holding(dialect, ours)))
            if url is not None and url.startswith(str(it.client.base_url)):
                it.note(url)
                for way in (url, url[:-1] + "0", url.partition("?")[0]):
                    await it.client.get(way)


async def provoke(it: Served) -> None:
    """Words of clients where they do not belong, and storage that fails."""
    key = it.stock.ours.keys["all"]
    bearer = {"authorization": f"Bearer {key}"}
    for path in (f"/{MARK}", f"/vault/v1/{MARK}", f"/v1/recordings/{MARK}?token={key}"):
        await it.client.get(path, headers=bearer)
        await it.client.get(f"{path}/{key}", headers={"authorization": f"Basic {MARK}"})
    await it.client.get("/vault/v1/recordings", params={"number": PHONE}, headers=bearer)
    await it.client.get("/vault/v1/recordings", params={PHONE: key}, headers=bearer)
    await it.client.get(
        "/api/call/signed-recording-url", params={"callId": PHONE}, headers={"x-api-key": key}
    )
    broken = it.stock.ours.recordings["sip"]
    key = str(broken.media[0].blob)
    await blobs_of(it.settings, it.settings.blobs).delete(key)
    if it.settings.blobs == FILES:
        (it.settings.data / "blobs" / key).mkdir()
    name = f"/2010-04-01/Accounts/{broken.account}/Recordings/{broken.id}.wav"
    await it.client.get(f"{name}?token={key}&number=%2B447700900142")


async def test_a_line_says_who_asked_what_and_what_came_of_it(
    stocked: Stock, tmp_path: Path
) -> None:
    ours = stocked.ours
    bearer = {"authorization": f"Bearer {ours.keys['all']}"}
    async with served(stocked, tmp_path) as it:
        path = f"/vault/v1/recordings/{ours.recordings['call'].id}"
        answer = await it.client.get(path, headers=bearer)
        nobody = await it.client.get("/api/call/signed-recording-url")
        await it.client.get("/livez")
    first, second = (one for one in it.lines() if one["event"] == "request")
    assert first["request_id"] == answer.headers["x-request-id"]
    assert first["account"] == str(ours.account.id)
    assert re.fullmatch(r"[0-9a-f-]{36}", first["key"])
    assert first["duration_ms"] > 0
    assert first["sent"] == len(answer.content)
    assert {name: first[name] for name in ("dialect", "endpoint", "method", "status", "level")} == {
        "dialect": "native",
        "endpoint": "/vault/v1/recordings/{id}",
        "method": "GET",
        "status": 200,
        "level": "info",
    }
    assert second["request_id"] == nobody.headers["x-request-id"]
    assert (second["status"], second["code"], second["refusal"]) == (200, 401, "MissingKey")
    assert (second["account"], second["key"]) == (None, None)


@pytest.mark.parametrize("text", ["dbk_" + "a" * 49, "X-Amz-Signature=" + "a" * 64, "+15551230000"])
def test_what_a_traceback_quotes_is_blotted_out(text: str) -> None:
    program = (
        "import logging\nfrom dictabelt.cli.logs import configure\nconfigure()\n"
        f"log = logging.getLogger('dictabelt.x')\n"
        f"try:\n    int({text!r} + ' x')\nexcept ValueError:\n    log.exception('fault {text}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=clean(),
        capture_output=True,
        check=True,
        text=True,
    )
    assert text not in done.stderr
    assert "***" in done.stderr
