"""ConverseStream requests: directives and validation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.bedrock.request import Directive, ValidationError, parse_converse, parse_directive

USER = {"role": "user", "content": [{"text": "hello there"}]}
ASSISTANT = {"role": "assistant", "content": [{"text": "hi"}]}


def parse(*messages: Any, **fields: Any) -> Any:
    return parse_converse(json.dumps({"messages": list(messages), **fields}).encode())


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("no directive [at all]", Directive()),
        ("[tokens=5]", Directive(tokens=5)),
        ("say it [tokens=0 pace_ms=3 stamp=1] please", Directive(0, 3, stamp=True)),
        ("[pace_ms=0]", Directive(pace_ms=0)),
        ("[tokens=99999999]", Directive(tokens=1_000_000)),
        ("[other=1]", Directive()),
        ("[tokens=x]", Directive()),
        ("[toknes=5]", Directive()),
        ("[tokens=5, pace_ms=1]", Directive()),
    ],
)
def test_directives(text: str, directive: Directive) -> None:
    """Found anywhere in the text; what is not one is text."""
    assert parse_directive(text) == directive


def test_the_last_message_counts() -> None:
    """An earlier directive is history."""
    earlier = {"role": "user", "content": [{"text": "[tokens=1]"}]}
    assert parse(earlier, ASSISTANT, USER).directive == Directive()


def test_a_good_request() -> None:
    """With its limit, its stop sequences and a count of its words."""
    config = {"maxTokens": 7, "stopSequences": ["END", "."]}
    request = parse(USER, ASSISTANT, USER, inferenceConfig=config, system=[{"text": "be kind"}])
    assert (request.max_tokens, request.stop_sequences, request.input_tokens) == (7, ("END", "."), 6)


def test_other_content_is_let_through() -> None:
    """Images, documents and tool results are not this stand-in's business."""
    assert parse({"role": "user", "content": [{"image": {}}, {"text": "look"}]}).input_tokens == 1


@pytest.mark.parametrize(
    ("messages", "fields", "words"),
    [
        ([], {}, "at least one message"),
        (["x"], {}, "messages.0.role"),
        ([{"role": "system", "content": []}], {}, "messages.0.role"),
        ([{"role": "user", "content": []}], {}, "messages.0 is empty"),
        ([{"role": "user", "content": ["x"]}], {}, "messages.0 is empty"),
        ([{"role": "user", "content": "x"}], {}, "messages.0 is empty"),
        ([{"role": "user", "content": [{"text": " "}]}], {}, "blank"),
        ([{"role": "user", "content": [{"text": 1}]}], {}, "blank"),
        ([ASSISTANT], {}, "start with a user"),
        ([USER, USER], {}, "alternate"),
        ([USER], {"inferenceConfig": []}, None),
        ([USER], {"inferenceConfig": [1]}, "must be an object"),
        ([USER], {"inferenceConfig": {"maxTokens": 0}}, "at least 1"),
        ([USER], {"inferenceConfig": {"maxTokens": True}}, "at least 1"),
        ([USER], {"inferenceConfig": {"maxTokens": "5"}}, "at least 1"),
        ([USER], {"inferenceConfig": {"stopSequences": "END"}}, "list of texts"),
        ([USER], {"inferenceConfig": {"stopSequences": [1]}}, "list of texts"),
        ([USER], {"inferenceConfig": {"stopSequences": ["END", ""]}}, "list of texts"),
        ([USER], {"inferenceConfig": {"stopSequences": ["x"] * 2501}}, "2500 texts at most"),
    ],
)
def test_bad_requests(messages: list[Any], fields: dict[str, Any], words: str | None) -> None:
    """Each is refused with a sentence."""
    if words is None:
        parse(*messages, **fields)
        return
    with pytest.raises(ValidationError, match=words):
        parse(*messages, **fields)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}"])
def test_bodies_that_are_no_request(body: bytes) -> None:
    """Not JSON, not an object, no messages."""
    with pytest.raises(ValidationError):
        parse_converse(body)
