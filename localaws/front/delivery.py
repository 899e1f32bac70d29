"""What the services that hand a function's response on have in common, and what differs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from localaws.execution.invocation import Cut, Failure, Tail
from localaws.front.prelude import PreludeDecoder, PreludeError, ResponseHead, whole_response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp import web

    from localaws.execution.invocation import Output

Fault = PreludeError | Tail | Failure | Cut
"""Why there is no response."""


class OutputSource(Protocol):
    """Where a function's output comes from."""

    async def get(self) -> Output:
        """Return the next item; not to be called again after Tail, Failure or Cut."""

    def discard(self) -> None:
        """Drop the rest of the output."""


@dataclass(slots=True)
class Transfer:
    """What became of a response: times are of `time.perf_counter()`, None for what never came.

    `head_at` is when the head was known, `content_at` when the first byte of the body was there, `ended_at` when the
    function's output had ended, however; `body_bytes` are those that the client was sent.
    """

    status: int | None = None
    head_at: float | None = None
    content_at: float | None = None
    ended_at: float | None = None
    body_bytes: int = 0

    def begin(self, head: ResponseHead) -> None:
        """Note the head."""
        self.status, self.head_at = head.status, time.perf_counter()

    def count(self, data: bytes) -> None:
        """Note a piece of the body."""
        self.body_bytes += len(data)
        if data and self.content_at is None:
            self.content_at = time.perf_counter()

    def end(self) -> None:
        """Note the end of the function's output."""
        self.ended_at = time.perf_counter()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What differs between the services.

    `headers` are added to the response. `refuse` makes the answer when the function fails before its head is known.
    `make_decoder` makes what finds the head of a stream; without one, only a content type says that there is a head.
    `whole` makes head and body of a response that is collected first, from its content type and bytes.
    """

    request_id: str
    headers: Mapping[str, str]
    refuse: Callable[[Fault], web.Response]
    make_decoder: Callable[[], PreludeDecoder] | None = None
    whole: Callable[[str | None, bytes], tuple[ResponseHead, bytes]] = whole_response
    transfer: Transfer = field(default_factory=Transfer)
