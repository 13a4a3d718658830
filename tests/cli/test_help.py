"""Help: quick for what it does not import, true in the documents, with examples that work."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cli.running import Command, clean, ran
from dictabelt import __version__
from dictabelt.cli.exits import Exit
from dictabelt.cli.options import SAMPLE
from dictabelt.cli.reference import helps, rewritten
from sounds import tone

HELPS = dict(helps())
COMMANDS = {path: text for path, text in HELPS.items() if "Commands:" not in text}
DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"
SLOW = (
    "alembic",
    "asyncpg",
    "av",
    "lameenc",
    "numpy",
    "rich",
    "sqlalchemy",
    "starlette",
    "uvicorn",
)
OF_THE_VAULT = ("account", "link-key", "check", "backup", "restore", "db", "doctor")
# tested where servers are, and where a bucket is
RUNNING = ("dictabelt serve", "dictabelt worker", "dictabelt demo", "dictabelt blobs copy")


def examples(path: str) -> list[list[str]]:
    """The arguments of the examples in a command's help."""
    _, _, listed = HELPS[path].partition("Examples:\n")
    return [shlex.split(line)[1:] for line in listed.splitlines()]


def test_every_command_is_there() -> None:
    assert {path.removeprefix("dictabelt ") for path in COMMANDS} == {
        *("serve", "demo", "import", "ls", "show", "get", "rm", "sign", "pack", "doctor"),
        *("check", "backup", "restore", "blobs copy", "worker"),
        *("account add", "account change", "account list", "key add", "key list", "key revoke"),
        *("link-key list", "link-key rotate"),
        *("events list", "events show", "events resend"),
        *("db current", "db upgrade", "db copy"),
    }


ONE_BY_ONE = """
import contextlib, io, json, sys
from dictabelt.cli.main import run
told = {}
for path in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run([*path.split()[1:], "--help"])
    told[path] = (code, said.getvalue(), sorted(sys.modules))
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, tuple[int, str, list[str]]]:
    """Each help's exit code and text, and what is imported by then, in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_BY_ONE],
        input=json.dumps(list(HELPS)),
        env=clean(),
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, tuple[int, str, list[str]]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("path", HELPS)
def test_help_imports_nothing_that_is_slow(
    path: str, told: dict[str, tuple[int, str, list[str]]]
) -> None:
    code, text, modules = told[path]
    assert code == 0
    assert text == HELPS[path] + "\n"
    assert [it for it in SLOW if it in modules] == []


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_offers_json_and_two_examples(path: str) -> None:
    assert "--json" in HELPS[path]
    lines = [it for it in examples(path) if it]
    assert len(lines) == 2
    assert {" ".join(it)[: len(path) - len("dictabelt ")] for it in lines} == {
        path.removeprefix("dictabelt ")
    }


@pytest.mark.parametrize("path", [it for it in COMMANDS if it not in RUNNING])
def test_the_examples_work(path: str, command: Command, tmp_path: Path) -> None:
    for name in ("Harbour Clinic", "Taxi"):
        if path != "dictabelt account add":
            assert command("account", "add", name).code == 0
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "call.wav").write_bytes(tone(1, 440))
    (tmp_path / "call.wav").write_bytes(tone(1, 440))
    for line in examples(path):
        real = in_place(line, command)
        done = command(*real)
        assert (done.code, done.err if "--json" in real else "") == (0, "")


def in_place(line: list[str], command: Command) -> list[str]:
    """The example for one account of two, a key or recording that is there, and no shell."""
    words = line[: line.index(">")] if ">" in line else line
    if "--account" not in words and words[0] not in OF_THE_VAULT:
        words = [*words, "--account", "Harbour Clinic"]
    owner = ("--account", words[words.index("--account") + 1]) if "--account" in words else ()
    if words[:2] == ["key", "revoke"]:
        words[2] = command("key", "add", "old", *owner, "--json").json["id"]
    if words[0] == "events" and words[1] != "list":
        command("import", "call.wav", *owner, "--json")
        words[2] = command("events", "list", *owner, "--json").json[0]["id"]
    if words[0] == "restore":
        command("backup", words[1], "--with-secret")
    if words[0] == "rm":
        words = [*words, "--yes"]
    if SAMPLE in words:
        made = command("import", "call.wav", *owner, "--json").json["recording"]
        words = [made if it == SAMPLE else it for it in words]
    if words[0] == "get" and "-o" not in words:
        words = [*words, "-o", "out"]
    return words


def test_the_document_has_the_help_as_it_is() -> None:
    assert DOCUMENT.read_text("utf-8") == rewritten(DOCUMENT.read_text("utf-8"))


def test_the_installed_command_prints_the_help_of_the_document(tmp_path: Path) -> None:
    printed = ran("import", "--help", folder=tmp_path)
    assert printed.code == 0
    assert f"```text\n{printed.out}```\n" in DOCUMENT.read_text("utf-8")


def test_exit_codes_are_in_the_help(command: Command) -> None:
    listed = re.findall(r"^ +(\d+)  \S", command("--help").out, re.MULTILINE)
    assert [int(it) for it in listed] == list(Exit)


def test_without_a_command_there_is_help(command: Command) -> None:
    assert command() == command("--help") == command("-h")


def test_the_version_is_told(tmp_path: Path) -> None:
    told = ran("--version", folder=tmp_path)
    assert (told.code, told.out, told.err) == (0, f"dictabelt {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (("acount",), "Did you mean 'account'? `dictabelt --help` shows how"),
        (("account",), "`dictabelt account --help` shows how"),
        (("ls", "--jsno"), "`dictabelt ls --help` shows how"),
        (("ls", "--limit", "0"), "`dictabelt ls --help` shows how"),
        (("import",), "`dictabelt import --help` shows how"),
    ],
)
def test_a_wrong_command_line_gets_one_line_with_the_fix(
    command: Command, arguments: tuple[str, ...], fix: str
) -> None:
    refused = command(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("dictabelt: error: ")
    assert refused.err.rstrip().endswith(fix.removeprefix("Did you mean 'account'? "))
    assert len(refused.err.splitlines()) == 1
