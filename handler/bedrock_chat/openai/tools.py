"""The tools of a chat completion, and which of them the model must call.

Source: platform.openai.com/docs/api-reference/chat/create#chat-create-tools
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from bedrock_chat import fields
from bedrock_chat.conversation import TOOL_NAME, AnyTool, Message, OneTool, Tool, ToolUse
from bedrock_chat.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NO_PARAMETERS: "Mapping[str, Any]" = {"type": "object", "properties": {}}
CHOICES = ("auto", "none", "required")


class Toolbox(NamedTuple):
    """What is sent of the tools, and which of them must be called; see ChatRequest."""

    tools: tuple[Tool, ...] = ()
    choice: AnyTool | OneTool | None = None


def parse_tools(document: dict[str, Any], messages: "Iterable[Message]") -> Toolbox:
    """What a request's `tools` and `tool_choice` ask for.

    Bedrock wants the tools with every conversation that has a call of one in it, and can't be told to call none.

    Raises:
        InvalidRequest: one of them is wrong, or `messages` has calls and the tools are missing or must not be called.
    """
    tools = tuple(_tools(document["tools"])) if document.get("tools", []) != [] else ()
    choice = document.get("tool_choice", "auto")
    called = any(isinstance(part, ToolUse) for message in messages for part in message.parts)
    if called and not tools:
        raise InvalidRequest("messages has tool_calls, so Bedrock wants the tools too: send them again", "tools")
    if choice != "none":
        return Toolbox(tools, _choice(choice, tools))
    if called:
        raise InvalidRequest(
            "tool_choice 'none' can't be kept: messages has tool_calls, so Bedrock wants the tools, and can't be told "
            "to call none of them; use 'auto', or leave the calls and their results out of messages",
            "tool_choice",
        )
    return Toolbox()


def _tools(value: object) -> list[Tool]:
    tools = [_tool(item, f"tools[{index}]") for index, item in enumerate(fields.items(value, "tools"))]
    if twice := fields.first_repeated(tool.name for tool in tools):
        raise InvalidRequest(f"tools has {twice!r} twice", "tools")
    return tools


def _tool(value: object, where: str) -> Tool:
    item = fields.record(value, ("type", "function"), where)
    fields.one_of(item.get("type"), ("function",), f"{where}.type")
    where = f"{where}.function"
    function = fields.record(item.get("function"), ("name", "description", "parameters", "strict"), where)
    description = function.get("description", "")
    if not isinstance(description, str):
        raise InvalidRequest(f"{where}.description must be text", f"{where}.description")
    return Tool(
        fields.matching(function.get("name"), TOOL_NAME, f"{where}.name"),
        fields.encodable(description, f"{where}.description") or None,
        fields.an_object(function.get("parameters", {}), f"{where}.parameters") or NO_PARAMETERS,
        fields.flag(function.get("strict", False), f"{where}.strict"),
    )


def _choice(value: object, tools: tuple[Tool, ...]) -> AnyTool | OneTool | None:
    if isinstance(value, dict):
        choice: AnyTool | OneTool | None = _one(value, tools)
    else:
        choice = AnyTool() if fields.one_of(value, CHOICES, "tool_choice") == "required" else None
    if choice is not None and not tools:
        raise InvalidRequest("tool_choice wants a tool to be called, but there are no tools", "tool_choice")
    return choice


def _one(value: dict[str, Any], tools: tuple[Tool, ...]) -> OneTool:
    choice = fields.record(value, ("type", "function"), "tool_choice")
    fields.one_of(choice.get("type"), ("function",), "tool_choice.type")
    function = fields.record(choice.get("function"), ("name",), "tool_choice.function")
    return OneTool(fields.one_of(function.get("name"), [tool.name for tool in tools], "tool_choice.function.name"))
