"""Alerts and dashboard ask for figures that there are, and leave none out."""

import json
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from contrib.expressions import DASHBOARD, RULES, alerts, expressions, known, panels, unknown
from contrib.programs import program

GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"


@pytest.mark.parametrize("asker", expressions())
def test_what_is_asked_for_is_there(asker: str) -> None:
    assert unknown(expressions()[asker]) == set()


def test_a_figure_that_is_not_there_would_be_noticed() -> None:
    assert unknown("rate(dictabelt_request_total[5m])") == {"dictabelt_request_total"}
    assert unknown('dictabelt_jobs{queue="x"}') == {"queue"}


def test_every_figure_is_on_the_dashboard() -> None:
    shown = " ".join(it["expr"] for panel in panels() for it in panel.get("targets", ()))
    needed = {it for it in known() if not it.endswith(("_sum", "_count"))}
    assert {it for it in needed if not re.search(rf"\b{it}\b", shown)} == set()


def test_panels_lie_side_by_side() -> None:
    every = panels()
    assert len({it["id"] for it in every}) == len(every)
    for it in every:
        place = it["gridPos"]
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(every, 2):
        assert not overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def test_the_dashboard_has_what_an_import_needs() -> None:
    board: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert (board["id"], board["title"]) == (None, "Dictabelt")
    assert board["schemaVersion"] >= 36
    variables = {it["name"] for it in board["templating"]["list"]}
    assert variables == {"datasource", "instance", "dialect"}
    for panel in panels():
        assert {"id", "type", "title", "gridPos"} <= panel.keys()
        for target in panel.get("targets", ()):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
            used = set(re.findall(r"\$(\w+)", target["expr"])) - {"__rate_interval"}
            assert used <= variables
            assert re.fullmatch("[A-Z]", target["refId"])


@pytest.mark.parametrize("alert", alerts(), ids=lambda it: str(it["alert"]))
def test_an_alert_says_how_bad_it_is_and_where_the_fix_stands(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"]["summary"]
    page, _, heading = alert["annotations"]["fix"].partition("#")
    assert page == "docs/operating.md"
    assert heading == alert["alert"].lower()
    assert f"### {alert['alert']}\n" in GUIDE.read_text(encoding="utf-8")


def test_the_guide_knows_every_figure() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    series = {re.sub("_(bucket|sum|count)$", "", it) for it in known()}
    assert {it for it in series if f"`{it}`" not in text} == set()


@pytest.mark.parametrize("command", ["check rules", "test rules"])
def test_prometheus_takes_the_rules_and_tells_what_they_should(command: str) -> None:
    file = RULES if command == "check rules" else RULES.with_name("dictabelt.rules.test.yml")
    done = subprocess.run(
        [program("promtool"), *command.split(), file],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_can_read_what_the_dashboard_asks(tmp_path: Path) -> None:
    wanted = [
        {"record": f"asked:{number}", "expr": it.replace("$__rate_interval", "5m")}
        for number, it in enumerate(expressions().values())
    ]
    rules = tmp_path / "asked.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": wanted}]}))
    done = subprocess.run(
        [program("promtool"), "check", "rules", rules],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sample_configuration_finds_the_rules(tmp_path: Path) -> None:
    for it in RULES.parent.iterdir():
        shutil.copy(it, tmp_path)
    done = subprocess.run(
        [program("promtool"), "check", "config", tmp_path / "prometheus.yml"],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
