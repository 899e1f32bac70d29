"""Answers as UI message streams, and what the AI SDK makes of them."""

import base64
from collections.abc import Sequence
from typing import Any

from hypothesis import assume, given

from bedrock_chat.ai_sdk.encoder import UiMessageEncoder
from bedrock_chat.errors import ModelFailed
from bedrock_chat.events import Event, Failed, ToolStart
from support.answers import legal_answers
from support.node import run_script

# The soak reads ten thousand answers in one go.
LIMIT_S = 600


def answers_of_every_kind() -> list[list[Event]]:
    """As many as the profile says, whole and failed ones: to be read in one go, as Node.js starts slowly."""
    answers: list[list[Event]] = []

    @given(legal_answers())
    def collect(events: list[Event]) -> None:
        calls = [event.tool_call_id for event in events if isinstance(event, ToolStart)]
        assume(len(calls) == len(set(calls)))  # two calls with one id, which Bedrock never gives, are one to the AI SDK
        answers.append(events)

    collect()
    return answers


def encoded(events: Sequence[Event], *, continued_id: str | None = None) -> bytes:
    """As bedrock_chat.answer writes it: a failure to encode is told in the stream."""
    encoder = UiMessageEncoder("id-1", continued_id)
    written = []
    for event in events:
        try:
            written.append(encoder.encode(event))
        except ModelFailed as error:
            written.append(encoder.encode(Failed(error.code, error.type, error.message)))
    return b"".join(written)


def read_by_the_ai_sdk(*bodies: bytes) -> list[dict[str, Any]]:
    """The message and the errors of each, in pieces of seven bytes: frames and characters are cut."""
    given = {"bodies": [base64.b64encode(body).decode() for body in bodies], "size": 7}
    seen: list[dict[str, Any]] = run_script("read_ui_messages.mjs", given, limit_s=LIMIT_S)
    return seen
