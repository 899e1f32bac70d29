"""Asking the Bedrock stand-in through boto3, and reading what it streams."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

FAST = "hi [tokens=30 pace_ms=1]"

Event = dict[str, Any]


def ask(client: Any, model: str = "any.model-v1:0", text: str = FAST, **fields: Any) -> Iterator[Event]:
    """Asks a question, or with `messages` goes on with a conversation."""
    fields.setdefault("messages", [{"role": "user", "content": [{"text": text}]}])
    with contextlib.closing(client.converse_stream(modelId=model, **fields)["stream"]) as stream:
        yield from stream


def text_of(events: list[Event]) -> str:
    """All deltas of text; any other delta is a KeyError."""
    return "".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)


def deltas(events: list[Event], block: int) -> list[dict[str, Any]]:
    """The deltas of one block."""
    pieces = [event["contentBlockDelta"] for event in events if "contentBlockDelta" in event]
    return [piece["delta"] for piece in pieces if piece["contentBlockIndex"] == block]


def tool_calls(events: list[Event]) -> list[dict[str, Any]]:
    """The calls of tools, as blocks of the turn that the caller must send back."""
    starts = [event["contentBlockStart"] for event in events if "contentBlockStart" in event]
    return [{**start["start"]["toolUse"], "input": tool_input(events, start["contentBlockIndex"])} for start in starts]


def tool_input(events: list[Event], block: int) -> Any:
    return json.loads("".join(delta["toolUse"]["input"] for delta in deltas(events, block)))


def stop_reason(events: list[Event]) -> str:
    (stop,) = [event["messageStop"]["stopReason"] for event in events if "messageStop" in event]
    return str(stop)
