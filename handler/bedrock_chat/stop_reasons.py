"""Bedrock's stop reasons in the few words that other protocols have for them.

Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A reason that isn't here is one that isn't known yet.
FINISH_REASONS: "Mapping[str, str]" = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool-calls",
    "guardrail_intervened": "content-filter",
    "content_filtered": "content-filter",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
}
