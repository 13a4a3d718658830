"""Bars on a logarithmic scale, as SVG: how many times each figure what was promised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

_WIDTH, _LINE, _TEXT = 960, 22, 380
_LEAST, _MOST = 0.1, 100.0
_KEPT, _MISSED = "#2a7f62", "#c0392b"


@dataclass(frozen=True, slots=True)
class Bar:
    """`times` what was promised: 1 is just kept."""

    name: str
    times: float


def picture(bars: Sequence[Bar]) -> str:
    """The drawing; bars begin at 1, to the right where the promise is kept."""
    height = _LINE * (len(bars) + 2)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">'
    )
    ground = f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>'
    return "\n".join([head, ground, *_scale(height), *_drawn(bars), "</svg>", ""])


def _scale(height: int) -> Iterator[str]:
    for times in (0.1, 0.2, 0.5, 1, 2, 5, 10, 100):
        x = _x(times)
        colour = "#333" if times == 1 else "#ddd"
        yield f'<line x1="{x}" x2="{x}" y1="{_LINE}" y2="{height}" stroke="{colour}"/>'
        yield f'<text x="{x}" y="{_LINE - 7}" text-anchor="middle">{times:g}</text>'


def _drawn(bars: Sequence[Bar]) -> Iterator[str]:
    for number, it in enumerate(bars, start=1):
        y, x, zero = _LINE * number + 4, _x(it.times), _x(1)
        colour = _KEPT if it.times >= 1 else _MISSED
        left, wide = min(x, zero), abs(x - zero)
        yield f'<rect x="{left}" y="{y}" width="{wide}" height="14" fill="{colour}"/>'
        yield f'<text x="{_TEXT - 8}" y="{y + 12}" text-anchor="end">{escape(it.name)}</text>'


def _x(times: float) -> int:
    """Where a number stands, within the scale."""
    within = min(max(times, _LEAST), _MOST)
    share = log10(within / _LEAST) / log10(_MOST / _LEAST)
    return round(_TEXT + 10 + share * (_WIDTH - _TEXT - 40))
