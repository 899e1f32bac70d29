"""A chat completion in one piece.

Source: platform.openai.com/docs/api-reference/chat/object
"""

from typing import TYPE_CHECKING, Any

from bedrock_chat.events import Finish, ReasoningDelta, Start, TextDelta, ToolDelta, ToolStart, Usage
from bedrock_chat.openai import terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedrock_chat.events import Event


def completion(events: "Iterable[Event]", request_id: str, created: int) -> dict[str, Any]:
    """The chat completion that the events of a whole answer make.

    Raises:
        ModelFailed: the answer can't be used.
    """
    message = _Message()
    ends: dict[str, Any] = {}
    for event in events:
        match event:
            case Start(model_id):
                ends["model"] = model_id
            case Usage():
                ends["usage"] = terms.usage(event)
            case Finish(stop_reason):
                ends["finish_reason"] = terms.finish_reason(stop_reason)
            case _:
                message.add(event)
    choice = {"index": 0, "message": message.document(), "logprobs": None, "finish_reason": ends["finish_reason"]}
    return {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": created,
        "model": ends["model"],
        "choices": [choice],
        "usage": ends["usage"],
    }


class _Message:
    """Gathers the pieces of the assistant's message."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[tuple[ToolStart, list[str]]] = []

    def add(self, event: "Event") -> None:
        match event:
            case TextDelta(text):
                self._text.append(text)
            case ReasoningDelta(text):
                self._reasoning.append(text)
            case ToolStart():
                self._calls.append((event, []))
            case ToolDelta(piece):
                self._calls[-1][1].append(piece)

    def document(self) -> dict[str, Any]:
        text = "".join(self._text)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if self._calls and not text else text,
            "refusal": None,
        }
        if self._reasoning:
            message["reasoning_content"] = "".join(self._reasoning)
        if self._calls:
            message["tool_calls"] = [_call(start, pieces) for start, pieces in self._calls]
        return message


def _call(start: ToolStart, pieces: list[str]) -> dict[str, Any]:
    # Bedrock sends no input for a tool that takes none, and clients want JSON.
    function = {"name": start.name, "arguments": "".join(pieces) or "{}"}
    return {"id": start.tool_call_id, "type": "function", "function": function}
