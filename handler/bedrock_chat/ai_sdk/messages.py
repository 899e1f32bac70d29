"""The AI SDK's UI messages as the turns of a conversation.

Source: ai-sdk.dev/docs/reference/ai-sdk-core/ui-message
"""

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from bedrock_chat import fields
from bedrock_chat.ai_sdk.tool_parts import call_and_result, tool_name
from bedrock_chat.attachments import document, image, with_distinct_documents
from bedrock_chat.chat_request import instructions_too_late
from bedrock_chat.conversation import Message, Reasoning, Text
from bedrock_chat.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from bedrock_chat.conversation import Part

    UiPart: TypeAlias = dict[str, Any]

USER = "user"
ASSISTANT = "assistant"
SYSTEM = "system"
ROLES = (USER, ASSISTANT, SYSTEM)
# What the page shows and the model never said or saw.
PAGE_ONLY = ("source-url", "source-document")
DATA = "data-"


class UiMessage(NamedTuple):
    """One message of the page; `where` is the way to it in the request."""

    role: str
    message_id: str | None
    parts: "list[UiPart]"
    where: str


def read_messages(value: object) -> list[UiMessage]:
    """The messages in a request's field `messages`.

    Raises:
        InvalidRequest: one has not the form of a UI message.
    """
    return [_message(item, f"messages[{index}]") for index, item in enumerate(fields.items(value, "messages"))]


def system_text(message: UiMessage) -> str:
    """What a message of the system's says.

    Raises:
        InvalidRequest: it has a part that is no text.
    """
    texts = []
    for part, where in _parts(message):
        fields.one_of(part["type"], ("text",), f"{where}.type")
        texts.append(_text(part, where))
    return "".join(texts)


def turns(messages: list[UiMessage]) -> tuple[Message, ...]:
    """The turns that the messages of the user and the assistant make; they begin and end with the user's.

    A message of the assistant's with several steps is as many turns, and between them the outputs of its tools. Turns
    of the same side that follow one another, as after an answer that failed, are one.

    Raises:
        InvalidRequest: there is something in them that the model can't be told, or nothing to answer.
    """
    made: list[Message] = []
    for message in messages:
        is_last = message is messages[-1]
        count = len(made)
        made += _turns(message, is_last=is_last)
        if is_last and len(made) == count:
            raise InvalidRequest(f"{message.where} says nothing: it has neither text nor a file", message.where)
    merged = [
        Message(role, tuple(part for turn in neighbours for part in turn.parts))
        for role, neighbours in groupby(made, lambda turn: turn.role)
    ]
    _check_ends(merged)
    return with_distinct_documents(merged)


def _check_ends(merged: list[Message]) -> None:
    if merged[0].role != USER:
        raise InvalidRequest("the first message must be the user's: leave out a greeting of the page", "messages")
    if merged[-1].role != USER:
        raise InvalidRequest("the last message must be the user's, or end with the output of a tool", "messages")


def _message(item: object, where: str) -> UiMessage:
    message = fields.an_object(item, where)
    role = fields.one_of(message.get("role"), ROLES, f"{where}.role")
    parts = message.get("parts")
    if not isinstance(parts, list):
        raise InvalidRequest(f"{where}.parts must be a list of parts, not {fields.shown(parts)}", f"{where}.parts")
    for index, part in enumerate(parts):
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise InvalidRequest(f"{where}.parts[{index}] must be an object with a type", f"{where}.parts[{index}]")
    message_id = message.get("id")
    return UiMessage(role, message_id if isinstance(message_id, str) else None, parts, where)


def _parts(message: UiMessage) -> "Iterator[tuple[UiPart, str]]":
    """Each part that is for the model, and the way to it."""
    for index, part in enumerate(message.parts):
        if not part["type"].startswith(DATA) and part["type"] not in PAGE_ONLY:
            yield part, f"{message.where}.parts[{index}]"


def _turns(message: UiMessage, *, is_last: bool) -> "Iterable[Message]":
    if message.role == SYSTEM:
        raise instructions_too_late(message.where)
    if message.role == ASSISTANT:
        return _assistant_turns(message, is_last=is_last)
    parts = [made for part, where in _parts(message) for made in _user_part(part, where)]
    return [Message(USER, tuple(parts))] if parts else []


def _user_part(part: "UiPart", where: str) -> "list[Part]":
    if part["type"] == "file":
        return [_file(part, where)]
    fields.one_of(part["type"], ("text", "file"), f"{where}.type")
    return _spoken(part, where)


def _file(part: "UiPart", where: str) -> "Part":
    """The picture or document in the part's data URL, which also says of what type it is."""
    url, filename = part.get("url"), part.get("filename")
    if isinstance(url, str) and url.lower().startswith("data:image/"):
        return image(url, f"{where}.url")
    return document(url, filename if isinstance(filename, str) else "", f"{where}.url")


def _assistant_turns(message: UiMessage, *, is_last: bool) -> "Iterator[Message]":
    said: list[Part] = []
    results: list[Part] = []
    for part, where in _parts(message):
        if part["type"] == "step-start":
            yield from _step(said, results)
            said, results = [], []
        elif name := tool_name(part, where):
            call = call_and_result(part, name, where, is_last=is_last)
            said += call[:1]
            results += call[1:]
        else:
            said += _assistant_part(part, where)
    yield from _step(said, results)


def _step(said: "list[Part]", results: "list[Part]") -> "Iterator[Message]":
    # Reasoning that led to nothing, as where the user stopped the answer: models refuse a turn that ends with it.
    while said and isinstance(said[-1], Reasoning):
        said.pop()
    if said:
        yield Message(ASSISTANT, tuple(said))
    if results:
        yield Message(USER, tuple(results))


def _assistant_part(part: "UiPart", where: str) -> "list[Part]":
    if part["type"] == "reasoning":
        signature = _signature(part)
        # Bedrock takes only reasoning that it can prove to be the model's own.
        return [Reasoning(_text(part, where), signature)] if signature else []
    known = ("text", "reasoning", "dynamic-tool", "tool-NAME", "step-start", *PAGE_ONLY, "data-NAME")
    if part["type"] != "text":
        raise InvalidRequest(
            f"{where}.type must be one of {', '.join(known)}, not {fields.shown(part['type'])}", f"{where}.type"
        )
    return _spoken(part, where)


def _spoken(part: "UiPart", where: str) -> "list[Part]":
    """The words of a part. Blank ones, which pages send beside a file, say nothing, and Bedrock refuses them."""
    text = _text(part, where)
    return [Text(text)] if text.strip() else []


def _text(part: "UiPart", where: str) -> str:
    text = part.get("text")
    if not isinstance(text, str):
        raise InvalidRequest(f"{where}.text must be text, not {fields.shown(text)}", f"{where}.text")
    return fields.encodable(text, f"{where}.text")


def _signature(part: "UiPart") -> str | None:
    metadata = part.get("providerMetadata")
    bedrock = metadata.get("bedrock") if isinstance(metadata, dict) else None
    signature = bedrock.get("signature") if isinstance(bedrock, dict) else None
    return signature if isinstance(signature, str) else None
