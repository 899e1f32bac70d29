"""The neutral events of one answer: the Bedrock side makes them, the encoders write them; see event_order."""

from typing import NamedTuple, TypeAlias


class Start(NamedTuple):
    """The model took the request and begins to answer; `session` is the conversation that the answer is stored in."""

    model_id: str
    session: str | None = None


class TextDelta(NamedTuple):
    """The next piece of the answer's text."""

    text: str


class ReasoningDelta(NamedTuple):
    """The next piece of what the model thinks aloud before it answers."""

    text: str


class ReasoningSignature(NamedTuple):
    """The proof that the reasoning is the model's; Bedrock wants both back when the conversation goes on."""

    signature: str


class ToolStart(NamedTuple):
    """The model calls a tool; its input follows in pieces."""

    tool_call_id: str
    name: str


class ToolDelta(NamedTuple):
    """The next piece of the tool's input, a fragment of JSON that is no JSON by itself."""

    input_json: str


class BlockEnd(NamedTuple):
    """The open block (text, reasoning or a tool's input) is whole."""


class Citation(NamedTuple):
    """Where the text just written comes from: a document's title, a web page's URL, and the words it says there."""

    title: str | None
    url: str | None
    quote: str | None


class Usage(NamedTuple):
    """What the answer cost, in tokens; what was read from or written to the prompt cache counts beside the input."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    @property
    def whole_input_tokens(self) -> int:
        """The input with the part of it that the prompt cache held, as other protocols count."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


class Finish(NamedTuple):
    """The answer is whole; `stop_reason` is Bedrock's."""

    stop_reason: str


class Failed(NamedTuple):
    """The answer ends here without being whole.

    `output_pieces`, where anything came, is what is known of its cost: the pieces of text, reasoning and tools' input.
    Bedrock tells the rest only at an answer's end.
    """

    code: str
    type: str
    message: str
    output_pieces: int | None = None


Event: TypeAlias = (
    Start
    | TextDelta
    | ReasoningDelta
    | ReasoningSignature
    | ToolStart
    | ToolDelta
    | BlockEnd
    | Citation
    | Usage
    | Finish
    | Failed
)
