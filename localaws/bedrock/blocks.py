"""The frames of an answer, composed of content blocks and paced. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws.bedrock.event_stream import event
from localaws.bedrock.steps import Send, SendStamp, Step, WaitUntil

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from localaws.bedrock.request import Converse

FIRST_TOKEN_MS = 100.0
PACE_MS = 40
START = Send(event("messageStart", {"role": "assistant"}))


@dataclass(frozen=True, slots=True)
class Block:
    """The deltas of a content block, and what announces it: Bedrock announces only blocks of tools."""

    deltas: tuple[Mapping[str, Any], ...]
    start: Mapping[str, Any] | None = None


def text_block(tokens: Iterable[str]) -> Block:
    """Return a block of text."""
    return Block(tuple({"text": token} for token in tokens))


def message(
    request: Converse, blocks: Sequence[Block], stop_reason: str, first_ms: float | None = None, **usage: int
) -> Iterator[Step]:
    """Yield a whole answer; `usage` is what its usage has besides the tokens of input and output."""
    start_ms = ms = first_token_ms(request) if first_ms is None else first_ms
    yield START
    for index, block in enumerate(blocks):
        yield from deltas(request, block, ms, index)
        yield stop_block(index)
        ms += pace_ms(request) * len(block.deltas)
    sent = sum(len(block.deltas) for block in blocks)
    yield from ending(request, sent, stop_reason, start_ms, **usage)


def deltas(request: Converse, block: Block, first_ms: float, index: int = 0) -> Iterator[Step]:
    """Yield a block without its end, the first delta at a time of its own."""
    if block.start is not None:
        yield Send(event("contentBlockStart", {"contentBlockIndex": index, "start": block.start}))
    pace = pace_ms(request)
    for number, delta in enumerate(block.deltas):
        if pace or (number == 0 and first_ms):  # at no pace only the first one waits
            yield WaitUntil(first_ms + number * pace)
        stamped = request.directive.stamp and "text" in delta
        yield SendStamp(index) if stamped else Send(delta_frame(delta, index))


def stop_block(index: int) -> Send:
    """Return the end of a block."""
    return Send(event("contentBlockStop", {"contentBlockIndex": index}))


def ending(request: Converse, sent: int, stop_reason: str, first_ms: float, **usage: int) -> Iterator[Step]:
    """Yield the stop reason and the usage of an answer of so many deltas."""
    yield Send(event("messageStop", {"stopReason": stop_reason}))
    usage = {**request.cache_usage, **usage}
    total = request.input_tokens + sent + sum(usage.values())
    counts = {"inputTokens": request.input_tokens, "outputTokens": sent, "totalTokens": total, **usage}
    latency_ms = int(first_ms + max(0, sent - 1) * pace_ms(request))
    yield Send(event("metadata", {"usage": counts, "metrics": {"latencyMs": latency_ms}}))


def delta_frame(delta: Mapping[str, Any], index: int = 0) -> bytes:
    """Return the frame of a delta."""
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})


def pace_ms(request: Converse) -> float:
    """Return how long after each delta the next one is sent."""
    return PACE_MS if request.directive.pace_ms is None else request.directive.pace_ms


def first_token_ms(request: Converse) -> float:
    """Return how long after the request the first delta is sent."""
    return FIRST_TOKEN_MS if pace_ms(request) else 0.0
