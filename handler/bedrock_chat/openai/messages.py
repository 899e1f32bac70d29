"""The messages of a chat completion as the turns of a conversation.

Source: platform.openai.com/docs/api-reference/chat/create#chat-create-messages
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from bedrock_chat import attachments, fields
from bedrock_chat.chat_request import instructions_refused, instructions_too_late
from bedrock_chat.conversation import TOOL_CALL_ID, TOOL_NAME, Message, Text, ToolResult, ToolUse
from bedrock_chat.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from bedrock_chat.conversation import Document, Image, Part

    PartReader: TypeAlias = Callable[[object, str], Part]

INSTRUCTIONS = ("system", "developer")
ROLES = ("user", "assistant", "tool", *INSTRUCTIONS)
# What the model is told of a tool that said nothing: Bedrock takes no blank text.
NO_OUTPUT = "(no output)"


class Conversation(NamedTuple):
    """The client's instructions, or None, and the turns: the user's and the assistant's by turns, the user's first."""

    system: str | None
    messages: tuple[Message, ...]


def parse_messages(value: object, *, client_system_prompt: bool) -> Conversation:
    """The conversation that a client's `messages` are.

    Neighbours of one Converse role become one turn, as Converse wants turns to alternate; a tool's result is the
    user's. Instructions stand before the first turn: moved there from a later place, they would mean something else.

    Raises:
        InvalidRequest: a message breaks a rule, or holds instructions and `client_system_prompt` is false.
    """
    conversation = _Conversation()
    for index, item in enumerate(fields.items(value, "messages")):
        where = f"messages[{index}]"
        role = fields.one_of(fields.an_object(item, where).get("role"), ROLES, f"{where}.role")
        if role in INSTRUCTIONS:
            if not client_system_prompt:
                raise instructions_refused(role, where)
            conversation.instruct(_instructions(item, where), where)
        elif role == "tool":
            conversation.answer_call(_tool_result(item, where), where)
        else:
            parts = _user(item, where) if role == "user" else _assistant(item, where)
            # A turn with nothing in it, as of an answer that failed at once: Bedrock takes none.
            if parts:
                conversation.say(role, parts, where)
    return conversation.whole()


class _Conversation:
    """Takes messages one by one. Every call of a tool must be answered before anything else is said."""

    def __init__(self) -> None:
        self._instructions: list[str] = []
        self._turns: list[tuple[str, list[Part]]] = []
        # A dict for its order and its speed; a client may send thousands of calls.
        self._unanswered: dict[str, None] = {}

    def instruct(self, text: str, where: str) -> None:
        if self._turns:
            raise instructions_too_late(where)
        self._instructions.append(text)

    def say(self, role: str, parts: "list[Part]", where: str) -> None:
        self._refuse_unanswered(f"before {where}")
        if not self._turns and role != "user":
            raise InvalidRequest(f"{where}.role must be 'user': a conversation begins with the user", f"{where}.role")
        self._unanswered = dict.fromkeys(part.tool_call_id for part in parts if isinstance(part, ToolUse))
        self._add(role, parts)

    def answer_call(self, result: ToolResult, where: str) -> None:
        if result.tool_call_id not in self._unanswered:
            raise InvalidRequest(
                f"{where}.tool_call_id is {fields.shown(result.tool_call_id)}, which is no call in the assistant's "
                "message before it that still waits for a result",
                f"{where}.tool_call_id",
            )
        del self._unanswered[result.tool_call_id]
        self._add("user", [result])

    def whole(self) -> Conversation:
        self._refuse_unanswered("at the end of messages")
        if not self._turns or self._turns[-1][0] != "user":
            raise InvalidRequest("the last of messages must be the user's or a tool's", "messages")
        turns = (Message(role, tuple(parts)) for role, parts in self._turns)
        system = "\n\n".join(self._instructions) or None
        return Conversation(system, attachments.with_distinct_documents(turns))

    def _refuse_unanswered(self, place: str) -> None:
        if self._unanswered:
            waiting = next(iter(self._unanswered))
            raise InvalidRequest(
                f"the tool call {fields.shown(waiting)} has no result: a message of role 'tool' is missing {place}",
                "messages",
            )

    def _add(self, role: str, parts: "list[Part]") -> None:
        if self._turns and self._turns[-1][0] == role:
            self._turns[-1][1].extend(parts)
        else:
            self._turns.append((role, parts))


def _instructions(item: object, where: str) -> str:
    message = fields.record(item, ("role", "content"), where)
    return "\n\n".join(_texts(message.get("content"), f"{where}.content", fields.text))


def _user(item: object, where: str) -> "list[Part]":
    message = fields.record(item, ("role", "content"), where)
    return _contents(message.get("content"), f"{where}.content", USER_PARTS)


def _assistant(item: object, where: str) -> "list[Part]":
    """What it says and calls, which may be nothing.

    Its reasoning stays behind: Bedrock takes none back without a signature, which this protocol has no place for.
    """
    message = fields.record(item, ASSISTANT_FIELDS, where)
    if message.get("annotations"):
        raise InvalidRequest(f"{where}.annotations must be left out or empty", f"{where}.annotations")
    parts: list[Part] = []
    content, refusal = message.get("content", ""), message.get("refusal")
    # Models write a line end before they call a tool; Bedrock takes no blank text back.
    if not _is_blank(content):
        parts += _contents(content, f"{where}.content", ASSISTANT_PARTS)
    if not _is_blank(refusal or ""):
        parts.append(Text(fields.text(refusal, f"{where}.refusal")))
    if message.get("tool_calls", []) != []:
        parts += _tool_calls(message["tool_calls"], f"{where}.tool_calls")
    return parts


def _is_blank(content: object) -> bool:
    """Whether it is blank text, or a list of nothing but such."""
    if isinstance(content, list):
        texts = (part["text"] if _is_text(part) else None for part in content)
        return all(map(_is_blank, texts))
    return isinstance(content, str) and not content.strip()


def _is_text(part: object) -> bool:
    return isinstance(part, dict) and part.keys() == {"type", "text"} and part["type"] == "text"


def _tool_result(item: object, where: str) -> ToolResult:
    message = fields.record(item, ("role", "content", "tool_call_id"), where)
    texts = _texts(message.get("content", ""), f"{where}.content", _output)
    tool_call_id = fields.matching(message.get("tool_call_id"), TOOL_CALL_ID, f"{where}.tool_call_id")
    return ToolResult(tool_call_id, tuple(map(Text, texts)) or (Text(NO_OUTPUT),))


def _output(value: object, where: str) -> str:
    if isinstance(value, str) and not value.strip():
        return NO_OUTPUT
    return fields.text(value, where)


def _texts(value: object, where: str, read: "Callable[[object, str], str]") -> list[str]:
    """The texts of a content that takes nothing else."""
    if not isinstance(value, list):
        return [read(value, where)]
    return [_text_of(part, f"{where}[{index}]", read) for index, part in enumerate(value)]


def _text_of(value: object, where: str, read: "Callable[[object, str], str]") -> str:
    part = fields.record(value, ("type", "text"), where)
    fields.one_of(part.get("type"), ("text",), f"{where}.type")
    return read(part.get("text"), f"{where}.text")


def _contents(value: object, where: str, readers: "Mapping[str, PartReader]") -> "list[Part]":
    if not isinstance(value, list):
        return [Text(fields.text(value, where))]
    return [_part(part, f"{where}[{index}]", readers) for index, part in enumerate(fields.items(value, where))]


def _part(value: object, where: str, readers: "Mapping[str, PartReader]") -> "Part":
    kind = fields.one_of(fields.an_object(value, where).get("type"), readers, f"{where}.type")
    return readers[kind](value, where)


def _text(value: object, where: str) -> Text:
    return Text(_text_of(value, where, fields.text))


def _refusal(value: object, where: str) -> Text:
    part = fields.record(value, ("type", "refusal"), where)
    return Text(fields.text(part.get("refusal"), f"{where}.refusal"))


def _image(value: object, where: str) -> "Image":
    where = f"{where}.image_url"
    picture = fields.record(
        fields.record(value, ("type", "image_url"), where).get("image_url"), ("url", "detail"), where
    )
    # Bedrock has no levels of detail to choose from.
    fields.one_of(picture.get("detail", "auto"), ("auto",), f"{where}.detail")
    return attachments.image(picture.get("url"), f"{where}.url")


def _file(value: object, where: str) -> "Document":
    where = f"{where}.file"
    file = fields.record(fields.record(value, ("type", "file"), where).get("file"), ("file_data", "filename"), where)
    filename = fields.text(file.get("filename", attachments.UNNAMED), f"{where}.filename")
    return attachments.document(file.get("file_data"), filename, f"{where}.file_data")


USER_PARTS: "Mapping[str, PartReader]" = {"text": _text, "image_url": _image, "file": _file}
ASSISTANT_PARTS: "Mapping[str, PartReader]" = {"text": _text, "refusal": _refusal}
ASSISTANT_FIELDS = ("role", "content", "tool_calls", "refusal", "reasoning_content", "annotations")


def _tool_calls(value: object, where: str) -> list[ToolUse]:
    calls = [_tool_call(item, f"{where}[{index}]") for index, item in enumerate(fields.items(value, where))]
    if twice := fields.first_repeated(call.tool_call_id for call in calls):
        raise InvalidRequest(f"{where} has the id {twice!r} twice", where)
    return calls


def _tool_call(value: object, where: str) -> ToolUse:
    # OpenAI's own packages leave a chunk's index in the calls that they gather; the order of the list says the same.
    call = fields.record(value, ("id", "type", "function", "index"), where)
    fields.one_of(call.get("type"), ("function",), f"{where}.type")
    function = fields.record(call.get("function"), ("name", "arguments"), f"{where}.function")
    return ToolUse(
        fields.matching(call.get("id"), TOOL_CALL_ID, f"{where}.id"),
        fields.matching(function.get("name"), TOOL_NAME, f"{where}.function.name"),
        _arguments(function.get("arguments"), f"{where}.function.arguments"),
    )


def _arguments(value: object, where: str) -> dict[str, Any]:
    """The tool's input; a call of a tool that takes none may say so with no text at all."""
    try:
        arguments = fields.json_value(value or "{}") if isinstance(value, str) else None
    except ValueError as error:
        raise InvalidRequest(f"{where} can't be read as JSON: {error}", where) from error
    if not isinstance(arguments, dict):
        raise InvalidRequest(f"{where} must be text that holds a JSON object, not {fields.shown(value)}", where)
    return arguments
