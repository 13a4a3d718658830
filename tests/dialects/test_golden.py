"""Golden files: each answer, field by field, in its order.

`UPDATE_GOLDEN=1 pytest tests/dialects/test_golden.py` writes them anew; read the difference
against the vendor's contract before it is committed.
"""

import json
import os
from importlib import import_module
from pathlib import Path

import pytest

from dialects.rendering import REFUSALS, shapes
from dictabelt.core.errors import VaultError
from dictabelt.http.dialect import discover

GOLDEN = Path(__file__).parent / "golden"
SHAPES = shapes()


def pretty(body: bytes) -> str:
    """The same JSON, its keys in the order they were sent, for people to read."""
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"


@pytest.fixture(scope="module", autouse=True)
def renewed() -> None:
    """Writes every file first, and drops what nothing renders, where that was asked for."""
    if os.environ.get("UPDATE_GOLDEN"):
        for stale in GOLDEN.glob("*.json"):
            stale.unlink()
        for name, render in SHAPES.items():
            (GOLDEN / f"{name}.json").write_text(pretty(render()), encoding="utf-8")


@pytest.mark.parametrize("name", SHAPES)
def test_the_answer_is_the_golden_one(name: str) -> None:
    assert pretty(SHAPES[name]()) == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert sorted(it.stem for it in GOLDEN.iterdir()) == sorted(SHAPES)


def test_no_refusal_is_forgotten() -> None:
    homes = ("dictabelt.core.errors", "dictabelt.http.dialect")
    ours = {it for it in descendants(VaultError) if it.__module__ in homes}
    assert {type(it) for it in REFUSALS} == ours


def test_every_row_of_an_error_table_is_shown() -> None:
    for dialect in discover():
        table = import_module(f"dictabelt.dialects.{dialect.name}.wire").ERRORS
        assert {type(it) for it in REFUSALS} >= set(table)


def descendants(of: type[VaultError]) -> set[type[VaultError]]:
    """The class and everything below it."""
    return {of}.union(*(descendants(it) for it in of.__subclasses__()))
