"""JSON of a given schema from models that have no structured output but can call a tool."""

from typing import TYPE_CHECKING

from bedrock_chat.conversation import OneTool, Tool
from bedrock_chat.errors import ModelFailed
from bedrock_chat.event_order import NEW, REASONING, TEXT, state_after
from bedrock_chat.events import (
    BlockEnd,
    Citation,
    Finish,
    ReasoningDelta,
    TextDelta,
    ToolDelta,
    ToolStart,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from bedrock_chat.conversation import ChatRequest, JsonSchema
    from bedrock_chat.events import Event
    from bedrock_chat.model import Model

DESCRIPTION = "Gives the answer. Call it once, with the whole answer as its input."


class JsonByTool:
    """A model that answers a request for JSON with the input of a tool that it must call."""

    def __init__(self, model: "Model") -> None:
        self._model = model

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """See `Model.ask`."""
        if request.json_schema is None:
            yield from self._model.ask(request)
            return
        answer = _Answer()
        batches = self._model.ask(with_tool(request, request.json_schema))
        try:
            for batch in batches:
                yield from _replaced(answer, batch)
        finally:
            batches.close()


def _replaced(answer: "_Answer", batch: "list[Event]") -> "Generator[list[Event], None, None]":
    """What stands for the events of a batch; what comes before a fault is handed out first."""
    events: list[Event] = []
    fault: ModelFailed | None = None
    try:
        for event in batch:
            events += answer.feed(event)
    except ModelFailed as error:
        fault = error
    if events:
        yield events
    if fault is not None:
        raise fault


def with_tool(request: "ChatRequest", schema: "JsonSchema") -> "ChatRequest":
    """The request with the schema as the one tool that the model must call."""
    tool = Tool(schema.name, schema.description or DESCRIPTION, schema.schema)
    return request._replace(tools=(tool,), tool_choice=OneTool(schema.name), json_schema=None)


class _Answer:
    """Makes the tool's input the text; what the model writes beside it would spoil the JSON and becomes reasoning."""

    def __init__(self) -> None:
        self._state = NEW
        self._called = False
        self._in_call = False

    def feed(self, event: "Event") -> "list[Event]":
        """The events that stand for `event`.

        Raises:
            ModelFailed: the model calls the tool twice, or ends without having called it.
        """
        events = self._replaced(event)
        for each in events:
            self._state = state_after(self._state, each)
        return events

    def _replaced(self, event: "Event") -> "list[Event]":  # noqa: PLR0911 - one line for each kind of event
        match event:
            case TextDelta(text):
                return [ReasoningDelta(text)]
            case Citation():
                return []
            case ToolStart():
                return self._begin_call()
            case ToolDelta(piece):
                return [TextDelta(piece)]
            case BlockEnd():
                return self._end_block(event)
            case Finish(stop_reason):
                return [self._finish(stop_reason)]
        return [event]

    def _begin_call(self) -> "list[Event]":
        if self._called:
            raise ModelFailed("the model gave more than one answer where one in JSON was asked for; ask again")
        self._called = self._in_call = True
        return []

    def _end_block(self, event: BlockEnd) -> "list[Event]":
        # A call without any input: an object without any fields.
        empty = self._in_call and self._state != TEXT
        self._in_call = False
        if empty:
            return [TextDelta("{}"), event]
        # A block of which nothing was left, as one with only a citation, has no end either.
        return [event] if self._state in (TEXT, REASONING) else []

    def _finish(self, stop_reason: str) -> Finish:
        if not self._called and stop_reason in ("end_turn", "stop_sequence", "tool_use"):
            raise ModelFailed("the model did not answer in the JSON that was asked for; ask again")
        return Finish("end_turn" if stop_reason == "tool_use" else stop_reason)
