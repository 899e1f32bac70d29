"""Progress of long steps on the terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

REDRAW_SECONDS = 1.0


class Progress:
    """Writes one line per step to stderr: counting seconds on a terminal, once at the end elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._label = ""
        self._started = 0.0
        self._drawn = 0.0

    @contextlib.contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Show a step while it lasts."""
        self._label, self._started, self._drawn = label, time.monotonic(), 0.0
        self.tick()
        try:
            yield
        except Exception:
            self._write("failed", end="\n")
            raise
        except BaseException:  # a signal: nothing is wrong with the step
            self._write("interrupted", end="\n")
            raise
        self._write("done", end="\n")

    def tick(self) -> None:
        """Count on; to be called often."""
        now = time.monotonic()
        if self._stream.isatty() and now - self._drawn >= REDRAW_SECONDS:
            self._drawn = now
            self._write("...", end="")

    def say(self, text: str) -> None:
        """Write a line of its own."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _write(self, state: str, end: str) -> None:
        start = "\r\x1b[K" if self._stream.isatty() else ""
        self._stream.write(f"{start}{self._label} {state} ({time.monotonic() - self._started:.1f} s){end}")
        self._stream.flush()
