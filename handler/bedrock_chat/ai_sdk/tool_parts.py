"""The parts of a UI message that are calls of tools: each is the model's call and what became of it."""

import json
from typing import TYPE_CHECKING, Any

from bedrock_chat import fields
from bedrock_chat.conversation import Text, ToolResult, ToolUse
from bedrock_chat.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.conversation import Part

DYNAMIC = "dynamic-tool"
STATIC = "tool-"

# The model was still writing the input when the answer ended: there is no call.
HALF_CALL = "input-streaming"
WAITING = ("input-available", "approval-requested", "approval-responded")
ANSWERED = "output-available"
FAILED = "output-error"
DENIED = "output-denied"
STATES = (HALF_CALL, *WAITING, ANSWERED, FAILED, DENIED)

NOT_RUN = "The tool was not run: the user went on without it."
NOT_ALLOWED = "The user did not allow the call."
NO_REASON = "The tool failed."


def tool_name(part: "Mapping[str, Any]", where: str) -> str | None:
    """The tool of which `part` is a call, if it is one.

    Raises:
        InvalidRequest: it is one of a tool without a name.
    """
    if part["type"] == DYNAMIC:
        return fields.text(part.get("toolName"), f"{where}.toolName")
    if part["type"].startswith(STATIC):
        return fields.text(part["type"].removeprefix(STATIC), f"{where}.type")
    return None


def call_and_result(part: "Mapping[str, Any]", name: str, where: str, *, is_last: bool) -> "list[Part]":
    """The model's call of the tool `name` and its result; nothing of a call that never was whole.

    A call that waits for its output in the last message is a page's mistake. In an earlier one the user has gone on
    without it, and so does the conversation: Bedrock would refuse it for ever if the call had no result.

    Raises:
        InvalidRequest: the part has not the form of a call, or the output of one in the last message is missing.
    """
    state = fields.one_of(part.get("state"), STATES, f"{where}.state")
    if state == HALF_CALL:
        return []
    if state in WAITING and is_last:
        raise InvalidRequest(
            f"{where} is a call of the tool {fields.shown(name)} without its output: add it first (addToolOutput)",
            where,
        )
    call_id = fields.text(part.get("toolCallId"), f"{where}.toolCallId")
    result = ToolResult(call_id, (Text(_result_text(part, state, where)),), failed=state != ANSWERED)
    return [ToolUse(call_id, name, _input(part, state, where)), result]


def _input(part: "Mapping[str, Any]", state: str, where: str) -> "dict[str, Any]":
    tool_input = part.get("input")
    # What the model wrote may be no object, which is all that Bedrock takes: then the error's text tells of it.
    if tool_input is None or (state == FAILED and not isinstance(tool_input, dict)):
        return {}
    return fields.an_object(tool_input, f"{where}.input")


def _result_text(part: "Mapping[str, Any]", state: str, where: str) -> str:
    if state == FAILED:
        return fields.text(part.get("errorText") or NO_REASON, f"{where}.errorText")
    if state == DENIED:
        approval = part.get("approval")
        reason = approval.get("reason") if isinstance(approval, dict) else None
        return fields.text(reason or NOT_ALLOWED, f"{where}.approval.reason")
    if state in WAITING:
        return NOT_RUN
    output = part.get("output")
    text = output if isinstance(output, str) and output.strip() else json.dumps(output, ensure_ascii=False)
    return fields.encodable(text, f"{where}.output")
