"""Messages as items of a DynamoDB table. No input or output here.

All items of a conversation have one `pk`. A message is one item, whose `sk` puts the turns in order and in each the
user's message before the answer. An item may have 400 KB: what is longer goes on in items of its own, which are written
before the message, so that a message is there as a whole or not at all.
"""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bedrock_chat.errors import InvalidRequest
from bedrock_chat.fields import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    # As DynamoDB's API has it: {"sk": {"S": "turn#..."}, "expires_at": {"N": "1700000000"}}
    Item: TypeAlias = Mapping[str, Mapping[str, Any]]

USER = "user"
ASSISTANT = "assistant"
_ROLES = (USER, ASSISTANT)

# 400 KB less what the item has beside its text.
MAX_PIECE_BYTES = 380_000
MESSAGES = "turn#"
PLACEHOLDERS = "placeholders"
_TURN_DIGITS = 10


class StoredMessage(NamedTuple):
    """A message of a conversation.

    Attributes:
        turn: Its question's number in the conversation, from 1; the answer has the same.
        role: USER or ASSISTANT.
        text: The words; of an answer without reasoning.
        request_id: Of the request that brought it, which an operator finds in the log.
        created_ms: When it was stored, in milliseconds since 1970.
        expires_s: When it is forgotten, in seconds since 1970.
        model: Who answered.
        usage: What the answer cost, in tokens, by the names of `Usage`.
        stop_reason: Bedrock's word for why the answer ended.
        error: The code of what broke the answer off; None where it is whole.
        redacted: Whether `text` has placeholders for personal data.
    """

    turn: int
    role: str
    text: str
    request_id: str
    created_ms: int
    expires_s: int
    model: str | None = None
    usage: "Mapping[str, int] | None" = None
    stop_reason: str | None = None
    error: str | None = None
    redacted: bool = False


def sort_key(turn: int, role: str) -> str:
    """The place of a message in its conversation."""
    return f"{MESSAGES}{turn:0{_TURN_DIGITS}}#{_ROLES.index(role)}"


def pieces_prefix(message_request_id: str, role: str) -> str:
    """How the keys of what follows a message's first piece begin."""
    return f"piece#{message_request_id}#{role}#"


def items_of(key: str, message: StoredMessage) -> "tuple[Item, list[Item]]":
    """The item of a message, and the items of the text that has no room in it."""
    first, *others = split(message.text)
    attributes: dict[str, Mapping[str, Any]] = {
        "pk": {"S": key},
        "sk": {"S": sort_key(message.turn, message.role)},
        "role": {"S": message.role},
        "text": {"S": first},
        "request_id": {"S": message.request_id},
        "created_ms": {"N": str(message.created_ms)},
        "expires_at": {"N": str(message.expires_s)},
    }
    for name in ("model", "stop_reason", "error"):
        if value := getattr(message, name):
            attributes[name] = {"S": value}
    if message.usage is not None:
        attributes["usage"] = {"S": json.dumps(dict(message.usage), separators=(",", ":"))}
    if message.redacted:
        attributes["redacted"] = {"BOOL": True}
    if others:
        attributes["pieces"] = {"N": str(len(others))}
    prefix = pieces_prefix(message.request_id, message.role)
    return attributes, [
        {
            "pk": {"S": key},
            "sk": {"S": f"{prefix}{number:04}"},
            "text": {"S": text},
            "expires_at": attributes["expires_at"],
        }
        for number, text in enumerate(others)
    ]


def message_of(item: "Item", more: str = "") -> StoredMessage:
    """The message in an item; `more` is the text of its other pieces."""
    number, _, role = item["sk"]["S"].removeprefix(MESSAGES).partition("#")
    usage: dict[str, int] | None = json.loads(item["usage"]["S"]) if "usage" in item else None
    return StoredMessage(
        turn=int(number),
        role=_ROLES[int(role)],
        text=item["text"]["S"] + more,
        request_id=item["request_id"]["S"],
        created_ms=int(item["created_ms"]["N"]),
        expires_s=int(item["expires_at"]["N"]),
        model=_text(item, "model"),
        usage=usage,
        stop_reason=_text(item, "stop_reason"),
        error=_text(item, "error"),
        redacted="redacted" in item,
    )


def split(text: str, max_bytes: int = MAX_PIECE_BYTES) -> list[str]:
    """The text in pieces of at most `max_bytes` of UTF-8 (four or more), cut between characters; one piece at least."""
    data = text.encode()
    pieces = []
    while len(data) > max_bytes:
        end = max_bytes
        # A byte of the form 10xxxxxx continues a character.
        while data[end] & 0xC0 == 0x80:  # noqa: PLR2004 - UTF-8's own bits
            end -= 1
        pieces.append(data[:end].decode())
        data = data[end:]
    return [*pieces, data.decode()]


def storable(text: str) -> str:
    """The text with the halves of a surrogate pair that came apart joined, and lone ones replaced: UTF-8 has none."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cursor_of(item: "Item") -> str:
    """What a client gives to read on after a message: `12.1` after the answer of turn 12."""
    number, _, role = item["sk"]["S"].removeprefix(MESSAGES).partition("#")
    return f"{int(number)}.{role}"


def key_after(cursor: str) -> str:
    """The sort key that a client's cursor stands for.

    Raises:
        InvalidRequest: it is none.
    """
    number, _, role = cursor.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= _TURN_DIGITS and role in ("0", "1")):
        raise InvalidRequest(
            f"cursor must be the one that the page before gave, not {shown(cursor)}: leave it out for the first page",
            "cursor",
        )
    return sort_key(int(number), _ROLES[int(role)])


def described(message: StoredMessage) -> dict[str, Any]:
    """The message as clients read it; what it doesn't have is left out."""
    document: dict[str, Any] = {
        "turn": message.turn,
        "role": message.role,
        "content": message.text,
        "created_ms": message.created_ms,
        "request_id": message.request_id,
    }
    for name in ("model", "usage", "stop_reason"):
        if (value := getattr(message, name)) is not None:
            document[name] = value
    return {**document, "interrupted": True, "error": message.error} if message.error else document


def _text(item: "Item", name: str) -> str | None:
    text: str | None = item[name]["S"] if name in item else None
    return text
