"""Where marks stand on an axis of time, for the timeline and the plot alike. No I/O."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream_check.events import events_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream_check.recording import Recording

EVENT_STREAM = "text/event-stream"
MIN_END_S = 0.001
STEPS = (1, 2, 5, 10)
# So that a tick at the very end isn't lost to rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Marks:
    """When events and heartbeats, which are comments, were complete, in seconds after the request was sent."""

    events_s: tuple[float, ...]
    heartbeats_s: tuple[float, ...]


def marks_of(recording: Recording) -> Marks | None:
    """The marks of an event stream; None for an answer of another type."""
    if recording.content_type != EVENT_STREAM:
        return None
    events = events_of(recording)
    return Marks(
        tuple(event.at_s for event in events if event.data is not None),
        tuple(event.at_s for event in events if event.data is None),
    )


def axis_end_s(recording: Recording) -> float:
    """Where the axis of time ends: with the answer, and never at nought."""
    return max(recording.end_s, MIN_END_S)


def ticks(end: float, most: int) -> list[float]:
    """Round values from 0 to at most `end`, evenly apart: a 0 and up to `most` more."""
    least_step = end / most
    magnitude = 10.0 ** math.floor(math.log10(least_step))
    step = min(factor * magnitude for factor in STEPS if factor * magnitude * (1 + ROUNDING) >= least_step)
    return [index * step for index in range(int(end / step + ROUNDING) + 1)]


def slot(at_s: float, end_s: float, slots: int) -> int:
    """Which of the equal parts of the axis a time is in; the last one for the end and what is later."""
    return min(max(int(at_s / end_s * slots), 0), slots - 1)


def thinned(times_s: Sequence[float], end_s: float, slots: int) -> list[int]:
    """The indexes of the times to draw: the first, and the last of each part of the axis."""
    last_of = {slot(at_s, end_s, slots): index for index, at_s in enumerate(times_s)}
    return sorted({*last_of.values(), *range(min(1, len(times_s)))})
