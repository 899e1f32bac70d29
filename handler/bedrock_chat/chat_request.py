"""A client's chat request, checked against the operator's settings before anything is spent on it."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bedrock_chat.errors import InvalidRequest, RequestTooLarge

if TYPE_CHECKING:
    from bedrock_chat.settings import Settings

FIELDS = frozenset({"message", "messages", "model", "max_tokens", "temperature", "top_p", "stop"})
ROLES = ("user", "assistant")
MAX_STOP_SEQUENCES = 4
MAX_SHOWN_CHARACTERS = 80


class Message(NamedTuple):
    """One turn of the conversation."""

    role: str
    text: str


class ChatRequest(NamedTuple):
    """What to ask which model; a None leaves the choice to the model."""

    model_id: str
    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()


def parse_chat_request(body: bytes, settings: "Settings") -> ChatRequest:
    """The request in `body`: `{"message": TEXT}` or `{"messages": [{"role", "content"}, ...]}`, and options.

    The messages begin and end with the user's and take turns. There is no system role: that prompt is the operator's.

    Raises:
        RequestTooLarge: `body` is longer than the operator allows.
        InvalidRequest: `body` breaks a rule; the message says which and where.
    """
    if len(body) > settings.max_input_bytes:
        raise RequestTooLarge(f"the body is {len(body)} bytes, at most {settings.max_input_bytes} are allowed")
    document = _parse_json_object(body)
    unknown = sorted(document.keys() - FIELDS)
    if unknown:
        raise InvalidRequest(f"unknown field {_shown(unknown[0])}; known are {', '.join(sorted(FIELDS))}")
    return ChatRequest(
        model_id=_model_id(document, settings),
        messages=_messages(document),
        max_tokens=_max_tokens(document, settings),
        temperature=_fraction(document, "temperature"),
        top_p=_fraction(document, "top_p"),
        stop=_stop(document),
    )


def _parse_json_object(body: bytes) -> dict[str, Any]:
    if not body:
        raise InvalidRequest('the body is empty: send a JSON object such as {"message": "Hello"}')
    try:
        document = json.loads(body.decode(), parse_constant=_refuse_constant)
    except ValueError as error:
        raise InvalidRequest(f"the body is not JSON in UTF-8: {error}") from error
    except RecursionError as error:
        raise InvalidRequest("the body is nested too deeply") from error
    if not isinstance(document, dict):
        raise InvalidRequest('the body must be a JSON object such as {"message": "Hello"}')
    # An option that is null is one that isn't given: many clients send all that they know.
    return {name: value for name, value in document.items() if value is not None}


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _model_id(document: dict[str, Any], settings: "Settings") -> str:
    model_id = document.get("model", settings.model_id)
    if not isinstance(model_id, str) or model_id not in settings.allowed_model_ids:
        allowed = ", ".join(sorted(settings.allowed_model_ids))
        raise InvalidRequest(f"model {_shown(model_id)} is not offered here; offered are {allowed}")
    return model_id


def _messages(document: dict[str, Any]) -> tuple[Message, ...]:
    if ("message" in document) == ("messages" in document):
        raise InvalidRequest("exactly one of 'message' and 'messages' must be given")
    if "message" in document:
        return (Message("user", _text(document["message"], "message")),)
    items = document["messages"]
    if not isinstance(items, list) or not items:
        raise InvalidRequest("'messages' must be a list of at least one message")
    messages = tuple(_message(item, f"messages[{index}]") for index, item in enumerate(items))
    for index, message in enumerate(messages):
        expected = ROLES[index % 2]
        if message.role != expected:
            raise InvalidRequest(
                f"messages[{index}].role must be {expected!r}: the turns alternate and begin with the user's"
            )
    if messages[-1].role != "user":
        raise InvalidRequest("the last message must be the user's")
    return messages


def _message(item: object, where: str) -> Message:
    if not isinstance(item, dict) or item.keys() != {"role", "content"}:
        raise InvalidRequest(f"{where} must be an object with exactly the fields role and content")
    role = item["role"]
    if role == "system":
        raise InvalidRequest(f"{where}.role must not be 'system': the system prompt is set on the server")
    if role not in ROLES:
        raise InvalidRequest(f"{where}.role must be 'user' or 'assistant', not {_shown(role)}")
    content = item["content"]
    if isinstance(content, list):
        content = "".join(_text_part(part, f"{where}.content[{index}]") for index, part in enumerate(content))
    return Message(role, _text(content, f"{where}.content"))


def _text_part(part: object, where: str) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise InvalidRequest(f'{where} must be a text part: {{"type": "text", "text": "..."}}')


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequest(f"{where} must be text that is not blank")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"{where} holds half of a surrogate pair: {error}") from error
    return value


def _max_tokens(document: dict[str, Any], settings: "Settings") -> int:
    value = document.get("max_tokens", settings.max_tokens)
    if type(value) is not int or not 1 <= value <= settings.max_tokens:
        raise InvalidRequest(f"max_tokens must be a whole number from 1 to {settings.max_tokens}, not {_shown(value)}")
    return value


def _fraction(document: dict[str, Any], name: str) -> float | None:
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidRequest(f"{name} must be a number from 0 to 1, not {_shown(value)}")
    return float(value)


def _stop(document: dict[str, Any]) -> tuple[str, ...]:
    value = document.get("stop", [])
    sequences = value if isinstance(value, list) else [value]
    if len(sequences) > MAX_STOP_SEQUENCES:
        raise InvalidRequest(f"stop must hold at most {MAX_STOP_SEQUENCES} texts, not {len(sequences)}")
    return tuple(_text(sequence, "stop") for sequence in sequences)


def _shown(value: object) -> str:
    """A client's value in an error message, cut so that an answer can't be made arbitrarily long."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[:MAX_SHOWN_CHARACTERS]}..."
