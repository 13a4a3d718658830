"""How a command starts: modules are loaded unsearched, work is done with garbage collected."""

import subprocess
import sys
from pathlib import Path

from cli.running import LONGEST, clean

# what the process is like when the command first reaches for the database, and once it is over
COMMAND = """
import gc, sys
from dictabelt.cli.main import run

states = []

def hear(event, arguments):
    if event == "sqlite3.connect":
        states.append((gc.isenabled(), gc.get_freeze_count() > 1000))

sys.addaudithook(hear)
sys.argv = ["dictabelt", "account", "add", "Clinic", "--data", "data"]
code = run()
print(code, set(states), gc.isenabled(), file=sys.stderr)
"""


def test_what_modules_made_is_set_aside_before_the_work_begins(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND],
        cwd=tmp_path,
        env=clean(),
        capture_output=True,
        check=True,
        text=True,
        timeout=LONGEST,
    )
    assert done.stderr == "0 {(True, True)} True\n"
