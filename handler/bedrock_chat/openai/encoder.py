"""A streamed chat completion.

Source: platform.openai.com/docs/api-reference/chat/streaming
"""

from typing import TYPE_CHECKING, Any

from bedrock_chat.event_order import NEW, TOOL, state_after
from bedrock_chat.events import (
    BlockEnd,
    Failed,
    Finish,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolDelta,
    ToolStart,
    Usage,
)
from bedrock_chat.openai import terms
from lambda_stream import SSE_HEADERS, sse_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.events import Event

DONE = sse_event("[DONE]")


class ChunkEncoder:
    """Writes each event as chunks of a chat completion.

    What the protocol has no place for is left out: signatures of reasoning, and citations.
    """

    def __init__(self, request_id: str, created: int, *, include_usage: bool) -> None:
        self.headers: Mapping[str, str] = {**SSE_HEADERS, "x-request-id": request_id}
        self._request_id = request_id
        self._envelope = {"id": f"chatcmpl-{request_id}", "object": "chat.completion.chunk", "created": created}
        self._include_usage = include_usage
        self._usage: dict[str, Any] | None = None
        self._state = NEW
        # Of the call of a tool that was begun last; this counts calls, not blocks of content.
        self._call_index = -1
        self._call_has_input = False

    def encode(self, event: "Event") -> bytes:
        """See Encoder.encode.

        Raises:
            OutOfOrder: no answer has this event here.
            ModelFailed: the answer ends here, and can't be used; a Failed may follow.
        """
        following = state_after(self._state, event)
        written = self._written(event)
        self._state = following
        return written

    def _written(self, event: "Event") -> bytes:  # noqa: PLR0911 - one line for each kind of event
        match event:
            case Start(model_id):
                self._envelope["model"] = model_id
                return self._chunk({"role": "assistant", "content": ""})
            case TextDelta(text):
                return self._chunk({"content": text})
            case ReasoningDelta(text):
                return self._chunk({"reasoning_content": text})
            case ToolStart(tool_call_id, name):
                return self._begin_call(tool_call_id, name)
            case ToolDelta(piece):
                return self._go_on_with_call(piece)
            # Bedrock sends no input for a tool that takes none, and clients want JSON.
            case BlockEnd() if self._state == TOOL and not self._call_has_input:
                return self._go_on_with_call("{}")
            case Usage():
                self._usage = terms.usage(event)
            case Finish(stop_reason):
                return self._chunk({}, terms.finish_reason(stop_reason)) + self._cost() + DONE
            case Failed():
                return self._error(event)
        return b""

    def _begin_call(self, tool_call_id: str, name: str) -> bytes:
        self._call_index += 1
        self._call_has_input = False
        function = {"name": name, "arguments": ""}
        return self._call({"id": tool_call_id, "type": "function", "function": function})

    def _go_on_with_call(self, piece: str) -> bytes:
        self._call_has_input = True
        return self._call({"function": {"arguments": piece}})

    def _call(self, call: dict[str, Any]) -> bytes:
        return self._chunk({"tool_calls": [{"index": self._call_index, **call}]})

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        usage = {"usage": None} if self._include_usage else {}
        return sse_event({**self._envelope, "choices": [choice], **usage})

    def _cost(self) -> bytes:
        """A chunk of its own, where the client asked for it."""
        return sse_event({**self._envelope, "choices": [], "usage": self._usage}) if self._include_usage else b""

    def _error(self, event: Failed) -> bytes:
        """No `[DONE]` follows: clients would take the answer for whole."""
        fields = {"message": event.message, "type": event.type, "param": None, "code": event.code}
        return sse_event({"error": {**fields, "request_id": self._request_id}})
