"""The page at /docs as a browser draws it; skipped where there is no Chromium."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from dictabelt.http.dialect import discover

QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=10000",
)


@pytest.mark.parametrize("name", [it.name for it in discover()])
async def test_a_browser_shows_the_operations(name: str, served: str, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("there is no Chromium here (Debian: apt install chromium)")
    url = f"{served}/docs?api={name}"
    line = [browser, *QUIET, f"--user-data-dir={tmp_path}", "--dump-dom", url]
    drawn = await asyncio.to_thread(
        subprocess.run, line, capture_output=True, text=True, timeout=60, check=True
    )
    assert "No API definition" not in drawn.stdout
    assert drawn.stdout.count('class="opblock ') > 0
