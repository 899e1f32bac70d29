"""What the Bedrock stand-in answers to all that a client can send, as boto3 sees it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bedrock_chat.conversation import (
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
from localaws import LocalAws
from localaws.bedrock.answer import TEXT
from localaws.bedrock.request import parse_converse
from localaws.bedrock.scenarios import SCENARIOS
from localaws.bedrock.showcase import HOSTILE, MARKDOWN
from localaws.bedrock.steps import Refusal, WaitUntil
from support.clients import aws_client
from support.stand_in import ask, deltas, stop_reason, text_of, tool_calls

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "unit": {"enum": ["celsius", "kelvin"]},
        "days": {"type": "array", "items": {"type": "integer"}, "minItems": 2},
    },
    "required": ["city", "unit", "days"],
    "additionalProperties": False,
}
INPUT = {"city": "text", "unit": "celsius", "days": [1, 1]}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with LocalAws() as aws:
        yield aws_client(aws.environment(), "bedrock-runtime")


def tools(*names: str, **choice: Any) -> dict[str, Any]:
    listed = [{"toolSpec": {"name": name, "inputSchema": {"json": SCHEMA}}} for name in names]
    return {"tools": listed, **({"toolChoice": choice} if choice else {})}


def output(schema: dict[str, Any]) -> dict[str, Any]:
    definition = {"name": "answer", "schema": json.dumps(schema)}
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}


def answered(text: str, calls: list[dict[str, Any]], *results: dict[str, Any]) -> list[dict[str, Any]]:
    """A conversation that goes on with the results of calls."""
    return [
        {"role": "user", "content": [{"text": text}]},
        {"role": "assistant", "content": [{"toolUse": call} for call in calls]},
        {"role": "user", "content": [{"toolResult": result} for result in results]},
    ]


@pytest.mark.parametrize("model", ["any.model-v1:0", "stand-in.tool-use", "stand-in.cached"])
@pytest.mark.parametrize(
    ("choice", "name"), [({"any": {}}, "first"), ({"tool": {"name": "second"}}, "second")], ids=["any", "tool"]
)
def test_a_tool_that_must_be_called_is_called(client: Any, model: str, choice: dict[str, Any], name: str) -> None:
    """By any model, with an input that fits its schema, in fragments."""
    events = list(ask(client, model, toolConfig=tools("first", "second", **choice)))
    (call,) = tool_calls(events)
    assert (call["name"], call["input"]) == (name, INPUT)
    assert len(deltas(events, 0)) > 10
    assert stop_reason(events) == "tool_use"


@pytest.mark.parametrize("choice", [{}, {"auto": {}}])
def test_a_tool_that_may_be_called_is_not(client: Any, choice: dict[str, Any]) -> None:
    """Unless the model is one that likes tools."""
    config = tools("first", "second", **choice)
    assert text_of(list(ask(client, text="[pace_ms=0]", toolConfig=config))) == TEXT
    assert [call["name"] for call in tool_calls(list(ask(client, "stand-in.tool-use", toolConfig=config)))] == ["first"]


def test_a_tool_input_is_cut_at_the_limit(client: Any) -> None:
    """As by a model that runs out of tokens: the fragments are no JSON then."""
    events = list(ask(client, toolConfig=tools("first", any={}), inferenceConfig={"maxTokens": 3}))
    assert [delta["toolUse"]["input"] for delta in deltas(events, 0)] == ["{", '"', "city"]
    assert stop_reason(events) == "max_tokens"


def test_without_tools_the_model_that_likes_them_makes_one_up(client: Any) -> None:
    """The input's fragments are JSON only together."""
    events = list(ask(client, "stand-in.tool-use"))
    (call,) = tool_calls(events)
    assert (call["name"], call["input"]) == ("get_weather", {"city": "Prague", "days": 2})
    assert len(deltas(events, 0)) > 5
    assert stop_reason(events) == "tool_use"


@pytest.mark.parametrize("model", ["stand-in.tool-use", "stand-in.every-tool"])
def test_a_tools_result_is_quoted(client: Any, model: str) -> None:
    """What each tool said, so that a test sees that it arrived."""
    config = tools("first", "second")
    calls = [{"toolUseId": name, "name": "first", "input": {}} for name in "abc"]
    results: list[dict[str, Any]] = [
        {"toolUseId": "a", "content": [{"text": "It rains"}, {"json": {"degrees": 12}}]},
        {"toolUseId": "b", "content": [{"text": "no such city"}], "status": "error"},
        {"toolUseId": "c", "content": [], "status": "success"},
    ]
    events = list(ask(client, model, messages=answered("[pace_ms=0]", calls, *results), toolConfig=config))
    assert text_of(events) == (
        "The tool said: It rains {'degrees': 12} The tool failed and said: no such city The tool said: nothing"
    )
    assert stop_reason(events) == "end_turn"


def test_every_tool_is_called(client: Any) -> None:
    """After some text, each in a block of its own and with an id of its own, new in every turn."""
    config = tools("first", "second")
    events = list(ask(client, "stand-in.every-tool", toolConfig=config))
    calls = tool_calls(events)
    assert [call["name"] for call in calls] == ["first", "second"]
    assert "".join(delta["text"] for delta in deltas(events, 0)) == "I ask the tools that I have."
    assert [event["contentBlockStart"]["contentBlockIndex"] for event in events if "contentBlockStart" in event] == [
        1,
        2,
    ]
    results = [{"toolUseId": call["toolUseId"], "content": []} for call in calls]
    messages = answered("go on", calls, *results)
    again = list(ask(client, messages=messages, toolConfig=tools("first", any={})))
    ids = [call["toolUseId"] for call in [*calls, *tool_calls(again)]]
    assert len(set(ids)) == 3


def test_every_tool_without_tools(client: Any) -> None:
    """Two calls of one that is made up."""
    calls = tool_calls(list(ask(client, "stand-in.every-tool")))
    assert [call["name"] for call in calls] == ["get_weather", "get_weather"]
    assert calls[0]["toolUseId"] != calls[1]["toolUseId"]


def test_an_answer_that_fits_a_schema(client: Any) -> None:
    """As text, in pieces, by any model."""
    events = list(ask(client, outputConfig=output(SCHEMA)))
    assert json.loads(text_of(events)) == INPUT
    assert len(deltas(events, 0)) > 10
    assert stop_reason(events) == "end_turn"


def test_reasoning(client: Any) -> None:
    """A block of thoughts that ends with a signature, then the answer in a second block."""
    events = list(ask(client, "stand-in.reasoning"))
    *thoughts, signature = [delta["reasoningContent"] for delta in deltas(events, 0)]
    assert "".join(thought["text"] for thought in thoughts).startswith("The question is about")
    assert signature["signature"]
    assert len(deltas(events, 1)) == 30
    assert [event["contentBlockStop"]["contentBlockIndex"] for event in events if "contentBlockStop" in event] == [0, 1]
    assert stop_reason(events) == "end_turn"


def test_reasoning_before_a_tool(client: Any) -> None:
    """The call is in the second block; the client sends both back."""
    config = tools("first", any={})
    events = list(ask(client, "stand-in.reasoning", toolConfig=config))
    (call,) = tool_calls(events)
    assert deltas(events, 0)[-1]["reasoningContent"]["signature"]
    messages = answered("go on", [call], {"toolUseId": call["toolUseId"], "content": []})
    messages[1]["content"].insert(0, {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "c2ln"}}})
    assert tool_calls(list(ask(client, messages=messages, toolConfig=config)))


def test_thoughts_and_calls_are_not_stamped(client: Any) -> None:
    """Only text is."""
    events = list(ask(client, "stand-in.reasoning", "[tokens=2 pace_ms=0 stamp=1]"))
    assert all("reasoningContent" in delta for delta in deltas(events, 0))
    assert all(delta["text"].strip().isdigit() for delta in deltas(events, 1))
    (call,) = tool_calls(list(ask(client, "stand-in.tool-use", "[stamp=1 pace_ms=0]")))
    assert call["input"] == {"city": "Prague", "days": 2}


@pytest.mark.parametrize("model", ["stand-in.reasoning", "stand-in.every-tool"])
def test_the_pace_goes_on_from_block_to_block(model: str) -> None:
    """Each delta has its time, one pace after the one before."""
    request = {"messages": [{"role": "user", "content": [{"text": "[tokens=3 pace_ms=20]"}]}]}
    steps = SCENARIOS[model](parse_converse(json.dumps(request).encode()))
    assert not isinstance(steps, Refusal)
    times = [step.ms for step in steps if isinstance(step, WaitUntil)]
    assert len(times) > 8
    assert times == [100.0 + 20 * number for number in range(len(times))]


def test_citations(client: Any) -> None:
    """Text, and then two sources of it, in one block."""
    *pieces, first, second = deltas(list(ask(client, "stand-in.citations", "[pace_ms=0]")), 0)
    text, place = "".join(piece["text"] for piece in pieces), first["citation"]["location"]["documentChar"]
    assert text == TEXT
    assert first["citation"]["sourceContent"] == [{"text": text[place["start"] : place["end"]]}]
    assert second["citation"]["location"]["web"]["url"] == "https://example.com/streaming"
    assert second["citation"]["sourceContent"][0]["text"] in text


def test_a_cached_prompt(client: Any) -> None:
    """Its tokens are counted apart from those of the input, and in the total."""
    usage = list(ask(client, "stand-in.cached"))[-1]["metadata"]["usage"]
    assert usage == {
        "inputTokens": 4,
        "outputTokens": 30,
        "cacheReadInputTokens": 1024,
        "cacheWriteInputTokens": 256,
        "totalTokens": 1314,
    }


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("stand-in.stop-content-filtered", "content_filtered"),
        ("stand-in.stop-guardrail-intervened", "guardrail_intervened"),
        ("stand-in.stop-malformed-model-output", "malformed_model_output"),
        ("stand-in.stop-malformed-tool-use", "malformed_tool_use"),
        ("stand-in.stop-model-context-window-exceeded", "model_context_window_exceeded"),
    ],
)
def test_other_stop_reasons(client: Any, model: str, reason: str) -> None:
    """After ten tokens."""
    events = list(ask(client, model))
    assert text_of(events) == "A streamed answer does not wait to be finished."
    assert stop_reason(events) == reason


def test_every_stop_reason_of_the_service_can_be_had(client: Any) -> None:
    """None that boto3 knows is missing, and none is made up."""
    shape = client.meta.service_model.shape_for("StopReason")
    special = {reason for reason in shape.enum if f"stand-in.stop-{reason.replace('_', '-')}" in SCENARIOS}
    assert set(shape.enum) - special == {"end_turn", "tool_use", "max_tokens", "stop_sequence"}


@pytest.mark.parametrize(("model", "text"), [("stand-in.markdown", MARKDOWN), ("stand-in.hostile", HOSTILE)])
def test_texts_for_looking_at(client: Any, model: str, text: str) -> None:
    """Whole, or as far as the request lets them be said."""
    assert text_of(list(ask(client, model, "[pace_ms=0]"))) == text
    events = list(ask(client, model, "[pace_ms=0]", inferenceConfig={"maxTokens": 5}))
    assert text.startswith(text_of(events))
    assert stop_reason(events) == "max_tokens"


def echoed(client: Any, **fields: Any) -> Any:
    events = list(ask(client, "stand-in.echo", "[pace_ms=0]", **fields))
    assert stop_reason(events) == "end_turn"
    return json.loads(text_of(events))


def test_an_echo_is_whole(client: Any) -> None:
    """Whatever the limits are; in pieces, each a token."""
    messages = [{"role": "user", "content": [{"text": f"{'é🙂' * 200} [pace_ms=0]"}]}]
    config = {"maxTokens": 1, "stopSequences": ["é"]}
    assert echoed(client, messages=messages, inferenceConfig=config) == {
        "messages": messages,
        "inferenceConfig": config,
    }


def test_an_echo_of_all_that_the_application_sends(client: Any) -> None:
    """Every member arrives as it was meant; media as their length and digest."""
    request = ChatRequest(
        model_id="stand-in.echo",
        messages=(
            Message("user", (Text("[pace_ms=0]"), Image("png", PNG), Document("pdf", "report", b"%PDF"))),
            Message("assistant", (Reasoning("hm", "c2ln"), Reasoning("hm", None), ToolUse("t1", "find", {"q": "é"}))),
            Message("user", (ToolResult("t1", (Text("[pace_ms=0]"), Image("png", PNG)), failed=True),)),
        ),
        max_tokens=5,
        temperature=0.5,
        top_p=0.9,
        stop=("END",),
        tools=(Tool("find", "Finds.", SCHEMA, strict=True),),
        tool_choice=OneTool("find"),
        json_schema=JsonSchema("answer", SCHEMA, "What is asked."),
        additional_fields={"thinking": {"type": "adaptive"}},
        system="Be kind.",
        user="u-1",
    )
    parameters = converse_parameters(request, "Be brief.")
    described = {"bytes": len(PNG), "sha256": hashlib.sha256(PNG).hexdigest()}
    document = {"bytes": 4, "sha256": hashlib.sha256(b"%PDF").hexdigest()}
    seen = echoed(client, **{name: value for name, value in parameters.items() if name != "modelId"})
    first, _, last = seen["messages"]
    assert first["content"][1:] == [
        {"image": {"format": "png", "source": described}},
        {"document": {"format": "pdf", "name": "report", "source": document}},
    ]
    assert last["content"][0]["toolResult"]["content"][1] == {"image": {"format": "png", "source": described}}
    for message in (first, last):  # which have been looked at
        message["content"] = None
    expected = {**parameters, "messages": [{**message} for message in parameters["messages"]]}
    expected["messages"][0]["content"] = expected["messages"][2]["content"] = None
    del expected["modelId"]
    assert seen == expected


def test_media_in_s3_are_echoed_as_they_are(client: Any) -> None:
    """There is nothing to count."""
    image = {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/key"}}}}
    messages = [{"role": "user", "content": [{"text": "[pace_ms=0]"}, image]}]
    assert echoed(client, messages=messages) == {"messages": messages}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"messages": [{"role": "user", "content": [{"image": {"format": "gif", "source": {"bytes": PNG}}}]}]},
            "does not match the specified image format",
        ),
        (
            {
                "messages": answered(
                    "hi", [{"toolUseId": "t1", "name": "x", "input": {}}], {"toolUseId": "t1", "content": []}
                )
            },
            "The toolConfig field must be defined",
        ),
        (
            {"toolConfig": {"tools": [{"toolSpec": {"name": "a", "inputSchema": {"json": {}}}}]}},
            "json.type must be one of",
        ),
        ({"outputConfig": output({"type": "object"})}, "'additionalProperties' must be explicitly set to false"),
    ],
    ids=["image", "turns", "tools", "schema"],
)
def test_what_bedrock_refuses(client: Any, fields: dict[str, Any], words: str) -> None:
    """As a ValidationException, whatever the model; boto3 itself lets it through."""
    with pytest.raises(ClientError, match=words) as caught:
        list(ask(client, "stand-in.echo", **fields))
    assert caught.value.response["Error"]["Code"] == "ValidationException"
