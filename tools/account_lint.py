"""Refuses code that goes around the account: its id, its rows, the clock and the errors."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from findings import Finding, Source, sources, tell

PACKAGE: Final = "src/dictabelt"
PORTS: Final = f"{PACKAGE}/core/rows.py"

# Who may make one. Rows hold account ids, so reading a row makes an AccountId again.
MINTS: Final = {
    "AccountId": (f"{PACKAGE}/core/access.py", f"{PACKAGE}/db"),
    "Principal": (f"{PACKAGE}/core/access.py",),
}

# Ports that are not of one account, or of none yet; everything else takes `account: AccountId`.
NOT_OF_AN_ACCOUNT: Final = frozenset(
    (
        "AccountReads.get",  # the account itself, by an id that came from the operator
        "AccountReads.named",  # the operator's command line
        "AccountReads.all",  # the operator's command line
        "AccountWrites.add",  # it is being made
        "KeyReads.by_digest",  # this is how a request finds its account
        "KeyWrites.add",  # the key carries its account
        "LinkKeyReads.all",  # link keys are the server's
        "LinkKeyWrites.add",
        "LinkKeyWrites.retire",
    )
)
ROW_PORTS: Final = ("Reads", "Writes")

# `now` belongs to the transaction.
MAY_READ_THE_CLOCK: Final = (f"{PACKAGE}/db/engine.py",)
CLOCKS: Final = frozenset(
    (
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.time_ns",
    )
)

# The edges, where an unknown fault becomes an answer or a retry.
MAY_CATCH_ALL: Final = (f"{PACKAGE}/http/mount.py", f"{PACKAGE}/jobs/worker.py")
EVERYTHING: Final = frozenset(("Exception", "BaseException"))

Fault = tuple[ast.AST, str]
Method = ast.FunctionDef | ast.AsyncFunctionDef


def within(source: Source, places: tuple[str, ...]) -> bool:
    return any(source.path.is_relative_to(it) for it in places)


def name(node: ast.AST | None) -> str:
    """The last word of a name or an attribute; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def dotted(node: ast.AST) -> str:
    """The last two words: `datetime.now` of `datetime.datetime.now`."""
    return f"{name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else name(node)


def minting(source: Source) -> Iterator[Fault]:
    """Calls that make an AccountId or a Principal, casts to one, and other names for them."""
    for node in ast.walk(source.tree):
        for made in MINTS:
            if makes(node, made) and not within(source, MINTS[made]):
                yield (node, f"only {' and '.join(MINTS[made])} make {made}")


def makes(node: ast.AST, made: str) -> bool:
    match node:
        case ast.Call(func=function) if name(function) == made:
            return True
        case ast.Call(func=function, args=[target, *_]) if name(function) == "cast":
            return made in re.findall(r"\w+", ast.unparse(target))
        case ast.Call(func=function, args=args, keywords=keywords):
            given = (*args, *(it.value for it in keywords))
            return name(function) != "isinstance" and made in map(name, given)
        case ast.Assign(value=value) | ast.NamedExpr(value=value):
            return name(value) == made
        case ast.alias(name=imported, asname=str()):
            return imported == made
    return False


def ports(source: Source) -> Iterator[Fault]:
    """Methods of the row ports that do not ask for the account before anything else."""
    if source.path.as_posix() != PORTS:
        return
    for called, method in port_methods(source):
        if called not in NOT_OF_AN_ACCOUNT and not account_first(method):
            yield (method, f"{called} must take `account: AccountId` first")


def port_methods(source: Source) -> Iterator[tuple[str, Method]]:
    for port in source.tree.body:
        if isinstance(port, ast.ClassDef) and port.name.endswith(ROW_PORTS):
            methods = (it for it in port.body if isinstance(it, Method))
            yield from ((f"{port.name}.{it.name}", it) for it in methods)


def account_first(method: Method) -> bool:
    taken = [*method.args.posonlyargs, *method.args.args][1:2]
    return [(it.arg, name(it.annotation)) for it in taken] == [("account", "AccountId")]


def clocks(source: Source) -> Iterator[Fault]:
    """Reads of the wall clock outside the transaction."""
    if within(source, MAY_READ_THE_CLOCK):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and dotted(node) in CLOCKS:
            yield (node, f"{dotted(node)}: `now` belongs to the transaction")
        if isinstance(node, ast.ImportFrom):
            taken = {f"{node.module}.{it.name}" for it in node.names} & CLOCKS
            yield from ((node, f"{it}: write it with its module") for it in taken)


def catches(source: Source) -> Iterator[Fault]:
    """Handlers of everything; clean-up that raises again may catch BaseException."""
    if within(source, MAY_CATCH_ALL):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and catches_all(node):
            yield (node, "catches everything; name what can go wrong")
        if isinstance(node, ast.Call) and name(node.func) == "suppress":
            swallowed = EVERYTHING.intersection(map(name, node.args))
            yield from ((node, f"swallows every {it}") for it in swallowed)


def catches_all(handler: ast.ExceptHandler) -> bool:
    listed = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    caught = set(map(name, listed)) if handler.type else EVERYTHING
    if caught == {"BaseException"}:
        return not raises_again(handler)
    return not EVERYTHING.isdisjoint(caught)


def raises_again(handler: ast.ExceptHandler) -> bool:
    """True for clean-up: it cannot end without an error, and can pass on the one it got."""
    bare = (it for it in ast.walk(handler) if isinstance(it, ast.Raise) and it.exc is None)
    return isinstance(handler.body[-1], ast.Raise) and any(bare)


RULES: Final[tuple[Callable[[Source], Iterator[Fault]], ...]] = (minting, ports, clocks, catches)


def check(source: Source) -> Iterator[Finding]:
    """Everything to refuse in one file of the package."""
    for rule in RULES:
        for node, text in rule(source):
            yield Finding(source.path, getattr(node, "lineno", 1), text)


def main(root: Path) -> int:
    files = list(sources(root, PACKAGE))
    told = tell(it for source in files for it in check(source))
    print(f"{len(files)} files, {told} to mend")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).resolve().parent.parent))
