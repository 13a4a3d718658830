"""The README of each dialect: its examples run, and it says what has to be said."""

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dictabelt.core.ids import spell_prefixed
from dictabelt.core.nouns import Recording
from dictabelt.http.dialect import Dialect, discover
from stocked import House, Tenant

FOLDER = Path(__file__).parents[2] / "src" / "dictabelt" / "dialects"
CHAPTERS = (
    *("Point existing code here", "Try it", "Statuses", "Scopes"),
    *("Chosen where nothing is known", "Not answered yet"),
)
DIALECTS = discover()

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda it: it.name)


def chapters(dialect: Dialect) -> dict[str, str]:
    """What stands below each heading of the second level."""
    text = (FOLDER / dialect.name / "README.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@every_dialect
def test_every_readme_has_the_same_chapters(dialect: Dialect) -> None:
    assert tuple(chapters(dialect)) == CHAPTERS


@every_dialect
def test_every_status_of_the_error_table_is_explained(dialect: Dialect) -> None:
    told = chapters(dialect)["Statuses"]
    documented = set(re.findall(r'"([45]\d\d)": \{', json.dumps(dialect.document())))
    assert documented
    assert {it for it in documented if it not in told} == set()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples call curl")
@every_dialect
async def test_the_examples_run(
    dialect: Dialect, house: House, served: str, tmp_path: Path
) -> None:
    examples = "\n".join(re.findall(r"```sh\n(.*?)```", chapters(dialect)["Try it"], re.DOTALL))
    assert "curl" in examples
    _write_demo(tmp_path, served, house.ours)
    seen = Path(sys.executable).parent
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-eu", "-o", "pipefail", "-c", examples),
        cwd=tmp_path,
        env={"PATH": f"{seen}:{os.environ['PATH']}", "no_proxy": urlsplit(served).hostname or ""},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(shell.communicate(), timeout=60)
    assert shell.returncode == 0, err.decode()
    # SubVerse refuses under HTTP 200, which curl does not notice.
    assert not re.search(rb'"responseCode":(?!200)', out)
    kept = sizes(tmp_path)
    assert kept
    assert min(kept.values()) > 1_000


def sizes(folder: Path) -> dict[str, int]:
    """Of the files that the examples have made."""
    return {it.name: it.stat().st_size for it in folder.iterdir() if it.is_file()}


def _write_demo(folder: Path, base_url: str, tenant: Tenant) -> None:
    """demo.json as the demo writes it, as far as the examples read it."""
    account = {
        "id": str(tenant.account.id),
        "key": tenant.keys["all"],
        "recordings": [_entry(tenant.recordings[it]) for it in ("in progress", "call")],
    }
    place = folder / "dictabelt-data" / "demo"
    place.mkdir(parents=True)
    (place / "demo.json").write_text(json.dumps({"base_url": base_url, "accounts": [account]}))


def _entry(it: Recording) -> dict[str, object]:
    return {
        "state": it.state,
        "ids": {dialect.name: dialect.spell(it) for dialect in DIALECTS},
        "media": [{"bota": spell_prefixed("med_", one.id)} for one in it.media],
    }
