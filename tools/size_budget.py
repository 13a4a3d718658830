"""Refuses files, functions, parameter lists, nesting and names beyond the house budget."""

import ast
import math
import sys
from collections.abc import Iterator, Sequence
from itertools import dropwhile
from pathlib import Path
from typing import Final

from findings import Finding, Source, sources, tell

FILE_LINES: Final = 400
FILE_LINES_TO_TALK_ABOUT: Final = 200
FUNCTION_LINES: Final = 40
FUNCTION_LINES_P90: Final = 20
PARAMETERS: Final = 5
POSITIONAL: Final = 2
CONTEXT: Final = frozenset(("tx", "who", "account"))
NESTING: Final = 3
VAGUE: Final = frozenset(
    ("utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc")
)

# Positional parameters whose order and number a framework decides, because it is the caller.
FIXED_SIGNATURES: Final = frozenset(
    (
        ("scope", "receive", "send"),  # ASGI 3 application
        ("logger", "name", "event"),  # structlog processor
        (  # pydantic-settings, BaseSettings.settings_customise_sources
            "settings_cls",
            "init_settings",
            "env_settings",
            "dotenv_settings",
            "file_secret_settings",
        ),
    )
)
COMMAND_FOLDER: Final = "src/dictabelt/cli"
COMMAND_DECORATORS: Final = frozenset(("command", "callback"))  # typer: a parameter is an option

Function = ast.FunctionDef | ast.AsyncFunctionDef
Block = (
    ast.If
    | ast.For
    | ast.AsyncFor
    | ast.While
    | ast.With
    | ast.AsyncWith
    | ast.Try
    | ast.TryStar
    | ast.Match
)


def functions(source: Source) -> list[Function]:
    return [it for it in ast.walk(source.tree) if isinstance(it, Function)]


def length(function: Function) -> int:
    """Lines from `def` to the end without the docstring; a protocol's `...` has none."""
    if all(isinstance(it, ast.Expr) and isinstance(it.value, ast.Constant) for it in function.body):
        return 0
    documented = ast.get_docstring(function, clean=False) is not None
    return lines(function) - (lines(function.body[0]) if documented else 0)


def lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def positional(function: Function) -> tuple[str, ...]:
    """Names of the parameters that may be given by position, self and cls left out."""
    names = tuple(it.arg for it in (*function.args.posonlyargs, *function.args.args))
    return names[1:] if names[:1] in (("self",), ("cls",)) else names


def to_be_told_apart(function: Function) -> tuple[str, ...]:
    """Positional parameters that a reader of a call must tell apart.

    Who asks, for which account and in which transaction stands first in every
    call of the core and needs no name; a private function is read beside its
    callers (docs/decisions/0001).
    """
    if function.name.startswith("_") and not function.name.startswith("__"):
        return ()
    return tuple(dropwhile(CONTEXT.__contains__, positional(function)))


def parameters(function: Function) -> int:
    """How many there are in all, self and cls left out; `*rest` and `**rest` count as one each."""
    rest = (function.args.vararg, function.args.kwarg)
    return len(positional(function)) + len(function.args.kwonlyargs) + sum(map(bool, rest))


def called_by_framework(source: Source, function: Function) -> bool:
    """True when somebody else's code decides what parameters the function takes."""
    return (
        positional(function) in FIXED_SIGNATURES
        or function.name in ("__exit__", "__aexit__")
        or is_command(source, function)
    )


def is_command(source: Source, function: Function) -> bool:
    calls = (it.func if isinstance(it, ast.Call) else it for it in function.decorator_list)
    names = {it.attr for it in calls if isinstance(it, ast.Attribute)}
    return source.path.is_relative_to(COMMAND_FOLDER) and not names.isdisjoint(COMMAND_DECORATORS)


def nesting(node: ast.AST) -> int:
    """How many blocks deep; an inner function or class is measured on its own."""
    if isinstance(node, Function | ast.ClassDef):
        return 0
    deepest = max((nesting(it) - is_elif(node, it) for it in statements(node)), default=0)
    return deepest + isinstance(node, Block)


def statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Those directly inside, in handlers and cases too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body


def is_elif(node: ast.AST, child: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(child, ast.If)
        and node.orelse == [child]
        and child.col_offset == node.col_offset
    )


def percentile_90(lengths: Sequence[int]) -> int:
    """The length that nine functions in ten do not exceed; 0 of none."""
    counted = sorted(it for it in lengths if it)
    return counted[math.ceil(len(counted) * 0.9) - 1] if counted else 0


def check_file(source: Source) -> Iterator[Finding]:
    size = len(source.text.splitlines())
    if size > FILE_LINES:
        yield Finding(source.path, size, f"{size} lines in the file; {FILE_LINES} at most")


def check_names(source: Source) -> Iterator[Finding]:
    for part in source.path.with_suffix("").parts:
        if part in VAGUE:
            yield Finding(source.path, 1, f"'{part}' says nothing about what is inside")


def check_functions(source: Source) -> Iterator[Finding]:
    for function in functions(source):
        for text in faults(source, function):
            yield Finding(source.path, function.lineno, f"{function.name}() {text}")


def faults(source: Source, function: Function) -> Iterator[str]:
    options = function.body[0].lineno - function.lineno if is_command(source, function) else 0
    if (size := length(function) - options) > FUNCTION_LINES:
        yield f"has {size} lines; {FUNCTION_LINES} at most"
    if (depth := max(map(nesting, function.body))) > NESTING:
        yield f"nests {depth} deep; {NESTING} at most"
    if called_by_framework(source, function):
        return
    if (count := parameters(function)) > PARAMETERS:
        yield f"takes {count} parameters; {PARAMETERS} at most"
    if (count := len(to_be_told_apart(function))) > POSITIONAL:
        yield f"takes {count} by position; keyword-only after {POSITIONAL}"


def check(source: Source) -> Iterator[Finding]:
    """Everything to refuse in one file of code."""
    yield from check_file(source)
    yield from check_names(source)
    yield from check_functions(source)


def main(root: Path) -> int:
    code, tests = (
        [*sources(root, "src"), *sources(root, "tools"), *sources(root, "bench")],
        [*sources(root, "tests")],
    )
    refused = [it for source in code for it in check(source)]
    refused += [it for source in tests for it in check_file(source)]
    told = tell(refused)
    for source in code:
        size = len(source.text.splitlines())
        if FILE_LINES_TO_TALK_ABOUT < size <= FILE_LINES:
            print(f"{source.path}: note: {size} lines; is it one thing?")
    lengths = [
        length(it) for source in code if source.path.parts[0] == "src" for it in functions(source)
    ]
    p90 = percentile_90(lengths)
    print(f"{len(lengths)} functions, 9 in 10 within {p90} lines (budget {FUNCTION_LINES_P90})")
    return 1 if told or p90 > FUNCTION_LINES_P90 else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
