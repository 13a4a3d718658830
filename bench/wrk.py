"""wrk as the client, to see whether ours distorts a ratio; it checks no more than 2xx."""

import math
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.meter import WrongAnswer
from bench.target import Target

_RATE = re.compile(r"Requests/sec:\s*([0-9.]+)")
_WRONG = re.compile(r"Non-2xx.*|Socket errors.*")
_PATIENCE_SECONDS = 30


def program() -> str | None:
    """Where wrk is."""
    return shutil.which("wrk")


@dataclass(frozen=True, slots=True)
class Wrk:
    """One thread, 16 connections, whole seconds."""

    folder: Path
    core: int | None

    def rate(self, target: Target, seconds: float) -> float:
        """Answers a second. Raises WrongAnswer."""
        if target.question.unlike or target.question.others:
            raise WrongAnswer("wrk asks the same each time")
        script = self.folder / "request.lua"
        script.write_text(_script(target))
        length = math.ceil(seconds)
        pinned = ("taskset", "-c", str(self.core)) if self.core is not None else ()
        load = ("wrk", "-t1", "-c16", f"-d{length}s", "-s", str(script))
        done = subprocess.run(  # noqa: S603
            [*pinned, *load, target.server.origin + target.question.path],
            capture_output=True,
            check=False,
            text=True,
            timeout=length + _PATIENCE_SECONDS,
        )
        rate, wrong = _RATE.search(done.stdout), _WRONG.search(done.stdout)
        if rate is None or wrong is not None:
            raise WrongAnswer(f"wrk: {wrong[0] if wrong else done.stderr.strip()}")
        return float(rate[1])


def _script(target: Target) -> str:
    it = target.question
    headers = "".join(f'wrk.headers["{k}"] = [[{v}]]\n' for k, v in it.headers.items())
    return f'wrk.method = "{it.method}"\n{headers}wrk.body = [[{it.body.decode()}]]\n'
