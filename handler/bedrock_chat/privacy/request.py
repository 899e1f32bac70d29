"""A request as the model may see it: placeholders for the personal data in all of its texts."""

import json
from typing import TYPE_CHECKING, Any

from bedrock_chat.attachments import UNNAMED, with_distinct_documents
from bedrock_chat.conversation import Document, Image, Reasoning, Text, ToolResult, ToolUse
from bedrock_chat.errors import InvalidRequest
from bedrock_chat.privacy import patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from bedrock_chat.conversation import ChatRequest, JsonSchema, Message, Part, Tool
    from bedrock_chat.privacy.findings import DetectAll
    from bedrock_chat.privacy.placeholders import PlaceholderMap

    Change: TypeAlias = Callable[[str], str]

# Files that are read as they are; in all others the text is packed.
TEXT_FORMATS = ("csv", "html", "md", "txt")
# No phone number, card or account is shorter.
MIN_NUMBER_CHARACTERS = 7
# What a JSON schema's validator goes by, beside all that begins with a dollar sign: no words for the model.
SCHEMA_TERMS = frozenset({"type", "format", "pattern", "required"})


def redacted(request: "ChatRequest", detect_all: "DetectAll", placeholders: "PlaceholderMap") -> "ChatRequest":
    """The request with placeholders for the personal data in its texts, which `placeholders` learns.

    What is found in one text is replaced in all of them, the earlier ones too. The texts are the messages, the calls of
    tools and their results, files of TEXT_FORMATS, the client's instructions and stop sequences, and what describes
    tools and schemas. Names of tools and ids are the client's code's.

    Raises:
        PrivacyError: nobody can say which personal data is in the texts.
        InvalidRequest: there is personal data in the request's metadata, where Bedrock takes no placeholder.
    """
    texts: dict[str, None] = {}

    def collected(text: str) -> str:
        texts[text] = None
        return text

    _changed(request, collected)
    findings = dict(zip(texts, detect_all([*texts]), strict=True))
    for text, found in findings.items():
        placeholders.redact(text, found)
    _refuse_metadata(request, placeholders)
    return _changed(request, lambda text: placeholders.redact(text, findings[text]))


def refuse_attachments(request: "ChatRequest") -> None:
    """Raises InvalidRequest for an image, or a file whose text can't be read."""
    for part in _parts(request):
        if isinstance(part, Image):
            raise _unreadable("an image")
        if isinstance(part, Document) and _document_text(part) is None:
            raise _unreadable(f"a file of the format {part.format}" if part.format not in TEXT_FORMATS else "a file")


def _unreadable(what: str) -> InvalidRequest:
    return InvalidRequest(
        f"messages hold {what}, in which personal data can't be replaced: send its text instead, as UTF-8; "
        "the server's operator can allow it with chat.redaction.allow_attachments = true",
        "messages",
    )


def _parts(request: "ChatRequest") -> "Iterator[Part]":
    for message in request.messages:
        for part in message.parts:
            yield part
            if isinstance(part, ToolResult):
                yield from part.content


def _document_text(document: Document) -> str | None:
    """The text of a file; None where it is in no form that can be changed."""
    if document.format not in TEXT_FORMATS:
        return None
    try:
        return document.data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _refuse_metadata(request: "ChatRequest", placeholders: "PlaceholderMap") -> None:
    """What goes into Bedrock's invocation log may have neither personal data nor a placeholder's brackets.

    A model would take any identifier for a name: here the patterns decide, and what the conversation knows.
    """
    metadata = request.metadata or {}
    for where, text in (
        ("user", request.user or ""),
        *(("metadata", each) for each in (*metadata, *metadata.values())),
    ):
        if placeholders.redact(text, patterns.detect(text)) != text:
            raise InvalidRequest(
                f"{where} holds personal data, which may not get into Bedrock's log: send an identifier of your own",
                where,
            )


def _changed(request: "ChatRequest", change: "Change") -> "ChatRequest":
    """The request with each of its texts changed, always in the same order."""
    return request._replace(
        system=request.system and change(request.system),
        messages=with_distinct_documents(_message(message, change) for message in request.messages),
        stop=tuple(map(change, request.stop)),
        tools=tuple(_tool(tool, change) for tool in request.tools),
        json_schema=request.json_schema and _json_schema(request.json_schema, change),
    )


def _message(message: "Message", change: "Change") -> "Message":
    return message._replace(parts=tuple(_part(part, change) for part in message.parts))


def _part(part: "Part", change: "Change") -> "Part":
    match part:
        case Text(text) | Reasoning(text, _):
            return part._replace(text=change(text))
        case ToolUse():
            return part._replace(input=_value(part.input, change))
        case ToolResult():
            content = tuple(
                each._replace(text=change(each.text)) if isinstance(each, Text) else each for each in part.content
            )
            return part._replace(content=content)
        case Document():
            return _document(part, change)
    return part


def _document(document: Document, change: "Change") -> Document:
    # Bedrock takes no underscore in a name, and so no placeholder.
    if change(document.name) != document.name:
        document = document._replace(name=UNNAMED)
    text = _document_text(document)
    return document if text is None else document._replace(data=change(text).encode())


def _value(value: Any, change: "Change") -> Any:  # noqa: ANN401 - any JSON
    """A tool's input; a number that is personal data becomes a placeholder's text."""
    match value:
        case str():
            return change(value)
        case dict():
            return {change(name): _value(each, change) for name, each in value.items()}
        case list():
            return [_value(each, change) for each in value]
        case int() | float() if len(text := json.dumps(value)) >= MIN_NUMBER_CHARACTERS:
            changed = change(text)
            return value if changed == text else changed
    return value


def _tool(tool: "Tool", change: "Change") -> "Tool":
    description = tool.description and change(tool.description)
    return tool._replace(description=description, input_schema=_schema(tool.input_schema, change))


def _json_schema(schema: "JsonSchema", change: "Change") -> "JsonSchema":
    description = schema.description and change(schema.description)
    return schema._replace(description=description, schema=_schema(schema.schema, change))


def _schema(value: Any, change: "Change") -> Any:  # noqa: ANN401 - any JSON
    """A JSON schema, with the names of its properties as they are."""
    match value:
        case str():
            return change(value)
        case dict():
            return {name: each if _is_term(name) else _schema(each, change) for name, each in value.items()}
        case list():
            return [_schema(each, change) for each in value]
    return value


def _is_term(name: str) -> bool:
    return name in SCHEMA_TERMS or name.startswith("$")
