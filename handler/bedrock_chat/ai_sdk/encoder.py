"""The AI SDK's UI message stream, with the kinds of chunks that both its version 6 and its version 7 know.

Source: ai-sdk.dev/docs/ai-sdk-ui/stream-protocol#data-stream-protocol
"""

from typing import TYPE_CHECKING, Any

from bedrock_chat.event_order import FAILED, FINISHED, NEW, TOOL, state_after
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
from bedrock_chat.fields import json_value, shown
from bedrock_chat.stop_reasons import finish_reason
from lambda_stream import SSE_HEADERS, sse_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from bedrock_chat.events import Event

    Chunk: TypeAlias = dict[str, Any]

HEADERS: "Mapping[str, str]" = {**SSE_HEADERS, "x-vercel-ai-ui-message-stream": "v1"}
END = sse_event("[DONE]")
TEXT_PART = "text"
REASONING_PART = "reasoning"


class UiMessageEncoder:
    """Writes an answer as one step of an assistant's message.

    `continued_id` is the id of the message that the answer goes on with, as it does after a tool's output; without it
    the answer is a message of its own, and its id is `request_id`.
    """

    headers = HEADERS
    _tool: "_ToolInput"

    def __init__(self, request_id: str, continued_id: str | None = None) -> None:
        self._request_id = request_id
        self._message_id = continued_id or request_id
        self._state = NEW
        self._parts = 0
        self._sources = 0
        # The kind of the open part of text or reasoning, if any: a block of nothing but citations opens none.
        self._part: str | None = None
        self._signature = ""
        self._metadata: Chunk = {}

    def encode(self, event: "Event") -> bytes:
        """See Encoder.encode.

        Raises:
            OutOfOrder: no answer has this event here.
            ModelFailed: the answer ends here, and can't be used; a Failed may follow.
        """
        following = state_after(self._state, event)
        frames = b"".join(map(sse_event, _WRITERS[type(event)](self, event)))
        self._state = following
        return frames + END if following in (FINISHED, FAILED) else frames

    def start(self, _: Start) -> "list[Chunk]":
        """The message and its step begin."""
        return [{"type": "start", "messageId": self._message_id}, {"type": "start-step"}]

    def text(self, event: TextDelta) -> "list[Chunk]":
        """A piece of text, after the beginning of its part where it is the first."""
        return [*self._begin(TEXT_PART), self._delta(event.text)]

    def reasoning(self, event: ReasoningDelta) -> "list[Chunk]":
        """The same for reasoning."""
        return [*self._begin(REASONING_PART), self._delta(event.text)]

    def sign(self, event: ReasoningSignature) -> "list[Chunk]":
        """The signature goes with the end of its part; reasoning may also be a signature alone."""
        self._signature += event.signature
        return self._begin(REASONING_PART)

    def begin_tool(self, event: ToolStart) -> "list[Chunk]":
        """A call, whose input follows."""
        self._tool = _ToolInput(event)
        return [self._tool.began()]

    def tool_input(self, event: ToolDelta) -> "list[Chunk]":
        """A piece of the call's input."""
        return [self._tool.grew(event.input_json)]

    def end_block(self, _: BlockEnd) -> "list[Chunk]":
        """The end of whichever part is open."""
        return [self._tool.ended()] if self._state == TOOL else self._end()

    def source(self, citation: Citation) -> "list[Chunk]":
        """A source: a part of its own, which may come in the middle of the text that it belongs to."""
        self._sources += 1
        # A message that goes on has sources of several answers, so their ids need more than a number.
        return [{"sourceId": f"{self._request_id}-{self._sources}", **_source(citation)}]

    def count(self, usage: Usage) -> "list[Chunk]":
        """Nothing yet: it goes with the finish."""
        self._metadata = {"usage": _usage(usage)}
        return []

    def finish(self, event: Finish) -> "list[Chunk]":
        """The step and the message end.

        Raises:
            ModelFailed: the answer can't be used. A page shows an error's text, but not why a message finished.
        """
        reason = finish_reason(event.stop_reason, "other")
        return [
            {"type": "finish-step"},
            {"type": "finish", "finishReason": reason, "messageMetadata": self._metadata},
        ]

    def fail(self, event: Failed) -> "list[Chunk]":
        """The end of what is open, then the error: the page reads nothing that follows one."""
        # Half of a signature would make Bedrock refuse the conversation from then on.
        self._signature = ""
        ends = [self._tool.cut_off()] if self._state == TOOL else self._end()
        return [*ends, {"type": "error", "errorText": event.message}]

    def _begin(self, part: str) -> "list[Chunk]":
        if self._part:
            return []
        self._part = part
        self._parts += 1
        return [{"type": f"{part}-start", "id": str(self._parts)}]

    def _delta(self, text: str) -> "Chunk":
        return {"type": f"{self._part}-delta", "id": str(self._parts), "delta": text}

    def _end(self) -> "list[Chunk]":
        if not self._part:
            return []
        chunk: Chunk = {"type": f"{self._part}-end", "id": str(self._parts)}
        if self._signature:
            chunk["providerMetadata"] = {"bedrock": {"signature": self._signature}}
        self._part, self._signature = None, ""
        return [chunk]


_WRITERS: "Mapping[type[Event], Callable[[UiMessageEncoder, Any], list[Chunk]]]" = {
    TextDelta: UiMessageEncoder.text,
    ReasoningDelta: UiMessageEncoder.reasoning,
    ReasoningSignature: UiMessageEncoder.sign,
    ToolStart: UiMessageEncoder.begin_tool,
    ToolDelta: UiMessageEncoder.tool_input,
    BlockEnd: UiMessageEncoder.end_block,
    Citation: UiMessageEncoder.source,
    Start: UiMessageEncoder.start,
    Usage: UiMessageEncoder.count,
    Finish: UiMessageEncoder.finish,
    Failed: UiMessageEncoder.fail,
}


class _ToolInput:
    """The input of one call. Which tools there are is known to the page alone: to the AI SDK they are dynamic."""

    def __init__(self, call: ToolStart) -> None:
        self._names: Chunk = {"toolCallId": call.tool_call_id, "toolName": call.name, "dynamic": True}
        self._pieces: list[str] = []

    def began(self) -> "Chunk":
        return {"type": "tool-input-start", **self._names}

    def grew(self, piece: str) -> "Chunk":
        self._pieces.append(piece)
        return {"type": "tool-input-delta", "toolCallId": self._names["toolCallId"], "inputTextDelta": piece}

    def ended(self) -> "Chunk":
        value = _json_object("".join(self._pieces))
        if value is None:
            return self._failed(f"the model wrote an input that is not a JSON object: {shown(''.join(self._pieces))}")
        return {"type": "tool-input-available", **self._names, "input": value}

    def cut_off(self) -> "Chunk":
        return self._failed("the answer broke off before the tool's input was whole")

    def _failed(self, error_text: str) -> "Chunk":
        return {"type": "tool-input-error", **self._names, "input": "".join(self._pieces), "errorText": error_text}


def _source(citation: Citation) -> "Chunk":
    chunk: Chunk = {"type": "source-document", "mediaType": "text/plain", "title": citation.title or "untitled"}
    if citation.url:
        chunk = {"type": "source-url", "url": citation.url}
        if citation.title:
            chunk["title"] = citation.title
    if citation.quote:
        chunk["providerMetadata"] = {"bedrock": {"quote": citation.quote}}
    return chunk


def _json_object(text: str) -> "Chunk | None":
    """What `text` says, or None when it is no JSON object. A tool without parameters is called with no text at all."""
    try:
        value = json_value(text or "{}")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _usage(usage: Usage) -> "Chunk":
    """In the AI SDK's names. Its input counts what the prompt cache took part in too."""
    return {
        "inputTokens": usage.whole_input_tokens,
        "inputTokenDetails": {
            "noCacheTokens": usage.input_tokens,
            "cacheReadTokens": usage.cache_read_tokens,
            "cacheWriteTokens": usage.cache_write_tokens,
        },
        "outputTokens": usage.output_tokens,
        "totalTokens": usage.total_tokens,
    }
