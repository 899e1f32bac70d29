"""ConverseStream's parameters, held against botocore's model of them."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from bedrock_chat.conversation import (
    AnyTool,
    ChatRequest,
    Document,
    Image,
    JsonSchema,
    Message,
    OneTool,
    Reasoning,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)
from bedrock_chat.converse_request import converse_parameters

SHAPE = (
    botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("ConverseStream").input_shape
)
HELLO = (Message.of_text("user", "a"),)
WEATHER = Tool("weather", "Tells the weather.", {"type": "object"}, strict=True)


def parameters(
    request: ChatRequest, system_prompt: str | None = None, call_parameters: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What is sent, once botocore has found nothing wrong with it."""
    made = converse_parameters(request, system_prompt, call_parameters or {})
    assert not ParamValidator().validate(made, SHAPE).has_errors()
    return made


def test_a_conversation_and_how_to_answer() -> None:
    """With the operator's system prompt."""
    messages = (Message.of_text("user", "a"), Message.of_text("assistant", "b"), Message.of_text("user", "c"))
    request = ChatRequest("m", messages, 7, 0.5, 0.9, ("X",))
    assert parameters(request, "Be brief.") == {
        "modelId": "m",
        "messages": [
            {"role": "user", "content": [{"text": "a"}]},
            {"role": "assistant", "content": [{"text": "b"}]},
            {"role": "user", "content": [{"text": "c"}]},
        ],
        "inferenceConfig": {"maxTokens": 7, "temperature": 0.5, "topP": 0.9, "stopSequences": ["X"]},
        "system": [{"text": "Be brief."}],
    }


def test_what_was_not_asked_is_left_to_the_model() -> None:
    """No parameter is invented."""
    assert parameters(ChatRequest("m", HELLO, 7)) == {
        "modelId": "m",
        "messages": [{"role": "user", "content": [{"text": "a"}]}],
        "inferenceConfig": {"maxTokens": 7},
    }


def test_a_clients_instructions_come_after_the_operators() -> None:
    """Each in a block of its own."""
    request = ChatRequest("m", HELLO, 7, system="Rhyme.")
    assert parameters(request, "Be brief.")["system"] == [{"text": "Be brief."}, {"text": "Rhyme."}]
    assert parameters(request)["system"] == [{"text": "Rhyme."}]


PARTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "text": (Text("a"), {"text": "a"}),
    "an image": (Image("png", b"\x89PNG"), {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}),
    "a file": (
        Document("pdf", "report", b"%PDF"),
        {"document": {"format": "pdf", "name": "report", "source": {"bytes": b"%PDF"}}},
    ),
    "reasoning": (
        Reasoning("hm", "c2ln"),
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}},
    ),
    "unsigned reasoning": (Reasoning("hm", None), {"reasoningContent": {"reasoningText": {"text": "hm"}}}),
    "a tool's call": (
        ToolUse("t1", "weather", {"city": "Prague"}),
        {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Prague"}}},
    ),
    "a tool's result": (
        ToolResult("t1", (Text("sunny"), Image("gif", b"GIF"))),
        {
            "toolResult": {
                "toolUseId": "t1",
                "content": [{"text": "sunny"}, {"image": {"format": "gif", "source": {"bytes": b"GIF"}}}],
            }
        },
    ),
    "a tool that failed": (
        ToolResult("t1", (Text("no network"),), failed=True),
        {"toolResult": {"toolUseId": "t1", "content": [{"text": "no network"}], "status": "error"}},
    ),
}


@pytest.mark.parametrize(("part", "block"), PARTS.values(), ids=PARTS)
def test_each_part_of_a_turn_is_a_block(part: Any, block: dict[str, Any]) -> None:
    """In Converse's form."""
    assert parameters(ChatRequest("m", (Message("user", (part,)),), 7))["messages"][0]["content"] == [block]


CHOICES: dict[str, tuple[AnyTool | OneTool | None, dict[str, Any] | None]] = {
    "the model's": (None, None),
    "any": (AnyTool(), {"any": {}}),
    "one": (OneTool("weather"), {"tool": {"name": "weather"}}),
}


@pytest.mark.parametrize(("choice", "expected"), CHOICES.values(), ids=CHOICES)
def test_tools_and_which_to_call(choice: AnyTool | OneTool | None, expected: dict[str, Any] | None) -> None:
    """A choice that is the model's is none."""
    request = ChatRequest("m", HELLO, 7, tools=(WEATHER, Tool("time", None, {})), tool_choice=choice)
    config = parameters(request)["toolConfig"]
    assert config["tools"] == [
        {
            "toolSpec": {
                "name": "weather",
                "description": "Tells the weather.",
                "inputSchema": {"json": {"type": "object"}},
                "strict": True,
            }
        },
        {"toolSpec": {"name": "time", "inputSchema": {"json": {}}}},
    ]
    assert config.get("toolChoice") == expected


def test_the_form_of_the_answer() -> None:
    """Its schema travels as text."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    made = parameters(ChatRequest("m", HELLO, 7, json_schema=JsonSchema("answer", schema, "An answer.")))
    text_format = made["outputConfig"]["textFormat"]
    definition = text_format["structure"]["jsonSchema"]
    assert text_format["type"] == "json_schema"
    assert (definition["name"], definition["description"]) == ("answer", "An answer.")
    assert json.loads(definition["schema"]) == schema
    bare = parameters(ChatRequest("m", HELLO, 7, json_schema=JsonSchema("answer", schema)))
    assert "description" not in bare["outputConfig"]["textFormat"]["structure"]["jsonSchema"]


def test_fields_of_the_model_and_the_users_name() -> None:
    """The one beside Converse's parameters, the other for the invocation log."""
    made = parameters(ChatRequest("m", HELLO, 7, additional_fields={"effort": "low"}, user="u-1"))
    assert made["additionalModelRequestFields"] == {"effort": "low"}
    assert made["requestMetadata"] == {"user": "u-1"}


CALL_PARAMETERS: dict[str, Any] = {
    "guardrailConfig": {
        "guardrailIdentifier": "abc123",
        "guardrailVersion": "DRAFT",
        "streamProcessingMode": "async",
        "trace": "disabled",
    },
    "performanceConfig": {"latency": "optimized"},
    "serviceTier": {"type": "flex"},
    "requestMetadata": {"team": "support"},
}


def test_what_the_operator_sets_is_in_every_call() -> None:
    """Nothing of the client's takes its place, and both see their metadata in the log."""
    request = ChatRequest("m", HELLO, 7, user="u-1", metadata={"ticket": "7"})
    made = parameters(request, call_parameters=CALL_PARAMETERS)
    metadata = {"team": "support", "ticket": "7", "user": "u-1"}
    assert made == {**parameters(request), **CALL_PARAMETERS, "requestMetadata": metadata}
    assert parameters(ChatRequest("m", HELLO, 7), call_parameters=CALL_PARAMETERS) == {
        **parameters(ChatRequest("m", HELLO, 7)),
        **CALL_PARAMETERS,
    }


def test_the_operators_metadata_wins_over_a_clients() -> None:
    """Whoever asks, the log says what the operator says."""
    made = parameters(ChatRequest("m", HELLO, 7, metadata={"team": "me"}), call_parameters=CALL_PARAMETERS)
    assert made["requestMetadata"] == {"team": "support"}
    assert CALL_PARAMETERS["requestMetadata"] == {"team": "support"}


POINT = {"cachePoint": {"type": "default"}}
FULL = ChatRequest(
    "m",
    (
        Message.of_text("user", "1"),
        Message.of_text("assistant", "2"),
        Message.of_text("user", "3"),
        Message.of_text("assistant", "4"),
        Message.of_text("user", "5"),
    ),
    7,
    tools=(WEATHER,),
    system="Rhyme.",
)


def points(made: dict[str, Any]) -> list[str]:
    """Where the cache points are: each must be the last of its list."""
    places = {"system": made.get("system", []), "tools": made.get("toolConfig", {}).get("tools", [])}
    places |= {f"message {number}": message["content"] for number, message in enumerate(made["messages"])}
    found = [name for name, blocks in places.items() if any("cachePoint" in block for block in blocks)]
    assert all(places[name][-1] == POINT and places[name].count(POINT) == 1 for name in found)
    return found


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((), []),
        (("system",), ["system"]),
        (("tools",), ["tools"]),
        (("messages",), ["message 2", "message 4"]),
        (("system", "tools", "messages"), ["system", "tools", "message 2", "message 4"]),
    ],
)
def test_a_prompt_is_cached_after_the_parts_that_the_operator_names(
    parts: tuple[str, ...], expected: list[str]
) -> None:
    """In messages after the user's last two: where the last request's point was, and where the next one's will be."""
    assert points(parameters(FULL._replace(cache_points=parts), "Be brief.")) == expected


def test_what_is_not_there_is_not_cached() -> None:
    """Without instructions, tools and an earlier message there is nothing to put a point after."""
    request = ChatRequest("m", HELLO, 7, cache_points=("system", "tools", "messages"))
    made = parameters(request)
    assert points(made) == ["message 0"]
    assert made.keys() == {"modelId", "messages", "inferenceConfig"}


def test_how_long_a_prompt_is_cached() -> None:
    """Bedrock's own time unless the operator says another."""
    made = parameters(ChatRequest("m", HELLO, 7, cache_points=("messages",), cache_ttl="1h"))
    assert made["messages"][0]["content"][-1] == {"cachePoint": {"type": "default", "ttl": "1h"}}


TEXT, PDF, CSV = Text("a"), Document("pdf", "p", b"x"), Document("csv", "c", b"x")
IMAGE = Image("png", b"x")
ENDINGS: dict[str, tuple[tuple[Any, ...], int | None]] = {
    "a pdf": ((TEXT, PDF), 2),
    "an image": ((CSV, IMAGE), 2),
    "another file": ((TEXT, CSV), 1),
    "several": ((TEXT, PDF, CSV, CSV), 2),
    "nothing but files": ((CSV, CSV), None),
    "a tool's result": ((ToolResult("t", (TEXT,)),), 1),
}


@pytest.mark.parametrize(("content", "place"), ENDINGS.values(), ids=ENDINGS)
def test_no_point_follows_a_file_that_bedrock_makes_text_of(content: tuple[Any, ...], place: int | None) -> None:
    """Bedrock refuses such a request, and one whose message begins with a point."""
    made = parameters(ChatRequest("m", (Message("user", content),), 7, cache_points=("messages",)))
    blocks = made["messages"][0]["content"]
    assert [index for index, block in enumerate(blocks) if block == POINT] == ([] if place is None else [place])
    assert len(blocks) == len(content) + (place is not None)
