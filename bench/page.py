"""A run as a page: Markdown with a table for each group, and a picture of the ratios."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from bench.plot import Bar, picture
from bench.report import Grown, Run, Summary, figure
from bench.scale import MOST_TIMES, Scaled

T = TypeVar("T")

_TOP = """\
# Performance

Written by `scripts/bench --page docs/performance.md`; [profile.md](profile.md) says how it
measures, and where the time goes. Every row is work beside a peer, both in one run, taking turns:
the ratio of their rates, the median of the rounds with the least and the greatest. A machine's
speed drifts, a ratio much less. `processor time` is what the ratio would be if each side had a core
to itself; where it differs, the machine was busy with other work.

Of many rows: everything is asked once before it is measured, because the pages of a vault that is
in use are in memory; `first asked` is the large vault before that, with what came from the disk.
Processor time of PostgreSQL is that of its process for our connection and of ours.
"""


def write(file: Path, run: Run) -> None:
    """The page, and beside it the picture, `<name of the page>.svg`."""
    image = file.with_suffix(".svg")
    image.write_text(picture(_bars(run)), encoding="utf-8")
    file.write_text("\n".join(_lines(run, image.name)), encoding="utf-8")


def _bars(run: Run) -> list[Bar]:
    """How many times what was promised, each row of speed; memory and rows the other way round."""
    speed = [
        Bar(it.work, it.ratio / it.promise)
        for it in run.rows
        if it.ratio is not None and it.promise
    ]
    scale = [Bar(_of_engine(it), MOST_TIMES / it.ratio) for it in run.scale]
    memory = [Bar(f"memory, {it.work}", it.most / max(it.grown, 1)) for it in run.memory]
    return [*speed, *scale, *memory]


def _lines(run: Run, image: str) -> Iterator[str]:
    yield _TOP
    versions = ", ".join(f"{name} {it}" for name, it in run.machine.versions.items())
    at = run.machine
    yield f"{at.processor}, {at.cores} cores ({at.pinned}), {at.system}, load {at.load:.1f} at the"
    yield f"start. {versions}. Client: {at.client}. {run.rounds} rounds of {run.seconds:g} s."
    if run.shrink > 1:
        yield f"\n**Long calls were {run.shrink} times shorter than they are called.**"
    yield f"\n![How many times each figure what was promised]({image})\n"
    yield from _part("Speed", _SPEED, run.rows, _of_speed)
    yield from _part("Memory", _MEMORY, run.memory, _of_memory)
    for settings in dict.fromkeys(it.settings for it in run.scale):
        them = [it for it in run.scale if it.settings == settings]
        yield from _part(f"Many rows: {them[0].rows:,} on {settings}", _SCALE, them, _of_scale)
    for group, reason in run.skipped.items():
        yield f"Not measured, {group}: {reason}\n"


_SPEED = ("work", "beside", "ratio", "least", "greatest", "processor time", "promise", "")
_MEMORY = ("work", "grew by, MiB", "at most", "")
_SCALE = (
    *("work", "beside 10,000", "processor time", "at most", ""),
    *("p50, ms", "p99, ms", "p50 when first asked, ms"),
)


def _part(
    title: str, columns: Sequence[str], rows: Iterable[T], told: Callable[[T], Sequence[str]]
) -> Iterator[str]:
    lines = [told(it) for it in rows]
    if not lines:
        return
    yield f"## {title}\n"
    for cells in (columns, ["---"] * len(columns), *lines):
        yield f"| {' | '.join(cells)} |"
    yield ""


def _of_speed(it: Summary) -> Sequence[str]:
    if it.ratio is None or it.lowest is None or it.highest is None:
        return (it.work, it.beside, f"failed: {it.wrong}", "", "", "", "", "")
    ratios = [figure(value) for value in (it.ratio, it.lowest, it.highest)]
    ratios.append("" if it.processor_ratio is None else figure(it.processor_ratio))
    if it.promise is None:
        return (it.work, it.beside, *ratios, "none", "")
    return (it.work, it.beside, *ratios, figure(it.promise), _verdict(it.kept))


def _of_memory(it: Grown) -> Sequence[str]:
    return (it.work, f"{it.grown:.0f}", f"{it.most:.0f}", _verdict(it.kept))


def _of_scale(it: Scaled) -> Sequence[str]:
    medians = f"{it.small.median:.2f}, {it.large.median:.2f}"
    slowest = f"{it.small.p99:.2f}, {it.large.p99:.2f}"
    ratios = (figure(it.ratio), figure(it.processor_ratio), f"{MOST_TIMES}", _verdict(it.kept))
    return (it.work, *ratios, medians, slowest, f"{it.first.median:.2f}")


def _of_engine(it: Scaled) -> str:
    return f"{it.work}, {it.rows:,} rows, {it.engine}"


def _verdict(kept: bool) -> str:
    return "kept" if kept else "**not kept**"
