"""The whole benchmark, for a fraction of a second a row: figures of a run so short mean nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import pytest

from bench import ffmpeg, nginx, postgresql_server
from bench.growth import supported
from bench.scale_works import WORKS
from dictabelt.http.dialect import discover

ROOT = Path(__file__).resolve().parents[2]


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        check=False,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A folder that another user may enter: PostgreSQL does not run as root."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def test_every_row_is_measured_and_nothing_is_left(tmp_path: Path, scratch: Path) -> None:
    file = tmp_path / "run.json"
    short = ("--seconds", "0.02", "--rounds", "1", "--shrink", "600")
    page = tmp_path / "page.md"
    done = bench(scratch, *short, "--json", str(file), "--page", str(page))
    assert done.returncode == 0, done.stderr
    run = json.loads(file.read_text())
    assert [it["wrong"] for it in run["rows"]] == [None] * len(run["rows"])
    assert all(it["ratio"] > 0 for it in run["rows"])
    works = [it["work"] for it in run["rows"]]
    assert {f"metadata, {it.name}" for it in discover()} <= {it.split(":")[0] for it in works}
    assert sum(it.startswith("signed link") for it in works) == 2
    assert sum(it.startswith("media") for it in works) == (4 if nginx.program() else 0)
    assert sum(it.startswith(("peaks", "seek", "whole MP3")) for it in works) == (
        8 if ffmpeg.program() else 3
    )
    engines = ["sqlite", *(["postgresql"] if postgresql_server.available() else [])]
    assert [(it["engine"], it["work"]) for it in run["scale"]] == [
        (engine, it.name) for engine in engines for it in WORKS
    ]
    assert len(run["memory"]) == (7 if supported() else 0)
    works += [it["work"] for it in run["memory"]]
    assert [it for it in works if it not in done.stdout] == []
    assert [it for it in works if it not in page.read_text()] == []
    picture = ElementTree.parse(page.with_suffix(".svg"))
    assert len(picture.findall("{*}rect")) > len(works) / 2
    assert list(scratch.iterdir()) == []


def test_a_group_that_is_none_is_refused(tmp_path: Path) -> None:
    done = bench(tmp_path, "everything")
    assert done.returncode == 2
    assert "metadata, turns, links, media, encoding, memory, rows, ingest, start" in done.stderr
