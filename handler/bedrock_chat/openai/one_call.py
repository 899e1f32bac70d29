"""One call of a tool at a time, from models that can't be told to make no more: the others are not passed on."""

from typing import TYPE_CHECKING

from bedrock_chat.events import BlockEnd, ToolDelta, ToolStart

if TYPE_CHECKING:
    from collections.abc import Generator

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.events import Event
    from bedrock_chat.model import Model


class OneCall:
    """A model of whose calls in one answer only the first is passed on."""

    def __init__(self, model: "Model") -> None:
        self._model = model

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """See `Model.ask`."""
        calls = _Calls()
        batches = self._model.ask(request)
        try:
            for batch in batches:
                if passed := [event for event in batch if calls.passes(event)]:
                    yield passed
        finally:
            batches.close()


class _Calls:
    """Knows which of an answer's events are of a call after the first."""

    def __init__(self) -> None:
        self._called = False
        self._in_later_call = False

    def passes(self, event: "Event") -> bool:
        """Whether the next event is passed on."""
        match event:
            case ToolStart():
                self._in_later_call = self._called
                self._called = True
                return not self._in_later_call
            case ToolDelta():
                return not self._in_later_call
            case BlockEnd():
                later, self._in_later_call = self._in_later_call, False
                return not later
        return True
