"""What the alerts and the dashboard ask of Prometheus, and the figures that there are."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from dictabelt.metrics.registry import Figures

CONTRIB = Path(__file__).parents[2] / "contrib"
RULES = CONTRIB / "prometheus" / "dictabelt.rules.yml"
DASHBOARD = CONTRIB / "grafana" / "dictabelt.json"
_OURS = re.compile(r"\bdictabelt_\w+")
_LABELS = re.compile(r"(dictabelt_\w+)\{([^}]*)\}")
# Prometheus puts these on everything that it scrapes.
_SCRAPED = {"instance", "job"}


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def expressions() -> dict[str, str]:
    """Everything that is asked, by the alert or the panel that asks."""
    asked = {it["alert"]: it["expr"] for it in alerts()}
    for panel in panels():
        for target in panel.get("targets", ()):
            asked[f"{panel['title']} {panel['id']} {target['refId']}"] = target["expr"]
    return asked


def known() -> dict[str, set[str]]:
    """Every series that there can be, and its labels."""
    names: dict[str, set[str]] = {}
    figures = Figures.new("0")
    for group in (figures.requests, figures.sound, figures.work, figures.storage):
        for field in group.__slots__:
            metric = getattr(group, field)
            labels, name = set(metric._labelnames), metric._name
            kinds: dict[str, dict[str, set[str]]] = {
                "counter": {f"{name}_total": set()},
                "gauge": {name: set()},
                "histogram": {
                    f"{name}_bucket": {"le"},
                    f"{name}_sum": set(),
                    f"{name}_count": set(),
                },
            }
            names |= {it: labels | more for it, more in kinds[metric._type].items()}
    return {**names, "dictabelt_build_info": {"version", "python"}}


def unknown(expression: str) -> set[str]:
    """Series, and labels of series, that there cannot be."""
    series = known()
    wrong = {it for it in _OURS.findall(expression) if it not in series}
    for name, inside in _LABELS.findall(expression):
        labels = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", inside))
        wrong |= labels - series.get(name, set()) - _SCRAPED
    return wrong
