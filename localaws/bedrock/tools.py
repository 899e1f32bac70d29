"""The tools of a request, and the turns in which they were called. No I/O.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use-inference-call.html
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localaws.bedrock import validation
from localaws.bedrock.content import MAX_ID_CHARACTERS, TOOL_NAME, Message, ToolResult, ToolUse
from localaws.bedrock.instance import instance_of
from localaws.bedrock.validation import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_CONFIG = "The toolConfig field must be defined when using toolUse and toolResult content blocks."


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the caller offers, and an input that fits its schema."""

    name: str
    input: Any


@dataclass(frozen=True, slots=True)
class ToolConfig:
    """The tools, and the one that must be called, if any."""

    tools: tuple[Tool, ...] = ()
    forced: Tool | None = None


def parse_tool_config(value: object) -> ToolConfig:
    """Return the tools of a request; ValidationError says what is wrong with them."""
    if value is None:
        return ToolConfig()
    fields = validation.an_object(value, "toolConfig")
    listed = validation.a_list(fields.get("tools"), "toolConfig.tools")
    kinds = ("toolSpec", "systemTool", "cachePoint")
    paths = [(f"toolConfig.tools.{index}", entry) for index, entry in enumerate(listed)]
    own = [(path, entry) for path, entry in paths if validation.only_key(entry, path, "Tool", kinds) == "toolSpec"]
    tools = tuple(_tool(entry["toolSpec"], f"{path}.toolSpec") for path, entry in own)
    if not tools:
        raise validation.unsatisfied("toolConfig.tools", "have length greater than or equal to 1")
    names = [tool.name for tool in tools]
    if len(set(names)) < len(names):
        raise ValidationError(f"The names of tools at toolConfig.tools must differ: {', '.join(names)}.")
    return ToolConfig(tools, _forced(fields.get("toolChoice"), tools))


def check_turns(messages: Iterable[Message], *, has_tools: bool) -> None:
    """Raise ValidationError unless each call of a tool has its result in the next turn, and each result its call."""
    called: set[str] = set()
    for index, message in enumerate(itertools.chain(messages, [Message("user", ())])):
        results = [block.tool_use_id for block in message.blocks if isinstance(block, ToolResult)]
        _check_results(f"messages.{index}.content", results, called)
        calls = [block.tool_use_id for block in message.blocks if isinstance(block, ToolUse)]
        if len(set(calls)) < len(calls):
            raise ValidationError(f"The toolUse blocks at messages.{index}.content contain duplicate Ids.")
        if calls and not has_tools:
            raise ValidationError(NO_CONFIG)
        called = set(calls)


def _check_results(path: str, results: list[str], called: set[str]) -> None:
    if missing := sorted(called.difference(results)):
        raise ValidationError(f"Expected toolResult blocks at {path} for the following Ids: {', '.join(missing)}")
    if len(results) > len(called):
        raise ValidationError(
            f"The number of toolResult blocks at {path} exceeds the number of toolUse blocks of previous turn."
        )


def _tool(value: object, path: str) -> Tool:
    fields = validation.an_object(value, path)
    name = validation.matching(fields.get("name"), f"{path}.name", TOOL_NAME, MAX_ID_CHARACTERS)
    if "description" in fields:
        validation.a_text(fields["description"], f"{path}.description", min_length=1)
    wrapped = validation.an_object(fields.get("inputSchema"), f"{path}.inputSchema")
    schema = validation.document(wrapped.get("json"), f"{path}.inputSchema.json")
    if schema.get("type") != "object":
        raise ValidationError(f"The value at {path}.inputSchema.json.type must be one of the following: object.")
    return Tool(name, instance_of(schema))


def _forced(value: object, tools: tuple[Tool, ...]) -> Tool | None:
    path = "toolConfig.toolChoice"
    if value is None:
        return None
    kind = validation.only_key(value, path, "ToolChoice", ("auto", "any", "tool"))
    choice = validation.an_object(validation.an_object(value, path)[kind], f"{path}.{kind}")
    if kind == "auto":
        return None
    if kind == "any":
        return tools[0]
    name = validation.matching(choice.get("name"), f"{path}.tool.name", TOOL_NAME, MAX_ID_CHARACTERS)
    named = [tool for tool in tools if tool.name == name]
    if not named:
        raise ValidationError(f"{path}.tool.name is {name!r}, which is no tool at toolConfig.tools.")
    return named[0]
