"""The neutral events of one answer: the Bedrock side makes them, the encoders write them."""

from typing import NamedTuple, TypeAlias


class Start(NamedTuple):
    """The model took the request and begins to answer."""

    model_id: str


class TextDelta(NamedTuple):
    """The next piece of the answer's text."""

    text: str


class Usage(NamedTuple):
    """What the answer cost, in tokens."""

    input_tokens: int
    output_tokens: int
    total_tokens: int


class PartialUsage(NamedTuple):
    """What is known of the cost of an answer that broke off: Bedrock tells the rest only at its end."""

    output_pieces: int


class Finish(NamedTuple):
    """The answer is whole; `stop_reason` is Bedrock's."""

    stop_reason: str


class Failed(NamedTuple):
    """The answer ends here without being whole."""

    code: str
    type: str
    message: str


Event: TypeAlias = Start | TextDelta | Usage | PartialUsage | Finish | Failed
