"""Bedrock's stop reasons in the few words that other protocols have for them.

Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html
"""

from typing import TYPE_CHECKING

from bedrock_chat.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

_FINISH_REASONS: "Mapping[str, str]" = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool-calls",
    "guardrail_intervened": "content-filter",
    "content_filtered": "content-filter",
}


def finish_reason(stop_reason: str, unknown: str) -> str:
    """Why an answer ended; `unknown` for a reason that isn't known yet.

    Raises:
        ModelFailed: the model wrote what can't be read. No client would show that as anything but a text that stops.
    """
    if stop_reason.startswith("malformed_"):
        raise ModelFailed(f"the model's answer can't be used: Bedrock ended it with {stop_reason!r}; ask again")
    return _FINISH_REASONS.get(stop_reason, unknown)
