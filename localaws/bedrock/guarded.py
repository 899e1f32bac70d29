"""Answers as they leave a guardrail. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.bedrock import blocks
from localaws.bedrock.answer import cut
from localaws.bedrock.blocks import Block, text_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from localaws.bedrock.guardrail import Guard
    from localaws.bedrock.request import Converse
    from localaws.bedrock.steps import Step

INTERVENED = "guardrail_intervened"


def refused(request: Converse, text: str) -> Iterator[Step]:
    """Say a guardrail's own text in the place of an answer."""
    return blocks.message(request, [text_block(cut(text))], INTERVENED)


def message(
    request: Converse, parts: Sequence[Block], stop_reason: str, first_ms: float | None = None, **usage: int
) -> Iterator[Step]:
    """Yield a whole answer as far as the request's guardrail lets it through; see `blocks.message`."""
    if request.guard is not None:
        parts, stop_reason = _guarded(request.guard, parts, stop_reason)
    return blocks.message(request, parts, stop_reason, first_ms, **usage)


def _guarded(guard: Guard, parts: Sequence[Block], stop_reason: str) -> tuple[Sequence[Block], str]:
    """Return what is let through, and the stop reason.

    A guardrail that doesn't wait sees the words when they have been sent: it can only say that they were too many.
    """
    if guard.guardrail.blocks(" ".join(map(_text, parts))):
        refusal = text_block(cut(guard.guardrail.blocked_output))
        return ([refusal] if guard.waits else [*parts, refusal]), INTERVENED
    masked = [_masked(guard, part) for part in parts] if guard.waits else parts
    return masked, stop_reason if list(masked) == list(parts) else INTERVENED


def _masked(guard: Guard, block: Block) -> Block:
    text = _text(block)
    masked = guard.guardrail.masked(text)
    return block if masked == text else text_block(cut(masked))


def _text(block: Block) -> str:
    return "".join(str(delta.get("text", "")) for delta in block.deltas)
