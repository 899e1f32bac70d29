"""When the pieces of an answer arrived, as a drawing of characters. No I/O.

An answer of nine events and two heartbeats, 60 columns wide:

    answer: POST https://example.com/chat
    200 text/event-stream, 118 bytes in 11 pieces
                     ▼ first byte 0.50 s            end 3.50 s ▼
    pieces           ▄█   ▄              ▄             ▄  ▄█▄ ▄
    events           ▄█   ▄                               ▄█▄ ▄
    heartbeat                            ◆             ◆
              ├─────────────┬─────────────┬─────────────┬──────┤
    seconds   0             1             2             3
    one column is 70.0 ms, █ is 2 pieces
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream_check.report.marks import axis_end_s, marks_of, slot, ticks
from stream_check.report.text import counted, one_line, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stream_check.recording import Recording

DEFAULT_WIDTH = 80
MIN_WIDTH = 50
GUTTER = 10
COLUMNS_OF_A_TICK = 8
MILLISECONDS_BELOW_S = 0.1


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What the drawing is made of; `levels` from few pieces to many."""

    levels: str
    heartbeat: str
    arrow: str
    axis: str


UNICODE = Glyphs("▁▂▃▄▅▆▇█", "◆", "▼", "├─┬┤")
ASCII = Glyphs(".:-=+*#@", "o", "v", "+-++")


def timeline(name: str, recording: Recording, *, width: int = DEFAULT_WIDTH, unicode: bool = True) -> str:
    """Lines that are no wider than `width` from the first mark to the axis; below 50 columns nothing could be read."""
    return "\n".join(_lines(name, recording, _Axis(recording, max(width, MIN_WIDTH) - GUTTER), unicode=unicode))


class _Axis:
    """The axis of time, as long as the drawing is wide."""

    def __init__(self, recording: Recording, columns: int) -> None:
        self.end_s = axis_end_s(recording)
        self.columns = columns

    def column(self, at_s: float) -> int:
        return slot(at_s, self.end_s, self.columns)

    def counts(self, times_s: Sequence[float]) -> Counter[int]:
        return Counter(map(self.column, times_s))


def _lines(name: str, recording: Recording, axis: _Axis, *, unicode: bool) -> Iterator[str]:
    glyphs = UNICODE if unicode else ASCII
    size = f"{counted(len(recording.body), 'byte')} in {counted(len(recording.pieces), 'piece')}"
    yield one_line(f"{name}: {recording.method} {recording.url}", unicode=unicode)
    yield one_line(f"{recording.status} {recording.content_type or '(no content type)'}, {size}", unicode=unicode)
    if recording.broken is not None:
        yield one_line(f"broken off: {recording.broken}", unicode=unicode)
    rows = [
        *(("", line) for line in _labels(recording, axis, glyphs)),
        *_mark_rows(recording, axis, glyphs),
        *_axis_rows(axis, glyphs),
    ]
    for label, line in rows:
        yield f"{label:<{GUTTER}}{line}".rstrip()
    most = max(axis.counts(_times_s(recording)).values(), default=0)
    legend = f", {glyphs.levels[-1]} is {counted(most, 'piece')}" if most else ""
    yield f"one column is {seconds(axis.end_s / axis.columns)}{legend}"


def _times_s(recording: Recording) -> list[float]:
    return [piece.at_s for piece in recording.pieces]


def _mark_rows(recording: Recording, axis: _Axis, glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """Pieces, and events and heartbeats apart where the answer has those."""
    yield "pieces", _density(_times_s(recording), axis, glyphs.levels)
    marks = marks_of(recording)
    if marks is not None:
        yield "events", _density(marks.events_s, axis, glyphs.levels)
    if marks is not None and marks.heartbeats_s:
        yield "heartbeat", _density(marks.heartbeats_s, axis, glyphs.heartbeat)


def _density(times_s: Sequence[float], axis: _Axis, levels: str) -> str:
    """One character for each column: the fuller, the more times fall into it, the fullest column of the row full."""
    counts = axis.counts(times_s)
    most = max(counts.values(), default=0)
    return "".join(
        levels[(counts[column] * len(levels) - 1) // most] if counts[column] else " " for column in range(axis.columns)
    )


def _labels(recording: Recording, axis: _Axis, glyphs: Glyphs) -> list[str]:
    """What points at the first byte and at the end: in one line where both fit."""
    what = "end" if recording.broken is None else "broken off"
    end = f"{what} {seconds(recording.end_s)} {glyphs.arrow}".rjust(axis.columns)
    if recording.first_byte_s is None:
        return [end]
    column, text = axis.column(recording.first_byte_s), f"first byte {seconds(recording.first_byte_s)}"
    first = " " * column + f"{glyphs.arrow} {text}"
    if len(first) > axis.columns:
        first = f"{text} {glyphs.arrow}".rjust(column + 1)
    # One more column, so that a space stays between the two.
    if end[: len(first) + 1].isspace():
        return [first + end[len(first) :]]
    return [first, end]


def _axis_rows(axis: _Axis, glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """The axis and its numbers; short answers are told in milliseconds, so that the numbers stay short."""
    begin, line, tick, end = tuple(glyphs.axis)
    values = {axis.column(value): value for value in ticks(axis.end_s, axis.columns // COLUMNS_OF_A_TICK)}
    ruler = "".join(tick if column in values else line for column in range(1, axis.columns - 1))
    unit, factor = ("ms", 1000) if axis.end_s < MILLISECONDS_BELOW_S else ("seconds", 1)
    numbers = ""
    for column, value in values.items():
        number = f"{value * factor:g}"
        start = min(column, axis.columns - len(number))
        # On a narrow axis the last number may have no room beside the one before it.
        if start > len(numbers) or not numbers:
            numbers = numbers.ljust(start) + number
    yield "", f"{begin}{ruler}{end}"
    yield unit, numbers
