"""docs/compatibility.md: generated, complete, and refused when stale."""

from dataclasses import replace
from pathlib import Path

import pytest

import compatibility
from dictabelt.http.dialect import Dialect, discover
from losses import FACTS, kept

ROOT = Path(__file__).parents[1]
DIALECTS = {it.name: it for it in discover()}

every_dialect = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)


def section(dialect: Dialect) -> str:
    """What the page of that dialect alone says."""
    return compatibility.page((dialect,))


def test_the_page_is_not_stale() -> None:
    assert compatibility.main(ROOT, ["--check"]) == 0


def test_a_stale_page_is_refused_until_it_is_written_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    assert compatibility.main(tmp_path, ["--check"]) == 1
    assert compatibility.main(tmp_path, []) == 0
    assert compatibility.main(tmp_path, ["--check"]) == 0
    page = tmp_path / compatibility.PLACE
    page.write_text(page.read_text(encoding="utf-8") + "by hand\n", encoding="utf-8")
    assert compatibility.main(tmp_path, ["--check"]) == 1
    told = "docs/compatibility.md is stale; run python tools/compatibility.py\n"
    assert capsys.readouterr().out == told * 2


@every_dialect
def test_every_endpoint_is_listed(dialect: Dialect) -> None:
    text = section(dialect)
    for endpoint in dialect.endpoints:
        paths = [endpoint.path, *(endpoint.path.removeprefix(it) for it in dialect.prefixes)]
        rows = [f"| {endpoint.method} | `{it}` |" for it in paths]
        assert endpoint.method == "OPTIONS" or any(it in text for it in rows)


@every_dialect
def test_every_word_stands_beside_the_vaults(dialect: Dialect) -> None:
    text = section(dialect)
    for table in dialect.tables.values():
        for member, word in table.items():
            rows = [it for it in text.splitlines() if it.startswith(f"| `{member.value}` |")]
            assert any(f"`{word}`" in it for it in rows)


def test_a_word_for_several_is_marked() -> None:
    text = section(DIALECTS["laml"])
    assert "| `failed` | `absent` \\* |" in text
    assert "| `queued` | `queued` |" in text


def test_words_of_one_kind_stand_side_by_side() -> None:
    text = compatibility.page(tuple(DIALECTS.values()))
    heads = "| vault | Bird | Bota | SignalWire LaML, state |"
    assert heads in text
    assert "| `in_progress` | `ongoing` | `pending` \\* | `in-progress` | `in-progress` |" in text
    assert "| `sip` | `webrtc` \\* | `relay_sip_leg_id` |" in text


def test_a_word_that_a_dialect_lacks_is_a_dash() -> None:
    bird = DIALECTS["bird"]
    words = dict(list(bird.tables["state"].items())[1:])
    assert "| `queued` | – |" in section(replace(bird, tables={"state": words}))


def test_prefixes_that_answer_alike_are_listed_once() -> None:
    laml = DIALECTS["laml"]
    assert "Below `/api/laml/2010-04-01` and below `/2010-04-01`:" in section(laml)
    fewer = section(replace(laml, endpoints=laml.endpoints[1:]))
    assert "Below `/api/laml/2010-04-01` and below `/2010-04-01`:" not in fewer
    assert "| DELETE | `/2010-04-01/Accounts/{account}/Recordings/{sid}.json` |" in fewer


def test_ids_and_links_are_spelled_by_the_dialects() -> None:
    text = compatibility.page(tuple(DIALECTS.values()))
    assert "| SubVerse | `<vendor's own call id>` |" in text
    assert "| Bota | `rec_<recording, hex>` |" in text
    assert "`/media/workspaceID:<account>/sourceID:<call>/<recording>.mp3` | MP3 | 600 s |" in text


def test_our_own_api_loses_nothing_and_every_vendor_something() -> None:
    tells = {name: tell for it in DIALECTS.values() for name, tell in it.tells.items()}
    seen = {
        name: {fact for fact, change in FACTS.items() if kept(tell, change)}
        for name, tell in tells.items()
    }
    assert seen["Dictabelt"] == set(FACTS)
    assert set(seen) >= {"SubVerse", "SignalWire LaML", "Twilio", "Bota", "Bird"}
    for name, facts in seen.items():
        assert facts, name
        assert (facts < set(FACTS)) == (name != "Dictabelt")


def test_the_table_of_losses_has_a_row_a_fact() -> None:
    text = compatibility.page(tuple(DIALECTS.values()))
    for fact in FACTS:
        assert f"\n| {fact} |" in text


@every_dialect
def test_what_is_not_answered_is_taken_from_the_readme(dialect: Dialect) -> None:
    last = section(dialect).partition("## Not answered yet")[2]
    assert "| what | why |" in last
