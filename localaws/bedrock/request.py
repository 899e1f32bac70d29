"""A ConverseStream request: validated roughly as Bedrock does, with the directive that a test may put into it. No I/O.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass

ROLES = ("user", "assistant")
DIRECTIVE = re.compile(r"\[((?:\w+=\d+\s*)+)\]")
MAX_DIRECTED_TOKENS = 1_000_000
MAX_STOP_SEQUENCES = 2500


class ValidationError(Exception):
    """What Bedrock answers with a ValidationException."""


@dataclass(frozen=True, slots=True)
class Directive:
    """What `[tokens=N pace_ms=M stamp=1]` in the last user message asks for; None is the default."""

    tokens: int | None = None
    pace_ms: int | None = None
    stamp: bool = False


@dataclass(frozen=True, slots=True)
class Converse:
    """What the stand-in needs to know of a request."""

    directive: Directive
    max_tokens: int | None
    stop_sequences: tuple[str, ...]
    input_tokens: int


def parse_converse(body: bytes) -> Converse:
    """Return the request; ValidationError says what is wrong with it."""
    try:
        fields = json.loads(body)
    except ValueError:
        raise ValidationError("The request body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise ValidationError("The request body must be a JSON object.")
    messages = fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ValidationError("The messages field must hold at least one message.")
    texts = [_message_text(index, message) for index, message in enumerate(messages)]
    _check_roles(messages)
    words = sum(len(text.split()) for text in texts)
    config = _inference_config(fields)
    return Converse(
        directive=parse_directive(texts[-1]),
        max_tokens=_max_tokens(config),
        stop_sequences=_stop_sequences(config),
        input_tokens=max(1, words * 4 // 3),
    )


def parse_directive(text: str) -> Directive:
    """Return the directive in a text; the default one when there is none."""
    match = DIRECTIVE.search(text)
    if not match:
        return Directive()
    settings = {name: int(value) for name, value in (pair.split("=") for pair in match.group(1).split())}
    tokens = settings.get("tokens")
    return Directive(
        tokens=None if tokens is None else min(tokens, MAX_DIRECTED_TOKENS),
        pace_ms=settings.get("pace_ms"),
        stamp=bool(settings.get("stamp")),
    )


def _message_text(index: int, message: object) -> str:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise ValidationError(f"messages.{index}.role must be one of: user, assistant.")
    content = message.get("content")
    if not isinstance(content, list) or not content or not all(isinstance(block, dict) for block in content):
        raise ValidationError(f"The content field in the Message object at messages.{index} is empty or malformed.")
    texts = [block["text"] for block in content if "text" in block]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValidationError(f"The text field in the ContentBlock object at messages.{index}.content is blank.")
    return " ".join(texts)


def _check_roles(messages: list[dict[str, object]]) -> None:
    roles = [message["role"] for message in messages]
    if roles[0] != "user":
        raise ValidationError("A conversation must start with a user message.")
    if any(one == other for one, other in itertools.pairwise(roles)):
        raise ValidationError("A conversation must alternate between user and assistant roles.")


def _inference_config(fields: dict[str, object]) -> dict[str, object]:
    config = fields.get("inferenceConfig") or {}
    if not isinstance(config, dict):
        raise ValidationError("inferenceConfig must be an object.")
    return config


def _max_tokens(config: dict[str, object]) -> int | None:
    limit = config.get("maxTokens")
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise ValidationError("inferenceConfig.maxTokens must be a whole number of at least 1.")
    return limit


def _stop_sequences(config: dict[str, object]) -> tuple[str, ...]:
    sequences = config.get("stopSequences") or []
    if not isinstance(sequences, list) or not all(isinstance(each, str) and each for each in sequences):
        raise ValidationError("inferenceConfig.stopSequences must be a list of texts that are not empty.")
    if len(sequences) > MAX_STOP_SEQUENCES:
        raise ValidationError(f"inferenceConfig.stopSequences may hold {MAX_STOP_SEQUENCES} texts at most.")
    return tuple(sequences)
