"""Server-sent events, with the time at which each was complete. No I/O.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stream_check.recording import Recording


@dataclass(frozen=True, slots=True)
class Event:
    """One event, or a comment, which has no data.

    Attributes:
        at_s: When its last byte was there, in seconds after the request was sent.
        data: The lines of its data, joined; None for a comment.
        name: Its type; `message` unless it says otherwise.
    """

    at_s: float
    data: str | None
    name: str = "message"

    @property
    def document(self) -> dict[str, Any]:
        """The data as a JSON object; empty when it is none."""
        try:
            found = json.loads(self.data or "")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def kind(self) -> str:
        """The member `type` of the data; empty when there is none."""
        return str(self.document.get("type", ""))


class EventDecoder:
    """Events out of pieces that may be split anywhere, also inside a character or a line's end."""

    def __init__(self) -> None:
        self._unended: list[bytes] = []
        self._data: list[str] = []
        self._name = ""

    def feed(self, at_s: float, data: bytes) -> list[Event]:
        """The events that are complete with these bytes."""
        return [event for line in self._lines(data) if (event := self._take(at_s, line))]

    def _lines(self, data: bytes) -> Iterator[str]:
        """Complete lines; a CR at the end of a piece may be half of a CRLF and waits for the next."""
        if data:
            self._unended.append(data)
        if not any(end in piece for piece in (*self._unended[-2:-1], data) for end in (b"\n", b"\r")):
            return  # a line of many pieces is put together once
        buffer = b"".join(self._unended)
        held = b"\r" if buffer.endswith(b"\r") else b""
        buffer = buffer.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, rest = buffer.split(b"\n")
        self._unended = [rest + held] if rest + held else []
        for line in lines:
            yield line.decode(errors="replace")

    def _take(self, at_s: float, line: str) -> Event | None:
        if line.startswith(":"):
            return Event(at_s, None)
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                self._data.append(value)
            elif name == "event":
                self._name = value
            return None
        data, name, self._data, self._name = self._data, self._name, [], ""
        return Event(at_s, "\n".join(data), name or "message") if data else None


def events_of(recording: Recording) -> list[Event]:
    """The events of a whole answer; one that has no end is none."""
    decoder = EventDecoder()
    return [event for piece in recording.pieces for event in decoder.feed(piece.at_s, piece.data)]
