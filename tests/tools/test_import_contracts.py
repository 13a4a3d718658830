"""The import contracts: each one refuses what it is there to refuse, and nothing legal."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {it["name"]: it for it in PROJECT["tool"]["importlinter"]["contracts"]}

ONE_WAY = "Imports point one way, and every part has its place"
STRANGERS = "Dialects are strangers to one another"
ROOT_ALONE = "Only the composition root names an adapter"
NO_HTTP = "Adapters know nothing of HTTP"
SETTINGS = "Settings are read where the parts are put together"
DEMO_DATA = "Demo data is for the demo command"
PURE = "The core needs nothing but the standard library"

LEGAL = (
    ("cli.main", "dictabelt.app"),
    ("cli.main", "dictabelt.settings"),
    ("cli.main", "dictabelt.core.nouns"),
    ("cli.main", "dictabelt.demo_data"),
    ("app", "dictabelt.db.engine"),
    ("app", "dictabelt.blobs.disk"),
    ("app", "dictabelt.audio.probe"),
    ("app", "dictabelt.dialects"),
    ("app", "dictabelt.http.mount"),
    ("app", "dictabelt.metrics.page"),
    ("metrics.page", "dictabelt.http.trace"),
    ("app", "dictabelt.settings"),
    ("app", "dictabelt.secret"),
    ("dialects.laml.routes", "dictabelt.http.mount"),
    ("dialects.bird.routes", "starlette"),
    ("console.pages", "dictabelt.http.mount"),
    ("http.mount", "dictabelt.core.nouns"),
    ("http.mount", "starlette"),
    ("jobs.worker", "dictabelt.core.nouns"),
    ("db.engine", "sqlalchemy"),
    ("core.nouns", "dictabelt.core.ids"),
    ("core.nouns", "sqlite3"),
)
ILLEGAL = (
    (ONE_WAY, "core.nouns", "dictabelt.http.mount"),
    (ONE_WAY, "core.nouns", "dictabelt.db.engine"),
    (ONE_WAY, "http.mount", "dictabelt.dialects.laml.routes"),
    (ONE_WAY, "http.mount", "dictabelt.db.engine"),
    (ONE_WAY, "http.mount", "dictabelt.audio.probe"),
    (ONE_WAY, "db.engine", "dictabelt.blobs.disk"),
    (ONE_WAY, "audio.probe", "dictabelt.db.engine"),
    (ONE_WAY, "dialects.laml.routes", "dictabelt.db.engine"),
    (ONE_WAY, "dialects.laml.routes", "dictabelt.jobs.worker"),
    (ONE_WAY, "dialects.laml.routes", "dictabelt.app"),
    (ONE_WAY, "console.pages", "dictabelt.dialects.laml.routes"),
    (ONE_WAY, "app", "dictabelt.cli.main"),
    (ONE_WAY, "leftovers", "dictabelt.core.nouns"),
    (STRANGERS, "dialects.laml.routes", "dictabelt.dialects.bird.routes"),
    (STRANGERS, "dialects.sixth.wire", "dictabelt.dialects.laml.routes"),
    (ROOT_ALONE, "cli.main", "dictabelt.db.engine"),
    (ROOT_ALONE, "cli.main", "dictabelt.blobs.disk"),
    (ROOT_ALONE, "cli.main", "dictabelt.audio.probe"),
    (ROOT_ALONE, "cli.main", "dictabelt.secret"),
    (ROOT_ALONE, "cli.main", "dictabelt.metrics.page"),
    (ONE_WAY, "metrics.page", "dictabelt.jobs.worker"),
    (NO_HTTP, "db.engine", "dictabelt.http.mount"),
    (NO_HTTP, "blobs.disk", "starlette"),
    (NO_HTTP, "audio.probe", "starlette"),
    (SETTINGS, "http.mount", "dictabelt.settings"),
    (SETTINGS, "dialects.laml.routes", "dictabelt.settings"),
    (DEMO_DATA, "app", "dictabelt.demo_data"),
    (PURE, "core.nouns", "sqlalchemy"),
    (PURE, "core.nouns", "numpy"),
    (PURE, "core.nouns", "prometheus_client"),
)


def build(root: Path, imports: tuple[tuple[str, str], ...]) -> None:
    """Writes a package in which each module imports what it is said to."""
    imported = {it.removeprefix("dictabelt.") for _, it in LEGAL if it.startswith("dictabelt.")}
    for module in sorted({it for it, _ in LEGAL + imports} | imported):
        place = root.joinpath("dictabelt", *module.split("."))
        is_package = module in ("dialects", "demo_data")
        file = place / "__init__.py" if is_package else place.with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        wanted = [it for importer, it in LEGAL + imports if importer == module]
        file.write_text("".join(f"import {it}\n" for it in wanted), encoding="utf-8")
    for folder in (root / "dictabelt", *(root / "dictabelt").rglob("*/")):
        (folder / "__init__.py").touch()


def broken(root: Path) -> set[str]:
    """The names of the contracts that the package under `root` breaks."""
    config = str(ROOT / "pyproject.toml")
    command = (
        "import sys; from importlinter.cli import lint_imports;"
        f"sys.exit(lint_imports(config_filename={config!r}, no_cache=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", command],
        check=False,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = dict(re.findall(r"^(.+?) +(KEPT|BROKEN)", done.stdout, re.MULTILINE))
    assert told.keys() == CONTRACTS.keys(), done.stdout + done.stderr
    assert (done.returncode == 0) == ("BROKEN" not in told.values())
    return {name for name, verdict in told.items() if verdict == "BROKEN"}


def test_the_imports_of_the_design_are_legal(tmp_path: Path) -> None:
    build(tmp_path, ())
    assert broken(tmp_path) == set()


@pytest.mark.parametrize(("contract", "importer", "imported"), ILLEGAL)
def test_an_import_against_the_design_is_refused(
    contract: str, importer: str, imported: str, tmp_path: Path
) -> None:
    build(tmp_path, ((importer, imported),))
    assert contract in broken(tmp_path)


def test_the_core_is_kept_from_every_dependency_there_is() -> None:
    wanted = {
        re.split(r"[ ;<>=]", it)[0].replace("-", "_") for it in PROJECT["project"]["dependencies"]
    }
    installed = importlib.metadata.packages_distributions()
    modules = {
        module
        for module, owners in installed.items()
        if wanted & {it.replace("-", "_") for it in owners} and not module.startswith("_")
    }
    assert modules
    assert modules - set(CONTRACTS[PURE]["forbidden_modules"]) == set()


def test_background_jobs_join_the_adapters_once_they_are_there() -> None:
    there = (ROOT / "src/dictabelt/jobs/__init__.py").exists()
    assert ("dictabelt.jobs" in CONTRACTS[ROOT_ALONE]["protected_modules"]) == there
    assert ("dictabelt.jobs" in CONTRACTS[NO_HTTP]["source_modules"]) == there
