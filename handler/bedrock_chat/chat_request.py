"""The body of `POST /chat`, checked against the operator's settings before anything is spent on it."""

from typing import TYPE_CHECKING, Any

from bedrock_chat import fields
from bedrock_chat.conversation import ChatRequest, Message
from bedrock_chat.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bedrock_chat.capabilities import Capabilities
    from bedrock_chat.settings import Settings

FIELDS = frozenset(
    {"message", "messages", "model", "max_tokens", "temperature", "top_p", "stop", "reasoning_effort"},
)
ROLES = ("user", "assistant")
SYSTEM = "system"
MAX_STOP_SEQUENCES = 4
EXAMPLE = '{"message": "Hello"}'


def parse_chat_request(body: bytes, settings: "Settings") -> ChatRequest:
    """The request in `body`: `{"message": TEXT}` or `{"messages": [{"role", "content"}, ...]}`, and options.

    The messages begin and end with the user's and take turns; instructions, of the role system, may precede them where
    the operator allows it.

    Raises:
        RequestTooLarge: `body` is longer than the operator allows.
        InvalidRequest: `body` breaks a rule; the message says which and where.
    """
    return chat_request(fields.json_object(body, settings.max_input_bytes, EXAMPLE), settings)


def chat_request(document: dict[str, Any], settings: "Settings") -> ChatRequest:
    """The same of a body that is read already."""
    if "session" in document:
        raise InvalidRequest("this server keeps no conversations: send 'messages' without a session", "session")
    fields.refuse_unknown(document, FIELDS)
    instructions, messages = _conversation(document, settings)
    return ChatRequest(messages=messages, system="\n\n".join(instructions) or None, **options(document, settings))


def instruction_count(roles: "Sequence[str]", settings: "Settings") -> int:
    """How many messages at the beginning give the client's instructions.

    Raises:
        InvalidRequest: there are some, where only the operator may give any.
    """
    count = next((index for index, role in enumerate(roles) if role != SYSTEM), len(roles))
    if count and not settings.client_system_prompt:
        raise instructions_refused(SYSTEM, "messages[0]")
    return count


def instructions_refused(role: str, where: str) -> InvalidRequest:
    """The refusal of a message of a `role` that gives instructions, where only the operator may."""
    return InvalidRequest(
        f"{where}.role is {role!r}, but instructions are set on the server; "
        "its operator can allow more with chat.client_system_prompt = true",
        f"{where}.role",
    )


def instructions_too_late(where: str) -> InvalidRequest:
    """The refusal of instructions in the midst of a conversation."""
    return InvalidRequest(
        f"{where} gives instructions: they must come before all other messages, since Bedrock takes them apart",
        f"{where}.role",
    )


def options(document: dict[str, Any], settings: "Settings") -> dict[str, Any]:
    """The fields of a ChatRequest that every form of request names alike: the model and how it shall answer.

    Raises:
        InvalidRequest: one of them is wrong.
    """
    model = model_id(document, settings)
    capabilities = settings.capabilities_of(model)
    return {
        "model_id": model,
        "max_tokens": fields.whole_number(
            document.get("max_tokens", settings.max_tokens), 1, settings.max_tokens, "max_tokens"
        ),
        "temperature": _fraction(document, "temperature"),
        "top_p": _fraction(document, "top_p"),
        "stop": stop(document),
        "additional_fields": _additional_fields(document, capabilities, model),
        "cache_points": capabilities.prompt_caching,
        "cache_ttl": capabilities.prompt_cache_ttl,
    }


def _additional_fields(
    document: dict[str, Any], capabilities: "Capabilities", model: str
) -> "Mapping[str, Any] | None":
    effort = document.get("reasoning_effort", capabilities.default_reasoning_effort)
    return None if effort is None else capabilities.reasoning_fields(effort, model)


def model_id(document: dict[str, Any], settings: "Settings") -> str:
    """The model that the request names, or the default one."""
    named = document.get("model", settings.model_id)
    if not isinstance(named, str) or named not in settings.allowed_model_ids:
        allowed = ", ".join(sorted(settings.allowed_model_ids))
        raise InvalidRequest(f"model {fields.shown(named)} is not offered here; offered are {allowed}", "model")
    return named


def stop(document: dict[str, Any]) -> tuple[str, ...]:
    """The texts before which the answer ends."""
    value = document.get("stop", [])
    sequences = value if isinstance(value, list) else [value]
    if len(sequences) > MAX_STOP_SEQUENCES:
        raise InvalidRequest(f"stop must hold at most {MAX_STOP_SEQUENCES} texts, not {len(sequences)}", "stop")
    return tuple(fields.text(sequence, "stop") for sequence in sequences)


def _fraction(document: dict[str, Any], name: str) -> float | None:
    return None if name not in document else fields.number(document[name], 0, 1, name)


def _conversation(document: dict[str, Any], settings: "Settings") -> tuple[list[str], tuple[Message, ...]]:
    """The client's instructions, and the turns."""
    if ("message" in document) == ("messages" in document):
        raise InvalidRequest("exactly one of 'message' and 'messages' must be given")
    if "message" in document:
        return [], (Message.of_text("user", fields.text(document["message"], "message")),)
    items = fields.items(document["messages"], "messages")
    messages = [_message(item, f"messages[{index}]") for index, item in enumerate(items)]
    count = instruction_count([role for role, _ in messages], settings)
    return [text for _, text in messages[:count]], tuple(_turns(messages, count))


def _turns(messages: list[tuple[str, str]], first: int) -> "Iterator[Message]":
    """The roles and texts of `messages` from the index `first` on, which must take turns."""
    for index, (role, text) in enumerate(messages[first:], first):
        expected = ROLES[(index - first) % 2]
        if role == SYSTEM:
            raise instructions_too_late(f"messages[{index}]")
        if role != expected:
            raise InvalidRequest(
                f"messages[{index}].role must be {expected!r}: the turns alternate and begin with the user's"
            )
        yield Message.of_text(role, text)
    if messages[-1][0] != "user":
        raise InvalidRequest("the last message must be the user's")


def _message(item: object, where: str) -> tuple[str, str]:
    """The role and the text of one message."""
    if not isinstance(item, dict) or item.keys() != {"role", "content"}:
        raise InvalidRequest(f"{where} must be an object with exactly the fields role and content")
    role = item["role"]
    if role not in (*ROLES, SYSTEM):
        raise InvalidRequest(f"{where}.role must be 'user', 'assistant' or 'system', not {fields.shown(role)}")
    content = item["content"]
    if isinstance(content, list):
        content = "".join(_text_part(part, f"{where}.content[{index}]") for index, part in enumerate(content))
    return role, fields.text(content, f"{where}.content")


def _text_part(part: object, where: str) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise InvalidRequest(f'{where} must be a text part: {{"type": "text", "text": "..."}}')
