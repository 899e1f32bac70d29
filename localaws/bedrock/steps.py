"""What a streamed answer is made of, step by step. No I/O: the server carries the steps out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Wait until so many milliseconds after the request."""

    ms: float


@dataclass(frozen=True, slots=True)
class Send:
    """Send a frame as a chunk of its own."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class SendStamp:
    """Send a text delta whose text is the time of sending in nanoseconds and a space."""


@dataclass(frozen=True, slots=True)
class Break:
    """Break the connection off: the chunked body gets no end."""


Step = WaitUntil | Send | SendStamp | Break
"""After the last step the body ends as it should, unless that step is Break."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error instead of a stream."""

    status: int
    code: str
    message: str
