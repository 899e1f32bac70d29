"""What a field of a request must be, and what Bedrock says when it is something else. No I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection


class ValidationError(Exception):
    """What Bedrock answers with a ValidationException."""


def unsatisfied(path: str, requirement: str) -> ValidationError:
    """Return the error of a value that breaks a constraint of the service's model."""
    return ValidationError(
        f"1 validation error detected: Value at '{path}' failed to satisfy constraint: Member must {requirement}"
    )


def an_object(value: object, path: str) -> dict[str, Any]:
    """Return a structure."""
    if not isinstance(value, dict):
        raise unsatisfied(path, "be an object")
    return value


def a_list(value: object, path: str) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise unsatisfied(path, "be a list")
    return value


def document(value: object, path: str) -> dict[str, Any]:
    """Return what the service's model calls a document: JSON of the caller's own, here always an object."""
    if not isinstance(value, dict):
        raise ValidationError(
            f"The format of the value at {path} is invalid. Provide a json object for the field and try again."
        )
    return value


def a_text(value: object, path: str, min_length: int = 0) -> str:
    """Return a text of at least so many characters."""
    if not isinstance(value, str):
        raise unsatisfied(path, "be a string")
    if len(value) < min_length:
        raise unsatisfied(path, f"have length greater than or equal to {min_length}")
    return value


def matching(value: object, path: str, pattern: str, max_length: int) -> str:
    """Return a text that has a form and a greatest length."""
    text = a_text(value, path)
    if len(text) > max_length:
        raise unsatisfied(path, f"have length less than or equal to {max_length}")
    if not re.fullmatch(pattern, text):
        raise unsatisfied(path, f"satisfy regular expression pattern: {pattern}")
    return text


def one_of(value: object, path: str, choices: Collection[str]) -> str:
    """Return a member of an enumeration."""
    if not isinstance(value, str) or value not in choices:
        raise unsatisfied(path, f"satisfy enum value set: [{', '.join(choices)}]")
    return value


def only_key(value: object, path: str, kind: str, known: Collection[str]) -> str:
    """Return the one key that is set in a union."""
    keys = [key for key, member in an_object(value, path).items() if member is not None]
    if len(keys) != 1 or keys[0] not in known:
        raise ValidationError(f"{kind} object at {path} must set one of the following keys: {', '.join(known)}.")
    return keys[0]
