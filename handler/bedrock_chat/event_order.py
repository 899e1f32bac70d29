"""In which order the events of an answer come. Every encoder holds to this one table."""

from typing import TYPE_CHECKING

from bedrock_chat.errors import OutOfOrder
from bedrock_chat.events import (
    BlockEnd,
    Citation,
    Failed,
    Finish,
    ReasoningDelta,
    ReasoningSignature,
    Start,
    TextDelta,
    ToolDelta,
    ToolStart,
    Usage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.events import Event

NEW = "new"
BETWEEN_BLOCKS = "between blocks"
TEXT = "text"
REASONING = "reasoning"
TOOL = "tool"
COUNTED = "counted"
FINISHED = "finished"
FAILED = "failed"

TRANSITIONS: "Mapping[str, Mapping[type[Event], str]]" = {
    NEW: {Start: BETWEEN_BLOCKS, Failed: FAILED},
    BETWEEN_BLOCKS: {
        TextDelta: TEXT,
        ReasoningDelta: REASONING,
        ReasoningSignature: REASONING,
        ToolStart: TOOL,
        Citation: TEXT,
        Usage: COUNTED,
        Failed: FAILED,
    },
    TEXT: {TextDelta: TEXT, Citation: TEXT, BlockEnd: BETWEEN_BLOCKS, Failed: FAILED},
    REASONING: {
        ReasoningDelta: REASONING,
        ReasoningSignature: REASONING,
        BlockEnd: BETWEEN_BLOCKS,
        Failed: FAILED,
    },
    TOOL: {ToolDelta: TOOL, BlockEnd: BETWEEN_BLOCKS, Failed: FAILED},
    COUNTED: {Finish: FINISHED, Failed: FAILED},
    FINISHED: {},
    FAILED: {},
}


def state_after(state: str, event: "Event") -> str:
    """The state that `event` leads to.

    Raises:
        OutOfOrder: it may not come in `state`: whoever made the events has a defect.
    """
    following = TRANSITIONS[state].get(type(event))
    if following is None:
        raise OutOfOrder(f"{type(event).__name__} may not come in the state {state!r}")
    return following
