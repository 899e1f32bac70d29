"""The prompt cache: the points of a request, and what was read and written at them. No I/O.

Nothing expires and no prompt is too short for it, unlike on AWS.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws.bedrock import validation
from localaws.bedrock.validation import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_POINTS = 4
TYPES = ("default",)
TTLS = ("5m", "1h")
POINT = "cachePoint"


@dataclass(frozen=True, slots=True)
class CachePoint:
    """A place in the prompt: the digest of all that precedes it, and how many tokens that has."""

    digest: str
    tokens: int


class PromptCache:
    """What was cached, for each model."""

    def __init__(self) -> None:
        self._prefixes: set[tuple[str, str]] = set()

    def use(self, model_id: str, points: tuple[CachePoint, ...]) -> dict[str, int]:
        """Return the tokens read and written, as a usage has them; nothing without a point."""
        if not points:
            return {}
        read = max((point.tokens for point in points if (model_id, point.digest) in self._prefixes), default=0)
        self._prefixes.update((model_id, point.digest) for point in points)
        return {"cacheReadInputTokens": read, "cacheWriteInputTokens": points[-1].tokens - read}


def parse_cache_points(fields: Mapping[str, Any]) -> tuple[CachePoint, ...]:
    """Return the points of a request that is valid but for them, in the order in which it is read."""
    digest, words, points = hashlib.sha256(), 0, []
    for path, blocks in _sections(fields):
        for index, block in enumerate(blocks):
            if block.get(POINT) is None:
                digest.update(json.dumps(block, sort_keys=True).encode())
                words += len(str(block.get("text", "")).split())
                continue
            _check(block[POINT], f"{path}.{index}.{POINT}", blocks[index - 1] if index else None)
            points.append(CachePoint(digest.hexdigest(), words * 4 // 3))
    if len(points) > MAX_POINTS:
        raise ValidationError(f"The request has {len(points)} cache points, and {MAX_POINTS} is the most.")
    return tuple(points)


def _sections(fields: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield "toolConfig.tools", (fields.get("toolConfig") or {}).get("tools") or []
    yield "system", fields.get("system") or []
    for number, message in enumerate(fields["messages"]):
        yield f"messages.{number}.content", message["content"]


def _check(point: object, path: str, previous: dict[str, Any] | None) -> None:
    settings = validation.an_object(point, path)
    validation.one_of(settings.get("type"), f"{path}.type", TYPES)
    validation.one_of(settings.get("ttl", TTLS[0]), f"{path}.ttl", TTLS)
    if previous is None:
        raise ValidationError("There is nothing available to cache.")
    if (previous.get("document") or {"format": "pdf"})["format"] != "pdf":
        raise ValidationError(f"{path}.type: Field required")
