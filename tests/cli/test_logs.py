"""Logs: JSON in a pipe, and no secret in a traceback."""

import json
import subprocess
import sys

from cli.running import clean

PROGRAM = """
import logging
from dictabelt.cli.logs import configure
configure()
def fail(token):
    raise ValueError("broken")
try:
    fail("dbk_secret")
except ValueError:
    logging.getLogger("dictabelt.http").exception("fault", extra={"path": "/v1"})
logging.getLogger("somebody.else").info("chatter")
"""


def test_a_record_is_a_json_line_with_its_facts_and_without_local_values() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=clean(), capture_output=True, check=True, text=True
    )
    (line,) = done.stderr.splitlines()
    record = json.loads(line)
    assert done.stdout == ""
    assert (record["event"], record["path"], record["level"]) == ("fault", "/v1", "error")
    assert "ValueError: broken" in record["exception"]
    assert "token =" not in record["exception"]
