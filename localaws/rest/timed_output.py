"""A function's output under API Gateway's limits of time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.execution.invocation import Cut

if TYPE_CHECKING:
    from localaws.execution.invocation import Output
    from localaws.front.delivery import OutputSource

TIMED_OUT = "Integration.Timeout"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds from the start of the call to its end, and from one item to the next."""

    total_seconds: float
    idle_seconds: float


class TimedOutput:
    """Passes a function's output on; a Cut ends it when it takes too long. The function itself is not told."""

    def __init__(self, output: OutputSource, deadlines: Deadlines) -> None:
        self._output = output
        self._idle_seconds = deadlines.idle_seconds
        self._clock = asyncio.get_running_loop().time
        self._end = self._clock() + deadlines.total_seconds

    async def get(self) -> Output:
        """Return the next item; not to be called again after Tail, Failure or Cut."""
        left = self._end - self._clock()
        try:
            return await asyncio.wait_for(self._output.get(), max(0.0, min(left, self._idle_seconds)))
        except TimeoutError:
            self._output.discard()
            what = "was silent for" if self._idle_seconds < left else "took"
            return Cut(TIMED_OUT, f"the integration {what} too long")

    def discard(self) -> None:
        """Drop the rest of the output."""
        self._output.discard()
