"""What a streamed answer is made of, step by step. No I/O: the server carries the steps out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Wait until so many milliseconds after the request."""

    ms: float


@dataclass(frozen=True, slots=True)
class SendHead:
    """Send the response's head; without this step it goes out before the first frame."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a frame as a chunk of its own."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class SendStamp:
    """Send a text delta whose text is the time of sending in nanoseconds and a space."""

    block: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """Break the connection off after all that was sent has arrived: the chunked body gets no end."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the connection (RST); what was sent just before may be lost."""


Step = WaitUntil | SendHead | Send | SendStamp | Break | Reset
"""After the last step the body ends as it should, unless that step is Break or Reset."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error instead of a stream."""

    status: int
    code: str
    message: str
