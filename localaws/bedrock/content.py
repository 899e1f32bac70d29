"""The messages of a request, block by block. No I/O.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html and
API_runtime_ContentBlock.html beside it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws.bedrock import validation
from localaws.bedrock.media import Document, Image, parse_document, parse_image
from localaws.bedrock.validation import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROLES = ("user", "assistant")
TOOL_USE_ID = "[a-zA-Z0-9_.:-]+"
TOOL_NAME = "[a-zA-Z0-9_-]+"
MAX_ID_CHARACTERS = 64
MAX_IMAGES = 20
MAX_DOCUMENTS = 5


@dataclass(frozen=True, slots=True)
class Text:
    """Words, not blank."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What the model thought aloud in an earlier turn; a signature is not demanded."""

    text: str
    signature: str | None


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call of a tool in an earlier turn."""

    tool_use_id: str
    name: str
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool said; `texts` has a text for each part of it."""

    tool_use_id: str
    texts: tuple[str, ...]
    failed: bool
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A block of a kind that Bedrock knows and the stand-in takes as it is."""

    kind: str


Block = Text | Image | Document | Reasoning | ToolUse | ToolResult | Unchecked
USERS_OWN = (Image, Document, ToolResult)
MODELS_OWN = (ToolUse, Reasoning)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn."""

    role: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The words of the turn, those that a tool said included."""
        return " ".join(itertools.chain.from_iterable(map(_words, self.blocks)))


def parse_messages(value: object) -> tuple[Message, ...]:
    """Return a conversation that begins with the user, whose turns alternate; ValidationError says what is wrong."""
    if not isinstance(value, list) or not value:
        raise ValidationError("The messages field must hold at least one message.")
    messages = tuple(_message(f"messages.{index}", message) for index, message in enumerate(value))
    if messages[0].role != "user":
        raise ValidationError("A conversation must start with a user message.")
    if any(one.role == other.role for one, other in itertools.pairwise(messages)):
        raise ValidationError("A conversation must alternate between user and assistant roles.")
    _check_document_names(messages)
    return messages


def _message(path: str, value: object) -> Message:
    fields = validation.an_object(value, path)
    role = validation.one_of(fields.get("role"), f"{path}.role", ROLES)
    content = fields.get("content")
    if not isinstance(content, list) or not content:
        raise ValidationError(f"The content field in the Message object at {path} is empty. Add a ContentBlock object.")
    blocks = tuple(_block(f"{path}.content.{index}", block) for index, block in enumerate(content))
    _check_kinds(path, role, blocks)
    return Message(role, blocks)


def _check_kinds(path: str, role: str, blocks: tuple[Block, ...]) -> None:
    kinds = Counter(map(type, blocks))
    if any(kinds[kind] for kind in (MODELS_OWN if role == "user" else USERS_OWN)):
        raise ValidationError(f"A block at {path}.content has a kind that the role {role} can't have.")
    if kinds[Image] > MAX_IMAGES:
        raise ValidationError(f"{path}.content has {kinds[Image]} images, and {MAX_IMAGES} is the most.")
    if kinds[Document] > MAX_DOCUMENTS:
        raise ValidationError(f"{path}.content has {kinds[Document]} documents, and {MAX_DOCUMENTS} is the most.")
    if kinds[Document] and not kinds[Text]:
        raise ValidationError(f"{path}.content has a document, so it must also have a text block.")


def _check_document_names(messages: tuple[Message, ...]) -> None:
    """Raise when two documents of a conversation have one name, wherever they are."""
    names = Counter(document.name for message in messages for document in _documents(message))
    if twice := [name for name, count in names.items() if count > 1]:
        raise ValidationError(f"Two documents have the name {twice[0]!r}. Give each document a name of its own.")


def _documents(message: Message) -> Iterator[Document]:
    for block in message.blocks:
        if isinstance(block, Document):
            yield block
        elif isinstance(block, ToolResult):
            yield from block.documents


def _block(path: str, value: object) -> Block:
    kind = validation.only_key(value, path, "ContentBlock", (*PARSERS, *UNCHECKED))
    member = validation.an_object(value, path)[kind]
    return PARSERS[kind](member, path if kind == "text" else f"{path}.{kind}") if kind in PARSERS else Unchecked(kind)


def _text(value: object, path: str) -> Text:
    if not isinstance(value, str) or not value.strip():
        raise ValidationError(
            f"The text field in the ContentBlock object at {path} is blank. Add text to the text field, and try again."
        )
    return Text(value)


def _reasoning(value: object, path: str) -> Block:
    kind = validation.only_key(value, path, "ReasoningContentBlock", ("reasoningText", "redactedContent"))
    if kind == "redactedContent":
        return Unchecked(kind)
    path = f"{path}.reasoningText"
    fields = validation.an_object(validation.an_object(value, path)["reasoningText"], path)
    signature = fields.get("signature")
    return Reasoning(
        validation.a_text(fields.get("text"), f"{path}.text"),
        None if signature is None else validation.a_text(signature, f"{path}.signature"),
    )


def _tool_use(value: object, path: str) -> ToolUse:
    fields = validation.an_object(value, path)
    return ToolUse(
        _tool_use_id(fields, path),
        validation.matching(fields.get("name"), f"{path}.name", TOOL_NAME, MAX_ID_CHARACTERS),
        validation.document(fields.get("input"), f"{path}.input"),
    )


def _tool_result(value: object, path: str) -> ToolResult:
    fields = validation.an_object(value, path)
    content = validation.a_list(fields.get("content"), f"{path}.content")
    status = validation.one_of(fields.get("status") or "success", f"{path}.status", ("success", "error"))
    failed = status == "error"
    if failed and not content:
        raise ValidationError(f"The content field at {path} cannot be empty when status value is error.")
    parts = [_result_part(f"{path}.content.{index}", part) for index, part in enumerate(content)]
    documents = tuple(part for part in parts if isinstance(part, Document))
    return ToolResult(_tool_use_id(fields, path), tuple(map(_said, parts)), failed, documents)


def _tool_use_id(fields: dict[str, Any], path: str) -> str:
    return validation.matching(fields.get("toolUseId"), f"{path}.toolUseId", TOOL_USE_ID, MAX_ID_CHARACTERS)


def _result_part(path: str, value: object) -> str | Image | Document | Unchecked:
    known = ("json", "text", "image", "document", "video", "searchResult")
    kind = validation.only_key(value, path, "ToolResultContentBlock", known)
    member, path = validation.an_object(value, path)[kind], f"{path}.{kind}"
    match kind:
        case "text":
            return validation.a_text(member, path)  # Bedrock takes an empty one here
        case "json":
            return str(validation.document(member, path))
        case "image":
            return parse_image(member, path)
        case "document":
            return parse_document(member, path)
    return Unchecked(kind)


def _said(part: str | Image | Document | Unchecked) -> str:
    match part:
        case str():
            return part
        case Image(image_format):
            return f"({image_format} image)"
        case Document(_, name):
            return f"(document {name})"
    return f"({part.kind})"


def _words(block: Block) -> tuple[str, ...]:
    match block:
        case Text(text):
            return (text,)
        case ToolResult(_, texts):
            return texts
    return ()


PARSERS: dict[str, Callable[[object, str], Block]] = {
    "text": _text,
    "image": parse_image,
    "document": parse_document,
    "toolUse": _tool_use,
    "toolResult": _tool_result,
    "reasoningContent": _reasoning,
}
UNCHECKED = ("video", "audio", "guardContent", "cachePoint", "citationsContent", "searchResult")
