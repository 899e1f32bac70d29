"""Server-sent events of which some are swallowed. No I/O.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Selection = Callable[[list[bytes]], list[bytes]]

LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r(?=[^\n]))")
"""A line with its end. A carriage return at the end of what has come may be half of one, so it waits."""
COMMENT = b":"


class EventFilter:
    """Passes on each event as soon as it is complete, as far as `select` keeps it.

    `select` is given an event's lines, each with its end, without the blank one, and returns those that go on; when
    there are none, the blank line goes too. What is no complete event at the end of the stream goes on as it is.
    """

    def __init__(self, select: Selection) -> None:
        self._select = select
        self._unread = b""
        self._lines: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Return the events that are complete now."""
        self._unread += data
        return b"".join(self._events())

    def close(self) -> bytes:
        """Return what is left; a carriage return that waited is the end of its line now."""
        kept = b""
        if self._unread.endswith(b"\r"):
            line, self._unread = self._unread, b""
            kept = self._take(line)
        return kept + b"".join(self._lines) + self._unread

    def _events(self) -> Iterator[bytes]:
        end = 0
        for found in LINE.finditer(self._unread):
            end = found.end()
            yield self._take(found[0])
        self._unread = self._unread[end:]

    def _take(self, line: bytes) -> bytes:
        """Return the event that a line ends, nothing when it ends none."""
        if line.strip(b"\r\n"):
            self._lines.append(line)
            return b""
        lines, self._lines = self._lines, []
        kept = self._select(lines)
        return b"".join([*kept, line]) if kept or not lines else b""


def without_comments(lines: list[bytes]) -> list[bytes]:
    """Return the lines that are no comments."""
    return [line for line in lines if not line.startswith(COMMENT)]


def without_type(unwanted: str) -> Selection:
    """Return a selection of all events but those of a type; of the unwanted ones nothing goes on, comments included."""

    def select(lines: list[bytes]) -> list[bytes]:
        return [] if type_of(lines) == unwanted else lines

    return select


def type_of(lines: list[bytes]) -> str | None:
    """Return an event's type: the member `type` of its data when that is a JSON object, else the field `event`."""
    try:
        document = json.loads(b"\n".join(_values(lines, b"data")))
    except ValueError:
        document = None
    if isinstance(document, dict) and isinstance(document.get("type"), str):
        return str(document["type"])
    named = _values(lines, b"event")
    return named[-1].decode(errors="replace") if named else None


def _values(lines: list[bytes], name: bytes) -> list[bytes]:
    fields = (line.rstrip(b"\r\n").partition(b":") for line in lines)
    return [value.removeprefix(b" ") for known, _, value in fields if known == name]
