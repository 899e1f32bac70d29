"""Reading a client's JSON: each reader gives a checked value, or says which field is wrong and how."""

import json
from typing import TYPE_CHECKING, Any

from bedrock_chat.errors import InvalidRequest, RequestTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_SHOWN_CHARACTERS = 80
# Far more than a schema needs; boto3, which goes one call deeper for each level, would give up at some hundreds.
MAX_DEPTH = 200
_TOO_DEEP = f"it is nested more than {MAX_DEPTH} levels deep"


def json_object(body: bytes, max_bytes: int, example: str) -> dict[str, Any]:
    """The JSON object in `body`, without its fields that are null: many clients send all that they know.

    Raises:
        RequestTooLarge: `body` is longer than `max_bytes`.
        InvalidRequest: it is no JSON object; the message shows `example`.
    """
    if len(body) > max_bytes:
        raise RequestTooLarge(f"the body is {len(body)} bytes, at most {max_bytes} are allowed")
    if not body:
        raise InvalidRequest(f"the body is empty: send a JSON object such as {example}")
    try:
        document = json_value(body.decode())
    except ValueError as error:
        raise InvalidRequest(f"the body can't be read as JSON in UTF-8: {error}") from error
    if not isinstance(document, dict):
        raise InvalidRequest(f"the body must be a JSON object such as {example}")
    return {name: value for name, value in document.items() if value is not None}


def json_value(text: str) -> object:
    """What `text` says in JSON.

    Raises:
        ValueError: it is none, holds a number that JSON or a float has not, or is nested deeper than MAX_DEPTH.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    if _is_too_deep(value):
        raise ValueError(_TOO_DEEP)
    return value


def _is_too_deep(value: object) -> bool:
    containers: list[object] = [value]
    for _ in range(MAX_DEPTH):
        children = (child for container in containers for child in _children(container))
        containers = [child for child in children if isinstance(child, dict | list)]
        if not containers:
            return False
    return True


def _children(value: object) -> "Iterable[object]":
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if abs(number) == float("inf"):
        raise ValueError(f"{shown(text)} is too large a number")
    return number


def refuse_unknown(document: dict[str, Any], known: "Iterable[str]") -> None:
    """Raises InvalidRequest for the first field that isn't `known`: a misspelt one would otherwise do nothing."""
    unknown = sorted(document.keys() - set(known))
    if unknown:
        raise InvalidRequest(f"unknown field {shown(unknown[0])}; known are {', '.join(sorted(known))}", unknown[0])


def text(value: object, where: str) -> str:
    """Text that isn't blank."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequest(f"{where} must be text that is not blank", where)
    return encodable(value, where)


def encodable(value: str, where: str) -> str:
    """Text that UTF-8 can carry: JSON's escapes can write half a character, which is none."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"{where} holds half of a surrogate pair: {error}", where) from error
    return value


def items(value: object, where: str) -> list[Any]:
    """A list of at least one item."""
    if not isinstance(value, list) or not value:
        raise InvalidRequest(f"{where} must be a list of at least one item, not {shown(value)}", where)
    return value


def an_object(value: object, where: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise InvalidRequest(f"{where} must be an object, not {shown(value)}", where)
    return value


def record(value: object, known: "Iterable[str]", where: str) -> dict[str, Any]:
    """A JSON object of no other fields than `known`, without those that are null."""
    fields = {name: each for name, each in an_object(value, where).items() if each is not None}
    if others := sorted(fields.keys() - set(known)):
        message = f"{where} may not have the field {shown(others[0])}, only {', '.join(sorted(known))}"
        raise InvalidRequest(message, f"{where}.{others[0]}")
    return fields


def first_repeated(names: "Iterable[str]") -> str | None:
    """The first name that came before, if one did."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def flag(value: object, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidRequest(f"{where} must be true or false, not {shown(value)}", where)
    return value


def matching(value: object, pattern: str, where: str, param: str | None = None) -> str:
    """Text of the regular expression `pattern`; `param` is the way to it, where that isn't `where`."""
    import re  # noqa: PLC0415 - plain requests need none

    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise InvalidRequest(f"{where} must be text of the form {pattern}, not {shown(value)}", param or where)
    return value


def one_of(value: object, choices: "Iterable[str]", where: str) -> str:
    """One of the texts `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise InvalidRequest(f"{where} must be one of {', '.join(map(repr, choices))}, not {shown(value)}", where)
    return value


def whole_number(value: object, low: int, high: int, where: str) -> int:
    """A whole number from `low` to `high`."""
    if type(value) is not int or not low <= value <= high:
        raise InvalidRequest(f"{where} must be a whole number from {low} to {high}, not {shown(value)}", where)
    return value


def number(value: object, low: float, high: float, where: str) -> float:
    """A number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidRequest(f"{where} must be a number from {low:g} to {high:g}, not {shown(value)}", where)
    return float(value)


def shown(value: object) -> str:
    """A client's value in an error message, cut so that an answer can't be made arbitrarily long."""
    written = repr(value)
    return written if len(written) <= MAX_SHOWN_CHARACTERS else f"{written[:MAX_SHOWN_CHARACTERS]}..."
