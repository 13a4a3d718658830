"""Processor time of a process and its children: what noise on the machine changes least."""

from pathlib import Path

_NANOSECONDS = 1_000_000_000


def spent(id: int) -> float | None:
    """Seconds so far, of all threads; None where the system does not tell (/proc, Linux)."""
    threads = Path("/proc", str(id), "task")
    if not (threads / str(id) / "schedstat").exists():
        return None
    return sum(_of_thread(it) for it in threads.iterdir()) / _NANOSECONDS


def _of_thread(thread: Path) -> float:
    try:
        own = int((thread / "schedstat").read_text().split()[0])
        children = [int(it) for it in (thread / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return own + sum((spent(it) or 0) * _NANOSECONDS for it in children)
