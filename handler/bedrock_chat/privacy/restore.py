"""Puts personal data back into what a model wrote, as it streams.

A placeholder is restored where the model writes it to the letter. What is put back is never looked at again.
"""

import json
from bisect import bisect_right
from types import MappingProxyType
from typing import TYPE_CHECKING

from bedrock_chat.events import BlockEnd, Citation, Event, Failed, ReasoningDelta, TextDelta, ToolDelta
from bedrock_chat.privacy.placeholders import PLACEHOLDER
from lambda_stream import DeadlineExceeded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from bedrock_chat.privacy.placeholders import PlaceholderMap


class Restorer:
    """Restores one content block; `values` says what each placeholder stands for.

    Whatever the pieces, the results together are `restored_text` of the pieces together.
    """

    def __init__(self, values: "Mapping[str, str]") -> None:
        self._values = values
        self._sorted = sorted(values)
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be told after this piece: all of it, but for an end that may become a placeholder."""
        text = self._held + piece
        # No placeholder holds a second opening bracket: only from the last one on can one be unfinished.
        cut = text.rfind("[")
        if cut < 0 or not self._begins_placeholder(text[cut:]):
            cut = len(text)
        self._held = text[cut:]
        return restored_text(text[:cut], self._values)

    def flush(self) -> str:
        """What was held back, which the end of the block shows to be no placeholder."""
        held, self._held = self._held, ""
        return held

    def _begins_placeholder(self, text: str) -> bool:
        following = bisect_right(self._sorted, text)
        return following < len(self._sorted) and self._sorted[following].startswith(text)


def restored_text(text: str, values: "Mapping[str, str]") -> str:
    """A whole text with each placeholder's value in its place."""
    return PLACEHOLDER.sub(lambda match: values.get(match[0], match[0]), text)


def json_escaped(values: "Mapping[str, str]") -> "Mapping[str, str]":
    """The values as they are written within a string of JSON, which is where a tool's input has its placeholders."""
    return MappingProxyType({placeholder: json.dumps(value)[1:-1] for placeholder, value in values.items()})


def restored(
    batches: "Generator[list[Event], None, None]", placeholders: "PlaceholderMap", *, text_is_json: bool = False
) -> "Generator[list[Event], None, None]":
    """The events of an answer as the user should see them; their order stays one that event_order knows.

    What came together stays together, and no list is empty. `text_is_json` says that the text, too, must stay JSON. An
    answer that breaks off, by a Failed or by an exception, first tells what was held back. Closing the generator closes
    `batches`. A signature is passed on as it is: it is of the reasoning as the model wrote it.
    """
    answer = _Answer(placeholders.values, {ToolDelta, TextDelta} if text_is_json else {ToolDelta})
    try:
        for batch in batches:
            if events := [shown for event in batch for shown in answer.restored(event)]:
                yield events
    except (Exception, DeadlineExceeded):
        if rest := list(answer.rest()):
            yield rest
        raise
    finally:
        batches.close()


class _Answer:
    """One answer's open block and what is held back of it."""

    def __init__(self, values: "Mapping[str, str]", json_deltas: set[type[Event]]) -> None:
        self._values = values
        self._json_deltas = json_deltas
        self._escaped: Mapping[str, str] | None = None
        self._delta: type[TextDelta | ReasoningDelta | ToolDelta] = TextDelta
        self._block: Restorer | None = None

    def restored(self, event: Event) -> "Iterator[Event]":
        match event:
            case TextDelta(piece) | ReasoningDelta(piece) | ToolDelta(piece):
                yield from self._piece(type(event), piece)
            case Citation():
                yield Citation(*(text and restored_text(text, self._values) for text in event))
            case BlockEnd() | Failed():
                yield from self.rest()
                yield event
            case _:
                yield event

    def rest(self) -> "Iterator[Event]":
        """What was held back of the open block, which is over."""
        held = self._block.flush() if self._block else ""
        self._block = None
        if held:
            yield self._delta(held)

    def _piece(self, delta: type[TextDelta | ReasoningDelta | ToolDelta], piece: str) -> "Iterator[Event]":
        if self._block is None:
            self._delta = delta
            self._block = Restorer(self._escaped_values() if delta in self._json_deltas else self._values)
        text = self._block.feed(piece)
        # A piece that is empty as it comes is one still: it may be what opens the block.
        if text or not piece:
            yield delta(text)

    def _escaped_values(self) -> "Mapping[str, str]":
        if self._escaped is None:
            self._escaped = json_escaped(self._values)
        return self._escaped
