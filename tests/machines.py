"""Processes of one vault on machines of their own: each with its folder, all with one secret."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.running import DICTABELT, Ran, clean, first_line, ran


@dataclass
class Machine:
    """A folder with the settings of all, and the process that runs there."""

    folder: Path
    process: "subprocess.Popen[str]"
    said: Any

    @property
    def base(self) -> str:
        """Where it answers."""
        found: str = self.said["base_url"]
        return found


@dataclass(frozen=True)
class Fleet:
    """The first machine's folder has the secret; `settings` is everybody's dictabelt.toml."""

    root: Path
    settings: str

    def command(self, *arguments: object) -> Ran:
        """A command on the first machine, of which JSON is wanted."""
        done = ran(*arguments, "--json", folder=self._prepared("first"))
        assert done.code == 0, done.err
        return done

    @contextmanager
    def machine(self, name: str, *arguments: object) -> Iterator[Machine]:
        """One more, and what runs on it once it says that it does."""
        folder = self._prepared(name)
        # what it says goes to a file: a pipe that nobody empties stops who writes to it
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [DICTABELT, *map(str, arguments), "--json"],
                cwd=folder,
                env=clean(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        with process:
            try:
                yield Machine(folder, process, first_line(process))
            finally:
                process.kill()

    def _prepared(self, name: str) -> Path:
        data = self.root / name / "dictabelt-data"
        data.mkdir(parents=True, exist_ok=True)
        (data / "dictabelt.toml").write_text(self.settings)
        secret = self.root / "first" / "dictabelt-data" / "secret.key"
        if secret.exists() and not (data / secret.name).exists():
            shutil.copy2(secret, data)
        return self.root / name
