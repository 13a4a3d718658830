"""What the house tools share: Python files to read, and findings to tell."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file; `path` is relative to the root of the project."""

    path: PurePosixPath
    text: str
    tree: ast.Module


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to say about one line."""

    path: PurePosixPath
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def parse(path: str, text: str) -> Source:
    """Raises SyntaxError."""
    return Source(PurePosixPath(path), text, ast.parse(text, path))


def sources(root: Path, folder: str) -> Iterator[Source]:
    """Every Python file below `folder`, in order of name. Raises SyntaxError."""
    for file in sorted((root / folder).rglob("*.py")):
        yield parse(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))


def tell(findings: Iterable[Finding]) -> int:
    """Prints each finding, sorted; returns how many there were."""
    told = sorted(findings)
    for finding in told:
        print(finding)
    return len(told)
