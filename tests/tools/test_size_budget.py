"""The size budget: what is refused, what is let through."""

import textwrap

import pytest

import size_budget
from findings import parse


def refusals(code: str, *, path: str = "src/dictabelt/core/some.py") -> list[str]:
    return [it.text for it in size_budget.check(parse(path, textwrap.dedent(code)))]


def a_function(lines: int) -> str:
    return "def long():\n" + "    x = 1\n" * (lines - 1)


def test_a_file_of_400_lines_is_the_last_that_fits() -> None:
    assert refusals("x = 1\n" * 400) == []
    assert refusals("x = 1\n" * 401) == ["401 lines in the file; 400 at most"]


def test_a_function_of_40_lines_is_the_last_that_fits() -> None:
    assert refusals(a_function(40)) == []
    assert refusals(a_function(41)) == ["long() has 41 lines; 40 at most"]


def test_docstring_and_decorators_are_not_counted() -> None:
    documented = a_function(40).replace("    x", '    """One.\n\n    Two.\n    """\n    x', 1)
    assert refusals("@first\n@second\n" + documented) == []


def test_an_inner_function_counts_in_the_outer_one_too() -> None:
    nested = "def outer():\n" + textwrap.indent(a_function(40), "    ")
    assert refusals(nested) == ["outer() has 41 lines; 40 at most"]


@pytest.mark.parametrize(
    ("signature", "refused"),
    [
        ("a, b, *, c, d, e", []),
        ("a, b, *, c, d, e, f", ["f() takes 6 parameters; 5 at most"]),
        ("a, b, *, c, d, e=None, **rest", ["f() takes 6 parameters; 5 at most"]),
        ("a, b, c", ["f() takes 3 by position; keyword-only after 2"]),
        ("tx, who, a, b", []),
        ("account, a, b", []),
        ("a, who, b", ["f() takes 3 by position; keyword-only after 2"]),
        ("who, a, b, c", ["f() takes 3 by position; keyword-only after 2"]),
        ("a, b, c=1", ["f() takes 3 by position; keyword-only after 2"]),
        ("a, /, b, c", ["f() takes 3 by position; keyword-only after 2"]),
        ("a, b, *rest", []),
        ("self, a, b", []),
        ("cls, a, b, *, c, d, e", []),
        ("scope, receive, send", []),
        ("self, scope, receive, send", []),
    ],
)
def test_parameters_are_few_and_named(signature: str, refused: list[str]) -> None:
    assert refusals(f"def f({signature}):\n    return 1\n") == refused
    assert refusals(f"async def f({signature}): ...\n") == refused


def test_a_command_line_command_may_have_many_options() -> None:
    command = "@app.command()\ndef add(a, b, c, d, e, f):\n    return 1\n"
    assert refusals(command, path="src/dictabelt/cli/keys.py") == []
    assert refusals(command) != []
    assert refusals(command.removeprefix("@app.command()\n"), path="src/dictabelt/cli/keys.py")


def test_the_options_of_a_command_are_not_counted_as_its_lines() -> None:
    body = a_function(40).removeprefix("def long():\n")
    options = "".join(f"    a{it}=1,\n" for it in range(9))
    command = f"@app.command()\ndef add(\n{options}):\n{body}"
    assert refusals(command, path="src/dictabelt/cli/keys.py") == []
    assert refusals(command + "    x = 2\n" * 2, path="src/dictabelt/cli/keys.py") != []


def test_the_protocol_of_context_managers_is_not_ours_to_shorten() -> None:
    assert refusals("class A:\n    def __exit__(self, kind, fault, trace): ...\n") == []


BLOCKS = ("if a:", "for a in b:", "while a:", "with a:", "try:")


@pytest.mark.parametrize("block", BLOCKS)
def test_three_blocks_deep_is_the_last_that_fits(block: str) -> None:
    assert refusals(nested(block, depth=3)) == []
    assert refusals(nested(block, depth=4)) == ["f() nests 4 deep; 3 at most"]


def nested(block: str, *, depth: int) -> str:
    code = "return 1\n"
    for _ in range(depth):
        code = f"{block}\n{textwrap.indent(code, '  ')}"
        if block == "try:":
            code += "finally:\n  pass\n"
    return f"def f():\n{textwrap.indent(code, '  ')}"


def test_handlers_cases_and_else_count_as_deep_as_their_block() -> None:
    code = """
        def f():
            match a:
                case 1:
                    try:
                        x = 1
                    except ValueError:
                        for b in c:
                            x = 2
                        else:
                            if d:
                                x = 3
        """
    assert refusals(code) == ["f() nests 4 deep; 3 at most"]


def test_a_chain_of_elif_is_one_block() -> None:
    chain = "".join(f"  elif a == {it}:\n    x = {it}\n" for it in range(9))
    assert refusals(f"def f():\n  if a:\n    x = 1\n{chain}") == []


def test_an_inner_function_starts_at_depth_nought() -> None:
    inner = textwrap.indent(nested("if a:", depth=3), "  ")
    assert refusals(f"def g():\n  if a:\n{textwrap.indent(inner, '  ')}") == []


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "base", "manager", "misc"])
def test_vague_names_of_modules_and_folders_are_refused(name: str) -> None:
    said = [f"'{name}' says nothing about what is inside"]
    assert refusals("", path=f"src/dictabelt/core/{name}.py") == said
    assert refusals("", path=f"src/dictabelt/{name}/links.py") == said
    assert refusals("", path=f"src/dictabelt/core/{name}_of_links.py") == []


def test_nine_in_ten_is_counted_without_stubs() -> None:
    assert size_budget.percentile_90([0] * 50 + [10] * 9 + [30]) == 10
    assert size_budget.percentile_90([0] * 50 + [10] * 8 + [30] * 2) == 30
    assert size_budget.percentile_90([]) == 0
