"""Runs a fuzz target until libFuzzer's options say to stop; any exception is a finding."""

import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris


def run(hold: Callable[[bytes], object], seeds: Iterable[bytes]) -> None:
    """Starts from `seeds` and what the folder of the first argument holds, and adds to it."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    warnings.simplefilter("error")

    def one(data: bytes) -> None:
        hold(data)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
