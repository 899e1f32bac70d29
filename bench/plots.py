"""Bars of what was measured, as SVG that follows the reader's light or dark theme. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from bench.contenders import OURS
from bench.tables import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.results import Metric, Results, Spread

WIDTH, LEFT, RIGHT, MARGIN = 760, 280, 80, 20
BAR_WIDTH = WIDTH - LEFT - RIGHT
BAR_HEIGHT, ROW_HEIGHT, HEAD_HEIGHT, GAP = 14, 22, 30, 18

# The ground is drawn, too: text must be readable wherever the file is shown, also on a page that has one theme only.
STYLE = """
svg { --ground: #ffffff; --text: #1f2328; --soft: #59636e; --bar: #a8b3be; --ours: #0969da; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --text: #f0f6fc; --soft: #a3abb4; --bar: #59636e; --ours: #4493f8; }
}
.ground { fill: var(--ground); }
text { fill: var(--text); font: 13px system-ui, sans-serif; }
.head { font-weight: 600; }
.soft { fill: var(--soft); font-weight: 400; }
.bar { fill: var(--bar); }
.ours { fill: var(--ours); }
text.ours { font-weight: 600; }
.range { stroke: var(--text); stroke-width: 1.5; fill: none; }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One contender's bar: the median, and the rounds' range as a line across its end."""

    name: str
    spread: Spread
    ours: bool


def plot(title: str, results: Results, metrics: Sequence[Metric], names: Mapping[str, str]) -> str:
    """A panel of bars for each metric that was measured."""
    panels = [(metric, bars) for metric in metrics if (bars := _bars(results, metric, names))]
    elements: list[str] = []
    top = MARGIN
    for metric, bars in panels:
        elements += _panel(metric, bars, top)
        top += HEAD_HEIGHT + ROW_HEIGHT * len(bars) + GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{top}" rx="6"/>',
            *elements,
            "</svg>",
            "",
        ]
    )


def _bars(results: Results, metric: Metric, names: Mapping[str, str]) -> list[Bar]:
    found = [(key, results.spread(metric.key, key)) for key in names]
    return [Bar(names[key].strip("*"), spread, key == OURS) for key, spread in found if spread is not None]


def _panel(metric: Metric, bars: Sequence[Bar], top: int) -> Iterator[str]:
    better = "more is better" if metric.more_is_better else "less is better"
    title = f'{escape(metric.title)} <tspan class="soft">({better})</tspan>'
    yield f'<text class="head" x="{MARGIN}" y="{top + 14}">{title}</text>'
    end = max(bar.spread.high for bar in bars) or 1.0
    for index, bar in enumerate(bars):
        yield from _bar(bar, top + HEAD_HEIGHT + index * ROW_HEIGHT, BAR_WIDTH / end)


def _bar(bar: Bar, top: int, scale: float) -> Iterator[str]:
    kind = "ours" if bar.ours else "bar"
    text = ' class="ours"' if bar.ours else ""
    middle = top + BAR_HEIGHT / 2
    low, median, high = (bar.spread.low * scale, bar.spread.median * scale, bar.spread.high * scale)
    yield f'<text{text} x="{LEFT - 10}" y="{middle}" dy=".35em" text-anchor="end">{escape(bar.name)}</text>'
    yield f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{max(median, 1):.1f}" height="{BAR_HEIGHT}" rx="2"/>'
    if high - low > 1:
        ends = f"M{LEFT + low:.1f} {middle - 4}v8M{LEFT + high:.1f} {middle - 4}v8"
        yield f'<path class="range" d="M{LEFT + low:.1f} {middle}H{LEFT + high:.1f}{ends}"/>'
    x = LEFT + max(high, median, 1) + 8
    yield f'<text{text} x="{x:.1f}" y="{middle}" dy=".35em">{number(bar.spread.median)}</text>'
