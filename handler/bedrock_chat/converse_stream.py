"""The events of Bedrock's ConverseStream as neutral ones. No input or output here.

Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
"""

from typing import TYPE_CHECKING, Any

from bedrock_chat.errors import ModelFailed, StreamTruncated
from bedrock_chat.event_order import NEW, REASONING, TEXT, TOOL, state_after
from bedrock_chat.events import (
    BlockEnd,
    Citation,
    Event,
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

# Of which kind of block a delta is a part. Bedrock announces only blocks of tools: the others begin with a delta.
_BLOCK_OF: "Mapping[type[Event], str]" = {
    TextDelta: TEXT,
    Citation: TEXT,
    ReasoningDelta: REASONING,
    ReasoningSignature: REASONING,
    ToolDelta: TOOL,
}


class ConverseDecoder:
    """Turns one answer's Converse events into neutral ones, in an order that event_order knows, whatever Bedrock sends.

    Bedrock sends the stop reason before the usage. Here the Finish comes last, when both have been seen: whoever gets
    it knows that nothing is missing. `finished` says whether that has happened.
    """

    def __init__(self, model_id: str) -> None:
        self._model_id = model_id
        self._state = NEW
        self._block: int | None = None
        self._stop_reason: str | None = None
        self._usage: Usage | None = None
        self.finished = False

    def feed(self, event: "Mapping[str, Any]") -> list[Event]:
        """The neutral events that one Converse event stands for; kinds that aren't known stand for none.

        Raises:
            ModelFailed: Bedrock goes on with a tool's input that it never began or has ended: it can't be trusted.
        """
        if self.finished:
            return []
        events: list[Event] = []
        if "contentBlockDelta" in event:
            self._delta(event["contentBlockDelta"], events)
        elif "messageStart" in event:
            self._begin(events)
        elif "contentBlockStart" in event:
            self._start_block(event["contentBlockStart"], events)
        elif "contentBlockStop" in event:
            self._close_block(events)
        elif "messageStop" in event:
            self._stop_reason = event["messageStop"]["stopReason"]
        elif "metadata" in event:
            self._usage = _usage(event["metadata"]["usage"])
        self._end(events)
        return events

    def close(self) -> None:
        """Ends the input.

        Raises:
            StreamTruncated: the answer's end has not been seen.
        """
        if not self.finished:
            raise StreamTruncated("the model's answer stopped before its end: Bedrock sent no messageStop and metadata")

    def _put(self, event: Event, events: list[Event]) -> None:
        self._state = state_after(self._state, event)
        events.append(event)

    def _begin(self, events: list[Event]) -> None:
        if self._state == NEW:
            self._put(Start(self._model_id), events)

    def _delta(self, content: "Mapping[str, Any]", events: list[Event]) -> None:
        index = content.get("contentBlockIndex")
        for event in _neutral(content["delta"]):
            self._begin(events)
            kind = _BLOCK_OF[type(event)]
            if self._state != kind or self._block != index:
                self._close_block(events)
                if kind == TOOL:
                    raise ModelFailed("Bedrock's stream can't be read: a tool's input came outside of its block")
                self._block = index
            self._put(event, events)

    def _start_block(self, content: "Mapping[str, Any]", events: list[Event]) -> None:
        self._begin(events)
        self._close_block(events)
        tool = content.get("start", {}).get("toolUse")
        if tool:
            self._block = content.get("contentBlockIndex")
            self._put(ToolStart(tool["toolUseId"], tool["name"]), events)

    def _close_block(self, events: list[Event]) -> None:
        if self._state in (TEXT, REASONING, TOOL):
            self._put(BlockEnd(), events)

    def _end(self, events: list[Event]) -> None:
        if self._stop_reason is None or self._usage is None:
            return
        self._begin(events)
        self._close_block(events)
        self._put(self._usage, events)
        self._put(Finish(self._stop_reason), events)
        self.finished = True


def _neutral(delta: "Mapping[str, Any]") -> list[Event]:
    """What one delta says; Bedrock's own empty pieces say nothing."""
    events: list[Event] = []
    if text := delta.get("text"):
        events.append(TextDelta(text))
    reasoning = delta.get("reasoningContent") or {}
    if text := reasoning.get("text"):
        events.append(ReasoningDelta(text))
    if signature := reasoning.get("signature"):
        events.append(ReasoningSignature(signature))
    if piece := (delta.get("toolUse") or {}).get("input"):
        events.append(ToolDelta(piece))
    if citation := delta.get("citation"):
        events.append(_citation(citation))
    return events


def _citation(citation: "Mapping[str, Any]") -> Citation:
    web = (citation.get("location") or {}).get("web") or {}
    quote = "".join(content.get("text") or "" for content in citation.get("sourceContent") or [])
    return Citation(citation.get("title") or citation.get("source"), web.get("url"), quote or None)


def _usage(usage: "Mapping[str, int]") -> Usage:
    return Usage(
        usage["inputTokens"],
        usage["outputTokens"],
        usage["totalTokens"],
        usage.get("cacheReadInputTokens") or 0,
        usage.get("cacheWriteInputTokens") or 0,
    )
