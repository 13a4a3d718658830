"""Exit codes, and the problems that the command line itself finds."""

from enum import IntEnum


class Exit(IntEnum):
    """What the shell gets; `docs/cli.md` and `dictabelt --help` list them from here."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    PARTLY = 3
    STORAGE = 4
    PORT = 5
    DAMAGED = 6
    INTERRUPTED = 130


MEANING = {
    Exit.DONE: "done; also a server that was stopped",
    Exit.REFUSED: "refused: not there, there already, not finished, not playable",
    Exit.USAGE: "the command line or a setting is wrong; nothing was done",
    Exit.PARTLY: "some files or recordings failed, each with its reason; the rest is done",
    Exit.STORAGE: "the data folder, the database or a file cannot be read or written",
    Exit.PORT: "the address or port cannot be had",
    Exit.DAMAGED: "damage was found, each with its fix; `check`, `backup`, `restore`",
    Exit.INTERRUPTED: "interrupted by Ctrl-C",
}


class Problem(Exception):
    """Ends the command; `str()` says what is wrong and the fix, a line for each mistake."""

    def __init__(self, text: str, exit: Exit) -> None:
        super().__init__(text)
        self.exit = exit
