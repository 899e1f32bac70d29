"""The tools of a ConverseStream request, and the turns in which they were called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.bedrock.request import Converse, parse_converse
from localaws.bedrock.tools import Tool, ToolConfig, parse_tool_config
from localaws.bedrock.validation import ValidationError

QUESTION = {"role": "user", "content": [{"text": "hello"}]}
OBJECT = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def specification(name: str = "find", **fields: Any) -> dict[str, Any]:
    return {"toolSpec": {"name": name, "inputSchema": {"json": OBJECT}, **fields}}


def config(*tools: dict[str, Any], **choice: Any) -> dict[str, Any]:
    return {"tools": list(tools), **({"toolChoice": choice} if choice else {})}


def calls(*ids: str) -> dict[str, Any]:
    uses = [{"toolUse": {"toolUseId": each, "name": "find", "input": {}}} for each in ids]
    return {"role": "assistant", "content": [{"text": "I ask"}, *uses]}


def results(*ids: str) -> dict[str, Any]:
    said = [{"toolResult": {"toolUseId": each, "content": [{"text": "found"}]}} for each in ids]
    return {"role": "user", "content": [*said, {"text": "so?"}]}


def parse(*messages: Any, **fields: Any) -> Converse:
    return parse_converse(json.dumps({"messages": list(messages), **fields}).encode())


FIND = Tool("find", {"city": "text"})
OTHER = Tool("other_1-A", {"city": "text"})


@pytest.mark.parametrize(
    ("choice", "forced"),
    [({}, None), ({"auto": {}}, None), ({"any": {}}, FIND), ({"tool": {"name": "other_1-A"}}, OTHER)],
)
def test_tools(choice: dict[str, Any], forced: Tool | None) -> None:
    """With an input that fits each one's schema; the first is called when any will do."""
    other = specification("other_1-A", description="Finds more.", strict=True)
    given = config(specification(), {"cachePoint": {"type": "default"}}, other, **choice)
    assert parse_tool_config(given) == ToolConfig((FIND, OTHER), forced)


def test_no_tools() -> None:
    """It's nothing to call."""
    assert parse_tool_config(None) == ToolConfig()


WRONG: dict[str, tuple[Any, str]] = {
    "a list": ([], "toolConfig' .* be an object"),
    "no tools": ({}, "toolConfig.tools' .* be a list"),
    "an empty list": (config(), "toolConfig.tools' .* greater than or equal to 1"),
    "an empty tool": (config({}), "Tool object at toolConfig.tools.0 must set one of the following keys: toolSpec"),
    "a specification that is none": (config({"toolSpec": []}), "tools.0.toolSpec' .* be an object"),
    "no name": (config({"toolSpec": {}}), "toolSpec.name' .* be a string"),
    "a name with a dot": (config(specification("a.b")), "tools.0.toolSpec.name' .* regular expression"),
    "too long a name": (config(specification("x" * 65)), "less than or equal to 64"),
    "one name twice": (config(specification(), specification()), "must differ: find, find"),
    "an empty description": (config(specification(description="")), "description' .* greater than or equal to 1"),
    "no schema": (config({"toolSpec": {"name": "x"}}), "inputSchema' .* be an object"),
    "a schema that is text": (
        config(specification(inputSchema={"json": "{}"})),
        "json is invalid. Provide a json object",
    ),
    "a schema of text": (
        config(specification(inputSchema={"json": {"type": "string"}})),
        "inputSchema.json.type must be one of the following: object",
    ),
    "two choices": (config(specification(), any={}, auto={}), "ToolChoice object at toolConfig.toolChoice must set"),
    "another choice": (config(specification(), none={}), "keys: auto, any, tool"),
    "a choice that is text": (config(specification(), tool="find"), "toolChoice.tool' .* be an object"),
    "a choice of nothing": (config(specification(), tool={}), "toolChoice.tool.name' .* be a string"),
    "an unknown tool": (config(specification(), tool={"name": "y"}), "tool.name is 'y', which is no tool"),
}


@pytest.mark.parametrize(("given", "words"), WRONG.values(), ids=WRONG)
def test_wrong_tools(given: Any, words: str) -> None:
    """Each is refused with a sentence that says where."""
    with pytest.raises(ValidationError, match=words):
        parse_tool_config(given)


def test_turns() -> None:
    """Every call has its result in the next turn, in any order; what the last one holds can be answered."""
    tools = config(specification())
    request = parse(QUESTION, calls("a", "b"), results("b", "a"), calls("a"), results("a"), toolConfig=tools)
    assert [result.tool_use_id for result in request.tool_results] == ["a"]
    assert request.tool_calls == 3
    assert not parse(QUESTION, toolConfig=tools).tool_results


EXPECTED = "Expected toolResult blocks at messages.{}.content for the following Ids: {}$"
EXCEEDS = "The number of toolResult blocks at messages.{}.content exceeds the number of toolUse blocks of previous turn"

WRONG_TURNS: dict[str, tuple[list[Any], str]] = {
    "a call without its result": ([calls("a"), QUESTION], EXPECTED.format(2, "a")),
    "calls without one result": ([calls("c", "a", "b"), results("b")], EXPECTED.format(2, "a, c")),
    "a call in the last turn": ([calls("a")], EXPECTED.format(2, "a")),
    "the result of another call": ([calls("a"), results("b")], EXPECTED.format(2, "a")),
    "a result without a call": ([calls(), results("a")], EXCEEDS.format(2)),
    "a result twice": ([calls("a"), results("a", "a")], EXCEEDS.format(2)),
    "one result too many": ([calls("a"), results("a", "b")], EXCEEDS.format(2)),
    "a result two turns late": ([calls("a"), results("a"), calls(), results("a")], EXCEEDS.format(4)),
    "one id twice": ([calls("a", "a"), results("a", "a")], "messages.1.content contain duplicate Ids"),
}


@pytest.mark.parametrize(("turns", "words"), WRONG_TURNS.values(), ids=WRONG_TURNS)
def test_wrong_turns(turns: list[Any], words: str) -> None:
    """A history that Bedrock refuses."""
    with pytest.raises(ValidationError, match=words):
        parse(QUESTION, *turns, toolConfig=config(specification()))


def test_a_result_in_the_first_turn() -> None:
    """Nothing was called before it."""
    with pytest.raises(ValidationError, match=EXCEEDS.format(0)):
        parse(results("a"), toolConfig=config(specification()))


def test_turns_with_tools_need_tools() -> None:
    """A history of calls without toolConfig is refused, too."""
    with pytest.raises(ValidationError, match="The toolConfig field must be defined when using toolUse and toolResult"):
        parse(QUESTION, calls("a"), results("a"))
