"""The stage: where and with what rows are measured."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import fetch
from bench.client import Client
from bench.comparison import Side, watched
from bench.processes import Cores, confined
from bench.target import Question, Server, proven
from bench.vault import Vault


@dataclass(frozen=True, slots=True)
class Large:
    """Vaults of many rows: of how many recordings, on which engines.

    `folder` is where they stay, None for nowhere; `server` the URL of a PostgreSQL that has them.
    """

    rows: int
    engines: tuple[str, ...]
    folder: Path | None = None
    server: str | None = None


class Skipped(Exception):
    """A group that cannot be measured here, and what it lacks."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the rows are measured with; `closing` ends what they start.

    Long recordings are `shrink` times shorter than they are called, and large vaults smaller.
    """

    folder: Path
    cores: Cores
    client: Client
    vault: Vault
    closing: ExitStack
    shrink: int
    large: Large

    def asking(self, question: Question, *, server: Server | None = None) -> Side:
        """Asks the server (ours, unless told), one answer read before each round."""
        asked = server or self.vault.server
        return watched(asked.id, lambda seconds: self.client.rate(proven(asked, question), seconds))

    def fetching(self, work: Callable[[], object]) -> Side:
        """Has our server do that work again and again, asked from the client's core."""

        def rate(seconds: float) -> float:
            with confined(self.cores.client):
                return fetch.rate(work, seconds)

        return watched(self.vault.server.id, rate)
