"""The README's examples run, its links lead somewhere, its settings are the real ones."""

import re
import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest

from dictabelt.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\.venv/bin/dictabelt (.*?)(?: +#.*)?$", README, re.MULTILINE)


def test_the_commands_run_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    sound = ROOT / "src/dictabelt/demo_data/pcm-8k-stereo.wav"
    (tmp_path / "calls" / "a.wav").write_bytes(sound.read_bytes())
    program = Path(sysconfig.get_path("scripts")) / "dictabelt"
    assert COMMANDS.pop() == "serve"  # tested where servers are
    for line in COMMANDS:
        words = [it.replace("~/", f"{tmp_path}/") for it in shlex.split(line)]
        ran = subprocess.run(
            [program, *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert ran.returncode == 0, f"{line}: {ran.stderr}"


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("src/dictabelt/dialects/*/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda it: str(it.relative_to(ROOT)))
def test_links_lead_to_what_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert page.parent.joinpath(link).exists(), link


def test_the_table_has_every_setting_and_its_default() -> None:
    rows = dict(re.findall(r"^\| (`[a-z0-9_`, ]+`) \| (.+?) \|", README, re.MULTILINE))
    told = {
        name: value.strip("` ")
        for names, values in rows.items()
        for name, value in zip(re.findall(r"[a-z0-9_]+", names), values.split(", "), strict=False)
    }
    known = {name: field.default for name, field in Settings.model_fields.items()}
    assert told.keys() == known.keys()
    assert {it: told[it] for it in told if it != "public_urls"} == {
        it: str(known[it]) for it in known if it != "public_urls"
    }
