"""What the AI SDK's transports post, checked against the operator's settings before anything is spent on it."""

from typing import TYPE_CHECKING, Any, NamedTuple

from bedrock_chat import fields
from bedrock_chat.ai_sdk.messages import ASSISTANT, read_messages, system_text, turns
from bedrock_chat.chat_request import instruction_count, options
from bedrock_chat.conversation import TOOL_NAME, AnyTool, ChatRequest, OneTool, Tool
from bedrock_chat.errors import InvalidRequest

if TYPE_CHECKING:
    from bedrock_chat.ai_sdk.messages import UiMessage
    from bedrock_chat.settings import Settings

# The names that a chat and its messages have on the page: nothing here depends on them.
NAMES = ("id", "messageId")
OPTIONS = ("model", "max_tokens", "temperature", "top_p", "stop", "reasoning_effort")
FIELDS = frozenset({*NAMES, *OPTIONS, "messages", "trigger", "tools", "toolChoice"})
TRIGGERS = ("submit-message", "regenerate-message")
EXAMPLE = '{"messages": [{"role": "user", "parts": [{"type": "text", "text": "Hello"}]}]}'
AUTO = "auto"
REQUIRED = "required"


class UiRequest(NamedTuple):
    """What a page asks; `continued_id` is the assistant's message that the answer goes on with, if it does."""

    chat: ChatRequest
    continued_id: str | None


def parse_ui_request(body: bytes, settings: "Settings") -> UiRequest:
    """The request in `body`: `{"id", "messages", "trigger", "messageId"}`, and options, tools and `toolChoice`.

    Both triggers are the same here: the page has taken the old answer out before it asks for another.

    Raises:
        RequestTooLarge: `body` is longer than the operator allows.
        InvalidRequest: `body` breaks a rule, or asks for what the model can't do; the message says which and where.
    """
    document = fields.json_object(body, settings.max_input_bytes, EXAMPLE)
    fields.refuse_unknown(document, FIELDS)
    fields.one_of(document.get("trigger", TRIGGERS[0]), TRIGGERS, "trigger")
    messages = read_messages(document.get("messages"))
    system, spoken = _split(messages, settings)
    tools = _tools(document)
    chat = ChatRequest(
        messages=turns(spoken),
        tools=tools,
        tool_choice=_tool_choice(document, tools),
        system=system,
        **options(document, settings),
    )
    settings.capabilities_of(chat.model_id).check(chat)
    return UiRequest(chat, messages[-1].message_id if messages[-1].role == ASSISTANT else None)


def _split(messages: "list[UiMessage]", settings: "Settings") -> "tuple[str | None, list[UiMessage]]":
    """What the system's messages at the beginning say, and the other messages."""
    count = instruction_count([message.role for message in messages], settings)
    if count == len(messages):
        raise InvalidRequest("messages must hold one of the user's", "messages")
    return "\n\n".join(map(system_text, messages[:count])).strip() or None, messages[count:]


def _tools(document: dict[str, Any]) -> tuple[Tool, ...]:
    tools = document.get("tools", [])
    if tools == []:
        return ()
    return tuple(_tool(item, f"tools[{index}]") for index, item in enumerate(fields.items(tools, "tools")))


def _tool(item: object, where: str) -> Tool:
    tool = fields.record(item, ("name", "description", "inputSchema"), where)
    description = fields.text(tool["description"], f"{where}.description") if "description" in tool else None
    schema = fields.an_object(tool.get("inputSchema"), f"{where}.inputSchema")
    return Tool(fields.matching(tool.get("name"), TOOL_NAME, f"{where}.name"), description, schema)


def _tool_choice(document: dict[str, Any], tools: tuple[Tool, ...]) -> AnyTool | OneTool | None:
    choice = document.get("toolChoice", AUTO)
    if choice == AUTO:
        return None
    if not tools:
        raise InvalidRequest("toolChoice needs tools to choose from", "toolChoice")
    if choice == REQUIRED:
        return AnyTool()
    if not isinstance(choice, dict) or choice.keys() != {"type", "toolName"} or choice["type"] != "tool":
        raise InvalidRequest(
            f'toolChoice must be \'auto\', \'required\' or {{"type": "tool", "toolName": ...}}, '
            f"not {fields.shown(choice)}; to have none called, send no tools",
            "toolChoice",
        )
    return OneTool(fields.one_of(choice["toolName"], [tool.name for tool in tools], "toolChoice.toolName"))
