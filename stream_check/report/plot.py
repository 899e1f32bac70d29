"""The bytes of an answer over time as an inline SVG, for a page that has the styles. No I/O."""

from __future__ import annotations

from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING

from stream_check.report.marks import axis_end_s, marks_of, thinned, ticks
from stream_check.report.text import counted, fit, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stream_check.recording import Recording

WIDTH, LEFT, RIGHT, TOP = 760, 84, 24, 44
PLOT_WIDTH = WIDTH - LEFT - RIGHT
BYTES_HEIGHT, ROW_HEIGHT = 170, 30
MAX_MARKS = PLOT_WIDTH // 2
"""More than one mark for two units of width would run into one another."""
TICKS_S, TICKS_BYTES = 10, 4
BYTE_UNITS = ((1_000_000, "MB"), (1_000, "kB"), (1, "bytes"))
# Text beside a vertical line changes to its left side beyond this share of the width.
LEFT_SIDE = 0.7

STYLE = """
.plot { display: block; width: 100%; min-width: 40rem; height: auto; font-size: 12px; }
.plot text { fill: var(--soft); }
.plot .grid { stroke: var(--line); fill: none; }
.plot .bytes { stroke: var(--blue); stroke-width: 1.5; fill: none; opacity: .6; }
.plot .pieces { stroke: var(--blue); stroke-width: 5; stroke-linecap: round; fill: none; }
.plot .events { stroke: var(--blue); stroke-width: 1.5; fill: none; }
.plot .heartbeats { fill: var(--amber); stroke: none; }
.plot .limit { stroke: var(--soft); stroke-dasharray: 3 3; fill: none; }
.plot .broken { stroke: var(--red); }
.plot text.broken { fill: var(--red); stroke: none; }
"""


def plot(key: str, name: str, recording: Recording) -> str:
    """The SVG element; `key` makes its ids, and must be the page's only one."""
    return "\n".join(_elements(key, name, recording, _Scales(recording)))


class _Scales:
    """Where a time and a number of bytes are in the drawing."""

    def __init__(self, recording: Recording) -> None:
        self.end_s = axis_end_s(recording)
        self.totals = list(accumulate(len(piece.data) for piece in recording.pieces))
        # Four bytes at least: ticks between whole bytes would mean nothing.
        self.end_bytes = max([TICKS_BYTES, *self.totals[-1:]])
        self.marks = marks_of(recording)
        self.floor = TOP + BYTES_HEIGHT
        self.bottom = self.floor + (0 if self.marks is None else 2 * ROW_HEIGHT)

    def x(self, at_s: float) -> str:
        return f"{LEFT + min(at_s / self.end_s, 1) * PLOT_WIDTH:.1f}"

    def y(self, count: float) -> str:
        return f"{self.floor - count / self.end_bytes * BYTES_HEIGHT:.1f}"

    def drawn(self, times_s: Sequence[float]) -> list[int]:
        return thinned(times_s, self.end_s, MAX_MARKS)


def _elements(key: str, name: str, recording: Recording, scales: _Scales) -> Iterator[str]:
    yield (
        f'<svg class="plot" role="img" viewBox="0 0 {WIDTH} {scales.bottom + 44}" '
        f'aria-labelledby="{key}-title {key}-desc">'
    )
    yield f'<title id="{key}-title">{escape(fit(name))}: bytes over time</title>'
    yield f'<desc id="{key}-desc">{escape(fit(description(recording)))}</desc>'
    yield from _time_axis(scales)
    yield from _byte_axis(scales)
    yield from _limits(recording, scales)
    yield from _pieces(recording, scales)
    yield from _marks(scales)
    yield "</svg>"


def description(recording: Recording) -> str:
    """What the plot shows, in words."""
    size = f"{counted(len(recording.body), 'byte')} in {counted(len(recording.pieces), 'piece')}"
    first_s = recording.first_byte_s
    begin = "no first byte" if first_s is None else f"the first byte after {seconds(first_s)}"
    end = "the end" if recording.broken is None else "broken off"
    return f"{size}, {begin}, {end} after {seconds(recording.end_s)}."


def _time_axis(scales: _Scales) -> Iterator[str]:
    for value in ticks(scales.end_s, TICKS_S):
        x = scales.x(value)
        yield f'<path class="grid" d="M{x} {TOP}V{scales.bottom + 5}"/>'
        yield f'<text x="{x}" y="{scales.bottom + 19}" text-anchor="middle">{value:g}</text>'
    middle = LEFT + PLOT_WIDTH // 2
    yield f'<text x="{middle}" y="{scales.bottom + 38}" text-anchor="middle">seconds after the request</text>'


def _byte_axis(scales: _Scales) -> Iterator[str]:
    size, unit = next(found for found in BYTE_UNITS if scales.end_bytes >= found[0])
    for value in ticks(scales.end_bytes, TICKS_BYTES):
        y = scales.y(value)
        yield f'<path class="grid" d="M{LEFT} {y}h{PLOT_WIDTH}"/>'
        yield f'<text x="{LEFT - 8}" y="{y}" dy=".35em" text-anchor="end">{value / size:g}</text>'
    middle = TOP + BYTES_HEIGHT // 2
    yield f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{unit}</text>'


def _limits(recording: Recording, scales: _Scales) -> Iterator[str]:
    """The first byte and the end, each with a line of text of its own above the plot: they may be close."""
    if recording.first_byte_s is not None:
        yield from _limit(recording.first_byte_s, "first byte", 14, "", scales)
    what, style = ("end", "") if recording.broken is None else ("broken off", " broken")
    yield from _limit(recording.end_s, what, 30, style, scales)


def _limit(at_s: float, what: str, y: int, style: str, scales: _Scales) -> Iterator[str]:
    anchor, gap = ("end", -4) if at_s > LEFT_SIDE * scales.end_s else ("start", 4)
    yield f'<path class="limit{style}" d="M{scales.x(at_s)} {y - 10}V{scales.bottom}"/>'
    yield (
        f'<text class="label{style}" x="{scales.x(at_s)}" y="{y}" dx="{gap}" text-anchor="{anchor}">'
        f"{what} {seconds(at_s)}</text>"
    )


def _pieces(recording: Recording, scales: _Scales) -> Iterator[str]:
    """Steps, and a dot on each: a line of no length with a round end."""
    times_s = [piece.at_s for piece in recording.pieces]
    points = [(scales.x(times_s[index]), scales.y(scales.totals[index])) for index in scales.drawn(times_s)]
    if points:
        steps = "".join(f"H{x}V{y}" for x, y in points)
        yield f'<path class="bytes" d="M{LEFT} {scales.floor}{steps}H{scales.x(recording.end_s)}"/>'
        yield f'<path class="pieces" d="{"".join(f"M{x} {y}h0" for x, y in points)}"/>'


def _marks(scales: _Scales) -> Iterator[str]:
    """A row of events and a row of heartbeats, where the answer has them."""
    if scales.marks is None:
        return
    for row, (label, times_s, mark) in enumerate(
        (
            ("events", scales.marks.events_s, "v14"),
            ("heartbeats", scales.marks.heartbeats_s, "l5 7l-5 7l-5 -7z"),
        )
    ):
        top = scales.floor + row * ROW_HEIGHT + 8
        yield f'<text x="{LEFT - 8}" y="{top + 7}" dy=".35em" text-anchor="end">{label}</text>'
        yield f'<path class="grid" d="M{LEFT} {top + 22}h{PLOT_WIDTH}"/>'
        drawn = "".join(f"M{scales.x(times_s[index])} {top}{mark}" for index in scales.drawn(times_s))
        yield f'<path class="{label}" d="{drawn}"/>'


def marks_drawn(recording: Recording) -> int:
    """How many pieces have a mark; fewer than there are, where they would run into one another."""
    return len(thinned([piece.at_s for piece in recording.pieces], axis_end_s(recording), MAX_MARKS))
