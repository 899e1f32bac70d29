"""One invocation, and the bounded channel through which its response reaches whoever asked for it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

CHANNEL_BYTES = 256 * 1024
"""How much of a response waits for a slow reader before the function's own socket writes block."""


@dataclass(frozen=True, slots=True)
class Head:
    """The function has begun its response."""

    content_type: str
    streaming: bool


@dataclass(frozen=True, slots=True)
class Tail:
    """The function has ended its response; `error_type` is set when its trailers declare a failure."""

    error_type: str | None = None
    error_body: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """There is no response: the function reported `payload` (error JSON), or never got to a response.

    `status` is the Invoke API's when Lambda itself fails; otherwise the invocation has worked and the function failed.
    """

    error_type: str
    payload: bytes
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """The response broke off: time out, crash, or a body that ended before its end."""

    error_type: str
    message: str


Output = Head | bytes | Tail | Failure | Cut


class OutputChannel:
    """A queue of one response, bounded by bytes, with a last item that always gets through."""

    def __init__(self, max_bytes: int = CHANNEL_BYTES) -> None:
        self._max_bytes = max_bytes
        self._waiting: deque[Output] = deque()
        self._waiting_bytes = 0
        self._readable = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._discarding = False
        self.ended = False

    async def put(self, item: Head | bytes) -> None:
        """Hand over `item`, then wait while the reader is too far behind."""
        if self._discarding or self.ended:
            return
        self._append(item)
        if self._waiting_bytes >= self._max_bytes:
            self._writable.clear()
            await self._writable.wait()

    def finish(self, item: Tail | Failure | Cut) -> None:
        """Hand over the last item, however full the channel is. Only the first call counts."""
        if self.ended:
            return
        self.ended = True
        self._append(item)
        self._writable.set()

    async def get(self) -> Output:
        """Return the next item; not to be called again after Tail, Failure or Cut."""
        while not self._waiting:
            self._readable.clear()
            await self._readable.wait()
        item = self._waiting.popleft()
        if isinstance(item, bytes):
            self._waiting_bytes -= len(item)
        if self._waiting_bytes < self._max_bytes:
            self._writable.set()
        return item

    def discard(self) -> None:
        """Drop the rest of the response: its reader is gone, and the function must not notice."""
        self._discarding = True
        self._waiting.clear()
        self._waiting_bytes = 0
        self._writable.set()

    def _append(self, item: Output) -> None:
        self._waiting.append(item)
        if isinstance(item, bytes):
            self._waiting_bytes += len(item)
        self._readable.set()


@dataclass(slots=True)
class Invocation:
    """One event on its way through one environment."""

    request_id: str
    event: bytes
    function_arn: str
    trace_id: str
    deadline_ms: int = 0
    output: OutputChannel = field(default_factory=OutputChannel)
