"""Fuzzes conditions and ranges: `python -m fuzz.ranges FOLDER`, then any option of libFuzzer."""

import atheris

from fuzz.target import run

_DECIDING = ["dictabelt.http.ranges", "werkzeug.http", "werkzeug.datastructures"]

with atheris.instrument_imports(include=_DECIDING):
    from fuzz.range_invariants import SEEDS, hold

if __name__ == "__main__":
    run(hold, (it.encode("latin-1") for it in SEEDS))
