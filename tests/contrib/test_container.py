"""Containerfile and compose file, as far as they can be read without a container."""

import re
from typing import Any

import pytest
import yaml

from contrib.expressions import CONTRIB
from dictabelt.settings import PREFIX, Settings

FOLDER = CONTRIB / "container"
ROOT = CONTRIB.parent
LINES = (FOLDER / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
# Settings of a vault on PostgreSQL and S3.
DISTRIBUTED = {"database", "blobs", "blobs_endpoint", "blobs_region"}


def said(instruction: str) -> list[str]:
    return [it.partition(" ")[2] for it in LINES if it.startswith(f"{instruction} ")]


def test_the_image_is_built_aside_and_runs_as_nobody_special() -> None:
    assert len(said("FROM")) == 2
    assert {it.split()[0] for it in said("FROM")} == {"docker.io/library/python:3.11-slim"}
    assert said("USER") == ["10001:10001"]
    assert [it.partition(" ")[0] for it in LINES].index("USER") > LINES.index(
        f"FROM {said('FROM')[1]}"
    )


def test_what_is_installed_is_locked() -> None:
    (first, second) = [it for it in said("RUN") if " install " in it]
    assert "--require-hashes" in first
    assert "--no-deps" in second


def test_what_is_copied_is_there_and_not_ignored() -> None:
    rules = (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8").split()
    for it in said("COPY"):
        *words, _ = it.split()
        for source in (word for word in words if not word.startswith("--")):
            if not source.startswith("/"):
                assert (ROOT / source).exists(), source
                assert f"!{source}" in rules, source


def test_it_is_asked_whether_it_lives() -> None:
    kind, *command = COMPOSE["services"]["api"]["healthcheck"]["test"]
    assert kind == "CMD"
    assert "http://127.0.0.1:8080/livez" in command[-1]
    # podman leaves it out of its images without a word that anybody reads
    assert said("HEALTHCHECK") == []


def test_no_secret_stands_in_the_files() -> None:
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    for name in re.findall(r"(?:PASSWORD|KEY|SECRET)\w*: (.*)", text):
        assert re.fullmatch(r"\$\{\w+:\?.*\}", name), name
    wanted = set(re.findall(r"\$\{(\w+)", text))
    given = dict(it.split("=") for it in (FOLDER / "example.env").read_text().split())
    assert given == dict.fromkeys(wanted, "")


def test_its_parts_are_there_and_wait_for_one_another() -> None:
    services = COMPOSE["services"]
    assert {"api", "worker", "postgres", "s3"} <= services.keys()
    for name, it in services.items():
        for other, condition in it.get("depends_on", {}).items():
            assert other in services, name
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in services[other], other
    used = {
        volume.partition(":")[0] for it in services.values() for volume in it.get("volumes", ())
    }
    assert used == COMPOSE["volumes"].keys()


@pytest.mark.parametrize("service", ["api", "worker"])
def test_the_settings_are_real_ones(service: str) -> None:
    environment = COMPOSE["services"][service]["environment"]
    names = {it.removeprefix(PREFIX).lower() for it in environment if it.startswith(PREFIX)}
    assert names <= Settings.model_fields.keys() | DISTRIBUTED


def test_only_the_api_can_be_reached_and_only_from_this_machine() -> None:
    ports = {name: it.get("ports") for name, it in COMPOSE["services"].items() if "ports" in it}
    assert ports == {"api": ["127.0.0.1:8080:8080"]}
