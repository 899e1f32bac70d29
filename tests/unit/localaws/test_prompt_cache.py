"""The stand-in's prompt cache: which points Bedrock takes, and what a request reads and writes at them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.bedrock.prompt_cache import PromptCache, parse_cache_points
from localaws.bedrock.request import parse_converse
from localaws.bedrock.validation import ValidationError

POINT = {"cachePoint": {"type": "default"}}
TEXT = {"text": "six words make eight tokens here"}
TOOL = {"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object"}}}}


def document(kind: str) -> dict[str, Any]:
    return {"document": {"format": kind, "name": "report", "source": {"bytes": ""}}}


def asks(*content: Any, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}], **fields}


def turns(*contents: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    roles = ["user", "assistant"] * len(contents)
    return {
        "messages": [{"role": role, "content": content} for role, content in zip(roles, contents, strict=False)],
        **fields,
    }


ACCEPTED = {
    "none": (asks(TEXT), 0),
    "everywhere": (asks(TEXT, POINT, system=[TEXT, POINT], toolConfig={"tools": [TOOL, POINT]}), 3),
    "for an hour": (asks(TEXT, {"cachePoint": {"type": "default", "ttl": "1h"}}), 1),
    "after a pdf": (asks(TEXT, document("pdf"), POINT), 1),
    "after a text behind a file": (asks(document("csv"), TEXT, POINT), 1),
    "four": (turns([TEXT, POINT], [TEXT], [TEXT, POINT], system=[TEXT, POINT, TEXT, POINT]), 4),
}


@pytest.mark.parametrize(("fields", "count"), ACCEPTED.values(), ids=ACCEPTED)
def test_points_are_found_where_bedrock_takes_them(fields: dict[str, Any], count: int) -> None:
    """In tools, instructions and messages."""
    assert len(parse_cache_points(fields)) == count


REFUSED = {
    "first": (asks(POINT, TEXT), "nothing available to cache"),
    "first in a later message": (turns([TEXT], [TEXT], [POINT, TEXT]), "nothing available to cache"),
    "after a file": (asks(TEXT, document("csv"), POINT), "messages.0.content.2.cachePoint.type: Field required"),
    "of another type": (asks(TEXT, {"cachePoint": {"type": "long"}}), "messages.0.content.1.cachePoint.type"),
    "for two hours": (asks(TEXT, {"cachePoint": {"type": "default", "ttl": "2h"}}), "cachePoint.ttl"),
    "no object": (asks(TEXT, {"cachePoint": "default"}), "messages.0.content.1.cachePoint"),
    "five": (asks(TEXT, POINT, system=[TEXT, POINT] * 4), "5 cache points, and 4 is the most"),
}


@pytest.mark.parametrize(("fields", "message"), REFUSED.values(), ids=REFUSED)
def test_points_elsewhere_are_refused(fields: dict[str, Any], message: str) -> None:
    """In Bedrock's words where they are known."""
    with pytest.raises(ValidationError, match=message):
        parse_cache_points(fields)


def test_a_request_has_its_points() -> None:
    """And is refused for a wrong one."""
    assert len(parse_converse(json.dumps(asks(TEXT, POINT)).encode()).cache_points) == 1
    with pytest.raises(ValidationError, match="nothing available"):
        parse_converse(json.dumps(asks(POINT, TEXT)).encode())


def used(cache: PromptCache, fields: dict[str, Any], model: str = "m") -> tuple[int, int]:
    usage = cache.use(model, parse_cache_points(fields))
    return usage["cacheReadInputTokens"], usage["cacheWriteInputTokens"]


def test_what_was_written_is_read() -> None:
    """Up to the longest prefix that is the same, for the same model."""
    cache = PromptCache()
    first = turns([TEXT, POINT], system=[TEXT, POINT])
    assert used(cache, first) == (0, 16)
    assert used(cache, first) == (16, 0)
    assert used(cache, first, "other") == (0, 16)
    assert used(cache, turns([TEXT, POINT], [TEXT], [TEXT, POINT], system=[TEXT])) == (16, 16)
    assert used(cache, turns([{"text": "another word"}, POINT], system=[TEXT, POINT])) == (8, 2)
    assert used(cache, turns([TEXT, POINT], toolConfig={"tools": [TOOL]}, system=[TEXT, POINT])) == (0, 16)


def test_without_a_point_nothing_is_cached() -> None:
    """Nor said of it."""
    cache = PromptCache()
    assert cache.use("m", parse_cache_points(asks(TEXT))) == {}
    assert used(cache, asks(TEXT, POINT)) == (0, 8)
