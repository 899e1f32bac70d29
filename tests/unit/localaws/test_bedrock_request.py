"""ConverseStream requests: directives and validation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.bedrock.directive import Directive, parse_directive
from localaws.bedrock.request import parse_converse
from localaws.bedrock.validation import ValidationError

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
    assert (request.max_tokens, request.stop_sequences, request.input_tokens) == (7, ("END", "."), 9)


def test_what_the_stand_in_has_no_use_for_is_let_through() -> None:
    """As long as Bedrock knows it."""
    assert parse({"role": "user", "content": [{"guardContent": {}}, {"text": "look"}]}).input_tokens == 1
    assert parse(USER, system=[{"guardContent": {}}], guardrailConfig={}).input_tokens == 2


def test_further_fields() -> None:
    """A model's own fields, and what the invocation log keeps."""
    fields = {
        "additionalModelRequestFields": {"top_k": 5},
        "requestMetadata": {"user": "u-1 @example.com", "empty": ""},
        "serviceTier": {"type": "flex"},
        "performanceConfig": {"latency": "optimized"},
    }
    assert json.loads(parse(USER, **fields).description) == {"messages": [USER], **fields}


@pytest.mark.parametrize(
    ("messages", "fields", "words"),
    [
        ([], {}, "at least one message"),
        (["x"], {}, "messages.0' failed .* be an object"),
        ([{"role": "system", "content": []}], {}, r"messages.0.role' failed .* \[user, assistant\]"),
        ([{"role": ["user"], "content": []}], {}, "messages.0.role"),
        ([{"role": "user", "content": []}], {}, "messages.0 is empty"),
        ([{"role": "user", "content": ["x"]}], {}, "messages.0.content.0' failed .* be an object"),
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
        ([USER], {"inferenceConfig": {"temperature": 1.5}}, "inferenceConfig.temperature' .* from 0 to 1"),
        ([USER], {"inferenceConfig": {"topP": True}}, "inferenceConfig.topP"),
        ([USER], {"inferenceConfig": {"topP": "1"}}, "inferenceConfig.topP"),
        ([USER], {"system": "be kind"}, "system' .* a list"),
        ([USER], {"system": [{"text": ""}]}, "system.0.text' .* greater than or equal to 1"),
        ([USER], {"system": [{"words": "x"}]}, "system.0 must set one of the following keys: text, "),
        (
            [USER],
            {"additionalModelRequestFields": ["x"]},
            "additionalModelRequestFields is invalid. Provide a json object",
        ),
        ([USER], {"serviceTier": "flex"}, "serviceTier' .* an object"),
        ([USER], {"serviceTier": {"type": "fast"}}, r"serviceTier.type' .* \[priority, default, flex, reserved\]"),
        ([USER], {"serviceTier": {}}, "serviceTier.type"),
        ([USER], {"performanceConfig": {"latency": "low"}}, r"performanceConfig.latency' .* \[standard, optimized\]"),
        ([USER], {"guardrailConfig": "abc"}, "guardrailConfig' .* an object"),
        ([USER], {"requestMetadata": []}, "requestMetadata' .* an object"),
        ([USER], {"requestMetadata": {}}, "1 to 16 entries"),
        ([USER], {"requestMetadata": {str(number): "" for number in range(17)}}, "1 to 16 entries"),
        ([USER], {"requestMetadata": {"": "x"}}, "regular expression"),
        ([USER], {"requestMetadata": {"user": "é"}}, "requestMetadata.user' .* regular expression"),
        ([USER], {"requestMetadata": {"user": "x" * 257}}, "less than or equal to 256"),
        ([USER], {"requestMetadata": {"user": 5}}, "be a string"),
    ],
)
def test_bad_requests(messages: list[Any], fields: dict[str, Any], words: str | None) -> None:
    """Each is refused with a sentence."""
    if words is None:
        parse(*messages, **fields)
        return
    with pytest.raises(ValidationError, match=words):
        parse(*messages, **fields)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"messages":' + b"[" * 100_000], ids=range(7)
)
def test_bodies_that_are_no_request(body: bytes) -> None:
    """Not JSON, not an object, no messages, or JSON without an end in sight."""
    with pytest.raises(ValidationError):
        parse_converse(body)
