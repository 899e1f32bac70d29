"""The body of a chat completion, taken or refused."""

import json
import time
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.capabilities import Capabilities
from bedrock_chat.conversation import (
    AnyTool,
    ChatRequest,
    Document,
    Image,
    JsonSchema,
    Message,
    OneTool,
    Part,
    Text,
    Tool,
    ToolResult,
    ToolUse,
)
from bedrock_chat.converse_request import converse_parameters
from bedrock_chat.errors import InvalidRequest, RequestTooLarge
from bedrock_chat.openai.messages import parse_messages
from bedrock_chat.openai.request import FIELDS, UNABLE, CompletionRequest, parse_completion_request
from bedrock_chat.openai.tools import parse_tools
from bedrock_chat.settings import Settings
from support.exact import exact

SETTINGS = Settings(
    "model-a",
    frozenset({"model-a", "by-tool", "poor"}),
    max_tokens=100,
    max_input_bytes=10_000,
    capabilities={
        "model-a": Capabilities(json_schema="native", reasoning_effort={"low": {"thinking": 1}}),
        "by-tool": Capabilities(json_schema="tool"),
        "poor": Capabilities(images=False, documents=False, tools=False),
    },
)
OPEN = SETTINGS._replace(client_system_prompt=True)
HELLO = [{"role": "user", "content": "Hello"}]
PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "auto"}}
PDF = {"type": "file", "file": {"file_data": "data:application/pdf;base64,aGk=", "filename": "a_b.pdf"}}
WORDS = {"type": "text", "text": "Look"}
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "description": "Tells it", "parameters": {"type": "object"}, "strict": True},
}
CLOCK = {"type": "function", "function": {"name": "clock"}}
CALL = {"id": "call-1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Prague"}'}}
NEXT_CALL = {"id": "call-2", "type": "function", "function": {"name": "clock", "arguments": ""}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "call-1", "content": "Rain"}
USE = ToolUse("call-1", "weather", {"city": "Prague"})
SCHEMA = {"type": "json_schema", "json_schema": {"name": "city", "schema": {"type": "object"}, "strict": True}}
LIMIT_S = 5


def parse(settings: Settings = SETTINGS, /, **document: Any) -> CompletionRequest:
    return parse_completion_request(json.dumps({"messages": HELLO, **document}).encode(), settings)


def chat(settings: Settings = SETTINGS, /, **document: Any) -> ChatRequest:
    return parse(settings, **document).chat


def turns(*messages: Any, settings: Settings = SETTINGS, **document: Any) -> list[tuple[str, tuple[Part, ...]]]:
    return [(role, parts) for role, parts in chat(settings, messages=messages, **document).messages]


def test_the_smallest_request() -> None:
    """Is for the default model and up to the operator's cap, and in one piece."""
    assert exact(parse()) == exact(
        CompletionRequest(
            ChatRequest("model-a", (Message.of_text("user", "Hello"),), 100), stream=False, include_usage=False
        )
    )


def test_every_option_is_taken() -> None:
    """Within the operator's bounds."""
    asked = parse(
        model="by-tool",
        max_completion_tokens=7,
        max_tokens=7,
        temperature=0.5,
        top_p=1,
        stop=["END"],
        stream=True,
        stream_options={"include_usage": True, "include_obfuscation": False},
        user="jane@example.com",
        safety_identifier="jane@example.com",
        metadata={"team": "a b", "note": ""},
        response_format={"type": "text"},
    )
    assert exact(asked) == exact(
        CompletionRequest(
            ChatRequest(
                "by-tool",
                (Message.of_text("user", "Hello"),),
                7,
                temperature=0.5,
                top_p=1.0,
                stop=("END",),
                user="jane@example.com",
                metadata={"team": "a b", "note": ""},
            ),
            stream=True,
            include_usage=True,
        )
    )


def test_user_and_metadata_go_into_bedrocks_log() -> None:
    """Of all requests, side by side."""
    parameters = converse_parameters(chat(user="jane", metadata={"team": "a"}), None)
    assert parameters["requestMetadata"] == {"user": "jane", "team": "a"}
    assert "requestMetadata" not in converse_parameters(chat(), None)


LABELLED = SETTINGS._replace(call_parameters={"requestMetadata": {"team": "support", "stage": "prod"}})
FOURTEEN = dict.fromkeys(map(str, range(14)), "x")
LABELS: dict[str, tuple[dict[str, Any], str | None]] = {
    "others": ({"metadata": {"ticket": "7"}, "user": "jane"}, None),
    "all that are left": ({"metadata": FOURTEEN}, None),
    "the operator's": ({"metadata": {"team": "me"}}, "metadata 'team' is set on the server: leave it out"),
    "one too many": ({"metadata": FOURTEEN, "user": "jane"}, "metadata has 14 entries; Bedrock takes 13 of them"),
}


@pytest.mark.parametrize(("document", "message"), LABELS.values(), ids=LABELS)
def test_the_operators_metadata_leaves_less_to_a_client(document: dict[str, Any], message: str | None) -> None:
    """Nothing that a client sends is dropped for it, or takes its place."""
    if message is None:
        assert chat(LABELLED, **document).metadata == document["metadata"]
        return
    with pytest.raises(InvalidRequest, match=message) as caught:
        chat(LABELLED, **document)
    assert caught.value.param == "metadata"


def test_the_user_may_be_the_operators_too() -> None:
    """A client that names another is told so."""
    settings = SETTINGS._replace(call_parameters={"requestMetadata": {"user": "batch"}})
    with pytest.raises(InvalidRequest, match="metadata 'user' is set on the server"):
        chat(settings, user="jane")


def test_what_asks_for_nothing_is_taken() -> None:
    """Many clients send every field that they know, with null or the value that it has anyway."""
    neutral = {name: values[0] for name, (values, _) in UNABLE.items() if values}
    assert exact(parse(**neutral)) == exact(parse(**dict.fromkeys(sorted(FIELDS - {"messages"})))) == exact(parse())
    assert exact(parse(presence_penalty=0.0, service_tier="default", tool_choice="auto")) == exact(parse())
    assert exact(parse(tool_choice="none")) == exact(parse(tools=[])) == exact(parse(parallel_tool_calls=False))
    assert exact(parse(tool_choice="none")) == exact(parse())
    assert exact(parse(tools=[WEATHER], parallel_tool_calls=True)) == exact(parse(tools=[WEATHER]))


def test_reasoning_effort_is_what_the_operator_made_of_it() -> None:
    """Fields beside Converse's own."""
    assert chat(reasoning_effort="low").additional_fields == {"thinking": 1}


def test_neighbours_of_one_role_become_one_turn() -> None:
    """Converse demands that turns alternate; nothing is lost."""
    assistant = [
        {"role": "assistant", "content": [{"type": "text", "text": "Fine."}, {"type": "refusal", "refusal": "No."}]},
        {"role": "assistant", "content": "", "refusal": "Never.", "annotations": [], "reasoning_content": "hm"},
    ]
    assert exact(turns(*HELLO, *HELLO, *assistant, {"role": "user", "content": [WORDS, PNG, PDF]})) == exact(
        [
            ("user", (Text("Hello"), Text("Hello"))),
            ("assistant", (Text("Fine."), Text("No."), Text("Never."))),
            ("user", (Text("Look"), Image("png", b"hi"), Document("pdf", "a b", b"hi"))),
        ]
    )


SILENT = [None, "", " \n", [], [{"type": "text", "text": ""}]]


@pytest.mark.parametrize("content", SILENT, ids=repr)
def test_an_assistant_that_said_nothing_is_left_out(content: object) -> None:
    """As after an answer that failed at once: turns that then meet become one, which is Bedrock's order again."""
    silent = {"role": "assistant", "content": content, "tool_calls": [], "refusal": ""}
    assert exact(turns(silent, *HELLO, silent, *HELLO, silent)) == exact([("user", (Text("Hello"), Text("Hello")))])


@pytest.mark.parametrize("content", SILENT, ids=repr)
def test_an_assistant_may_call_without_a_word(content: object) -> None:
    """The call is all that there is of the turn."""
    calling = {**CALLING, "content": content}
    assert exact(turns(*HELLO, calling, RESULT, tools=[WEATHER])[1]) == exact(("assistant", (USE,)))


def test_one_call_at_a_time_is_kept_where_there_are_tools() -> None:
    """Without any there is nothing to keep."""
    assert parse(tools=[WEATHER], parallel_tool_calls=False).one_call
    assert not parse(tools=[WEATHER], tool_choice="none", parallel_tool_calls=False).one_call


def test_files_of_one_name_are_told_apart() -> None:
    """A client sends them again with every turn."""
    unnamed = {"type": "file", "file": {"file_data": PDF["file"]["file_data"]}}  # type: ignore[index] # it has them
    parts = turns({"role": "user", "content": [WORDS, unnamed, unnamed]})[0][1]
    assert [part.name for part in parts if isinstance(part, Document)] == ["document", "document 2"]


def test_calls_of_tools_and_their_results_are_turns() -> None:
    """Results are the user's, before what the user says next; no text at all is no input."""
    both = {"role": "assistant", "content": "\n", "tool_calls": [{**CALL, "index": 0}, NEXT_CALL]}
    results = [{**RESULT, "tool_call_id": "call-2", "content": [{"type": "text", "text": "noon"}]}, RESULT]
    assert exact(turns(*HELLO, both, *results, *HELLO, tools=[WEATHER, CLOCK])) == exact(
        [
            ("user", (Text("Hello"),)),
            ("assistant", (USE, ToolUse("call-2", "clock", {}))),
            ("user", (ToolResult("call-2", (Text("noon"),)), ToolResult("call-1", (Text("Rain"),)), Text("Hello"))),
        ]
    )


@pytest.mark.parametrize("content", ["", " \n", None, [], [{"type": "text", "text": ""}]], ids=repr)
def test_a_tool_that_said_nothing_said_so(content: object) -> None:
    """Bedrock takes no blank text, and many tools have none."""
    result = turns(*HELLO, CALLING, {**RESULT, "content": content}, tools=[WEATHER])[-1]
    assert exact(result) == exact(("user", (ToolResult("call-1", (Text("(no output)"),)),)))


def test_tools_are_taken() -> None:
    """One without parameters takes none."""
    assert exact(chat(tools=[WEATHER, CLOCK]).tools) == exact(
        (
            Tool("weather", "Tells it", {"type": "object"}, strict=True),
            Tool("clock", None, {"type": "object", "properties": {}}),
        )
    )


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", None),
        ("required", AnyTool()),
        ({"type": "function", "function": {"name": "clock"}}, OneTool("clock")),
    ],
    ids=repr,
)
def test_a_choice_of_tools_is_taken(choice: object, expected: object) -> None:
    """As Converse has it."""
    assert exact(chat(tools=[CLOCK], tool_choice=choice).tool_choice) == exact(expected)


def test_tools_that_must_not_be_called_are_not_sent() -> None:
    """Converse has no other way to keep a model from them."""
    assert chat(tools=[CLOCK], tool_choice="none").tools == ()


def test_a_schema_is_taken() -> None:
    """Beside tools too, where Bedrock itself holds the model to it."""
    assert exact(chat(response_format=SCHEMA, tools=[CLOCK]).json_schema) == exact(
        JsonSchema("city", {"type": "object"})
    )
    described = {"type": "json_schema", "json_schema": {"name": "c", "schema": {}, "description": "A city"}}
    assert exact(chat(response_format=described, model="by-tool").json_schema) == exact(JsonSchema("c", {}, "A city"))


def test_instructions_are_added_where_the_operator_allows_it() -> None:
    """In order, with a blank line between."""
    parts = [{"type": "text", "text": "Be kind."}, {"type": "text", "text": "Rhyme."}]
    instructions = [{"role": "system", "content": "Be brief."}, {"role": "developer", "content": parts}]
    request = chat(OPEN, messages=[*instructions, *HELLO])
    assert request.system == "Be brief.\n\nBe kind.\n\nRhyme."
    assert exact(request.messages) == exact((Message.of_text("user", "Hello"),))


def user(*parts: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(parts)}]}


def assistant(**fields: Any) -> dict[str, Any]:
    return {"messages": [*HELLO, {"role": "assistant", **fields}, *HELLO]}


def after_hello(*messages: Any) -> dict[str, Any]:
    return {"messages": [*HELLO, *messages], "tools": [WEATHER, CLOCK]}


def called(**changed: Any) -> dict[str, Any]:
    return after_hello({**CALLING, "tool_calls": [{**CALL, **changed}]}, RESULT)


def tool(**changed: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {"name": "clock", **changed}}]}


def schema(**changed: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "c", "schema": {}, **changed}}}


LAST = {"role": "assistant", "content": "Fine."}
HISTORY = {"messages": [*HELLO, CALLING, RESULT]}
REFUSED: dict[str, tuple[dict[str, Any], str, str | None]] = {
    # the whole
    "an unknown field": ({"sistem": "x"}, "unknown field 'sistem'", "sistem"),
    "another model": ({"model": "gpt-4o"}, "'gpt-4o' is not offered here; offered are by-tool, model-a, poor", "model"),
    "too many tokens": ({"max_tokens": 101}, "max_tokens must be a whole number from 1 to 100", "max_tokens"),
    "too many tokens by the new name": ({"max_completion_tokens": 101}, "max_completion_tokens must be",
                                        "max_completion_tokens"),
    "two limits": ({"max_tokens": 1, "max_completion_tokens": 2}, "send one of them", "max_tokens"),
    "hot": ({"temperature": 1.5}, "temperature is 1.5: Bedrock's range is 0 to 1", "temperature"),
    "cold": ({"temperature": -1}, "from 0 to 1, not -1", "temperature"),
    "a temperature that is text": ({"temperature": "1"}, "must be a number", "temperature"),
    "top_p": ({"top_p": 2}, "from 0 to 1", "top_p"),
    "stops": ({"stop": list("12345")}, "at most 4", "stop"),
    "an effort that isn't offered": ({"reasoning_effort": "high"}, "offered: low", "reasoning_effort"),
    "an effort that is no text": ({"reasoning_effort": []}, "is not offered", "reasoning_effort"),
    "stream": ({"stream": "yes"}, "stream must be true or false, not 'yes'", "stream"),
    "options without a stream": ({"stream_options": {}}, "only for a stream", "stream_options"),
    "an unknown option": ({"stream": True, "stream_options": {"x": 1}}, "may not have the field 'x'",
                          "stream_options.x"),
    "obfuscation": ({"stream": True, "stream_options": {"include_obfuscation": True}}, "no padding",
                    "stream_options.include_obfuscation"),
    "include_usage": ({"stream": True, "stream_options": {"include_usage": 1}}, "true or false",
                      "stream_options.include_usage"),
    "several answers": ({"n": 2}, "n must be left out or 1, not 2: Bedrock gives one answer", "n"),
    "an answer that is true": ({"n": True}, "n must be left out or 1, not True", "n"),
    "how many calls at a time": ({"parallel_tool_calls": 1}, "true or false, not 1", "parallel_tool_calls"),
    "a user that Bedrock doesn't take": ({"user": "auth0|1"}, "user must be text of the form", "user"),
    "a blank user": ({"user": " "}, "user must be text that is not blank", "user"),
    "two users": ({"user": "a", "safety_identifier": "b"}, "send one of them", "user"),
    "two users by metadata": ({"user": "a", "metadata": {"user": "b"}}, "send one of them", "metadata.user"),
    "a key": ({"metadata": {"": "x"}}, "a key of metadata must be text of the form", "metadata"),
    "a long key": ({"metadata": {"x" * 257: "x"}}, "a key of metadata must be", "metadata"),
    "a value": ({"metadata": {"a": 5}}, "metadata.a must be text of the form", "metadata.a"),
    "too much metadata": ({"user": "a", "metadata": dict.fromkeys(map(str, range(16)), "x")}, "Bedrock takes 15 of",
                          "metadata"),
    # messages
    "no messages": ({"messages": None}, "messages must be a list of at least one item", "messages"),
    "a message that is text": ({"messages": ["Hello"]}, "must be an object", "messages[0]"),
    "a role": ({"messages": [{"role": "function", "content": "x"}]}, "must be one of 'user'", "messages[0].role"),
    "a name": ({"messages": [{**HELLO[0], "name": "Jane"}]}, "may not have the field 'name', only content, role",
               "messages[0].name"),
    "instructions": ({"messages": [{"role": "system", "content": "x"}, *HELLO]},
                     "instructions are set on the server; its operator can allow more with chat.client_system_",
                     "messages[0].role"),
    "the assistant first": ({"messages": [LAST, *HELLO]}, "begins with the user", "messages[0].role"),
    "the assistant last": ({"messages": [*HELLO, LAST]}, "the last of messages must be the user's", "messages"),
    "no content": ({"messages": [{"role": "user"}]}, "must be text that is not blank", "messages[0].content"),
    "empty content": (user(), "at least one item", "messages[0].content"),
    "a part of another kind": (user({"type": "input_audio"}), "must be one of 'text', 'image_url', 'file', not 'input",
                               "messages[0].content[0].type"),
    "a part that is text": (user("Hello"), "must be an object", "messages[0].content[0]"),
    "a blank part": (user({"type": "text", "text": " "}), "not blank", "messages[0].content[0].text"),
    "a part with a mark": (user({**WORDS, "cache_control": {}}), "may not have the field 'cache_control'",
                           "messages[0].content[0].cache_control"),
    "a picture elsewhere": (user({"type": "image_url", "image_url": {"url": "https://a/b.png"}}), "nothing is fetched",
                            "messages[0].content[0].image_url.url"),
    "a level of detail": (user({"type": "image_url", "image_url": {**PNG["image_url"], "detail": "high"}}),  # type: ignore[dict-item] # it is an object
                          "must be one of 'auto', not 'high'", "messages[0].content[0].image_url.detail"),
    "a picture of the assistant's": (assistant(content=[PNG]), "must be one of 'text', 'refusal', not 'image_url'",
                                     "messages[1].content[0].type"),
    "a file by its id": (user(WORDS, {"type": "file", "file": {"file_id": "f"}}), "may not have the field 'file_id'",
                         "messages[0].content[1].file.file_id"),
    "a file that is a picture": (user(WORDS, {"type": "file", "file": {"file_data": "data:image/png;base64,aGk="}}),
                                 "must be of application/pdf", "messages[0].content[1].file.file_data"),
    "a file alone": (user(PDF), "a file must come with text", "messages"),
    "an assistant that is blank beside words": (assistant(content=[WORDS, {"type": "text", "text": ""}]), "not blank",
                                                "messages[1].content[1].text"),
    "nobody but a silent assistant": ({"messages": [{"role": "assistant", "content": ""}]}, "must be the user's",
                                      "messages"),
    "an assistant's annotations": (assistant(content="x", annotations=[{}]), "left out or empty",
                                   "messages[1].annotations"),
    # calls and results
    "calls that are text": (assistant(content="x", tool_calls=""), "at least one item, not ''",
                            "messages[1].tool_calls"),
    "a call of another kind": (called(type="custom"), "must be one of 'function'", "messages[1].tool_calls[0].type"),
    "a call's id": (called(id="a b"), "must be text of the form", "messages[1].tool_calls[0].id"),
    "a call's name": (called(function={"name": "a.b", "arguments": "{}"}), "must be text of the form",
                      "messages[1].tool_calls[0].function.name"),
    "arguments that are no JSON": (called(function={"name": "weather", "arguments": "{"}), "can't be read as JSON",
                                   "messages[1].tool_calls[0].function.arguments"),
    "arguments with no number": (called(function={"name": "weather", "arguments": '{"a": NaN}'}), "NaN is not JSON",
                                 "messages[1].tool_calls[0].function.arguments"),
    "arguments that are a list": (called(function={"name": "weather", "arguments": "[]"}), "holds a JSON object",
                                  "messages[1].tool_calls[0].function.arguments"),
    "arguments that are an object": (called(function={"name": "weather", "arguments": {}}), "must be text that holds",
                                     "messages[1].tool_calls[0].function.arguments"),
    "arguments that are deep": (called(function={"name": "weather", "arguments": "[" * 5000}), "nested more than",
                                "messages[1].tool_calls[0].function.arguments"),
    "an id twice": (after_hello({**CALLING, "tool_calls": [CALL, CALL]}, RESULT), "has the id 'call-1' twice",
                    "messages[1].tool_calls"),
    "a result of no call": (after_hello(RESULT), "is no call in the assistant's message before it",
                            "messages[1].tool_call_id"),
    "a result twice": (after_hello(CALLING, RESULT, RESULT), "still waits for a result", "messages[3].tool_call_id"),
    "a result without an id": (after_hello(CALLING, {"role": "tool", "content": "x"}), "must be text of the form",
                               "messages[2].tool_call_id"),
    "a result that is a number": (after_hello(CALLING, {**RESULT, "content": 5}), "must be text",
                                  "messages[2].content"),
    "a result that is a picture": (after_hello(CALLING, {**RESULT, "content": [PNG]}), "may not have the field",
                                   "messages[2].content[0].image_url"),
    "a call without a result": (after_hello(CALLING, *HELLO), "'call-1' has no result.*missing before messages.2.",
                                "messages"),
    "a call at the end": (after_hello(CALLING), "is missing at the end of messages", "messages"),
    # tools
    "tools that are an object": ({"tools": {}}, "at least one item, not {}", "tools"),
    "a tool of another kind": ({"tools": [{"type": "custom"}]}, "must be one of 'function'", "tools[0].type"),
    "a tool's name": (tool(name="a b"), "must be text of the form", "tools[0].function.name"),
    "a tool's description": (tool(description=5), "must be text", "tools[0].function.description"),
    "a tool's parameters": (tool(parameters="x"), "must be an object", "tools[0].function.parameters"),
    "a tool's strictness": (tool(strict="x"), "must be true or false", "tools[0].function.strict"),
    "a tool twice": ({"tools": [CLOCK, CLOCK]}, "tools has 'clock' twice", "tools"),
    "calls without tools": (HISTORY, "Bedrock wants the tools too: send them again", "tools"),
    "calls and no more of them": ({**HISTORY, "tools": [WEATHER], "tool_choice": "none"}, "'none' can't be kept",
                                  "tool_choice"),
    "a choice of no tools": ({"tool_choice": "required"}, "there are no tools", "tool_choice"),
    "a choice that is none": ({"tools": [CLOCK], "tool_choice": "any"}, "must be one of 'auto'", "tool_choice"),
    "a choice of another kind": ({"tools": [CLOCK], "tool_choice": {"type": "allowed_tools"}},
                                 "must be one of 'function'", "tool_choice.type"),
    "a choice of no such tool": ({"tools": [CLOCK], "tool_choice": {"type": "function", "function": {"name": "x"}}},
                                 "must be one of 'clock', not 'x'", "tool_choice.function.name"),
    # the answer's form
    "JSON of no schema": ({"response_format": {"type": "json_object"}}, "use json_schema", "response_format"),
    "a form that is none": ({"response_format": {"type": "xml"}}, "must be one of 'text'", "response_format.type"),
    "a schema's name": (schema(name="a b"), "must be text of the form", "response_format.json_schema.name"),
    "a schema that is none": (schema(schema="x"), "must be an object", "response_format.json_schema.schema"),
    "a schema's strictness": (schema(strict=1), "true or false", "response_format.json_schema.strict"),
    "a schema's description": (schema(description=""), "not blank", "response_format.json_schema.description"),
    "a schema and tools": ({"model": "by-tool", "response_format": SCHEMA, "tools": [CLOCK]}, "can't be had at once",
                           "response_format"),
    # what the operator says that the model can't do
    "a schema for a model without": ({"model": "poor", **schema()}, "to take a JSON schema", "response_format"),
    "a picture for a model without": ({"model": "poor", **user(PNG)}, "to take images", "messages"),
    "a file for a model without": ({"model": "poor", **user(WORDS, PDF)}, "to take files", "messages"),
    "tools for a model without": ({"model": "poor", "tools": [CLOCK]}, "to take tools", "tools"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "message", "param"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_breaks_a_rule_is_refused(document: dict[str, Any], message: str, param: str | None) -> None:
    """With a message that says which rule, and the way to the field."""
    with pytest.raises(InvalidRequest, match=message) as refused:
        parse(**document)
    assert refused.value.param == param


@pytest.mark.parametrize("name", UNABLE)
def test_what_bedrock_cannot_do_is_refused(name: str) -> None:
    """By its name, and with the reason."""
    with pytest.raises(InvalidRequest, match=f"{name} must be left out.*: {UNABLE[name][1]}") as refused:
        parse(**{name: {"x": 1}})
    assert refused.value.param == name


def test_instructions_after_a_turn_are_refused() -> None:
    """Before it they would mean something else."""
    with pytest.raises(InvalidRequest, match="must come before all other messages") as refused:
        chat(OPEN, messages=[*HELLO, {"role": "system", "content": "x"}])
    assert refused.value.param == "messages[1].role"


def test_instructions_alone_are_no_conversation() -> None:
    """Somebody must ask."""
    with pytest.raises(InvalidRequest, match="must be the user's or a tool's"):
        chat(OPEN, messages=[{"role": "system", "content": "x"}])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 5) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PARTS = st.sampled_from([PNG, PDF, WORDS, {"type": "refusal", "refusal": "No"}, {"type": "text"}])
MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "user", "assistant", "tool", "system", "x"])},
    optional={
        "content": st.sampled_from(["Hello", "", None]) | st.lists(PARTS | JSON_VALUES, max_size=3) | JSON_VALUES,
        "tool_calls": st.lists(st.sampled_from([CALL, NEXT_CALL]) | JSON_VALUES, max_size=2) | JSON_VALUES,
        "tool_call_id": st.sampled_from(["call-1", "call-2"]) | JSON_VALUES,
        "refusal": JSON_VALUES,
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {"messages": st.lists(st.sampled_from([*HELLO, CALLING, RESULT]) | MESSAGES, max_size=5)},
    optional={
        "tools": st.lists(st.sampled_from([WEATHER, CLOCK]) | JSON_VALUES, max_size=2),
        "response_format": st.just(SCHEMA) | JSON_VALUES,
        **dict.fromkeys(sorted({*FIELDS, *UNABLE} - {"messages", "tools", "response_format"}), JSON_VALUES),
    },
)


CONVERSE = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("ConverseStream")


def bedrock_takes(request: ChatRequest) -> bool:
    """As far as botocore knows Bedrock's rules."""
    errors = ParamValidator().validate(converse_parameters(request, None), CONVERSE.input_shape)
    assert not errors.has_errors(), errors.generate_report()
    return True


def turns_alternate(request: ChatRequest) -> bool:
    return [message.role for message in request.messages] == (["user", "assistant"] * 9)[: len(request.messages)]


@given(DOCUMENTS | st.dictionaries(st.sampled_from(sorted(FIELDS)), JSON_VALUES) | JSON_VALUES, st.booleans())
def test_any_json_is_taken_or_refused(document: Any, client_system_prompt: bool) -> None:
    """Nothing else is raised, and what is taken has turns that Converse takes."""
    settings = SETTINGS._replace(client_system_prompt=client_system_prompt)
    try:
        request = parse_completion_request(json.dumps(document).encode(), settings).chat
    except (InvalidRequest, RequestTooLarge) as refused:
        assert str(refused)  # noqa: PT017 - both outcomes are right; any other exception fails the test
    else:
        assert bedrock_takes(request)
        assert turns_alternate(request)
        assert request.messages[-1].role == "user"
        assert all(message.parts for message in request.messages)


CONVERSATIONS = st.lists(
    st.sampled_from([
        HELLO,
        [LAST],
        [CALLING, RESULT],
        [{**CALLING, "tool_calls": [CALL, NEXT_CALL]}, {**RESULT, "tool_call_id": "call-2"}, RESULT],
    ]),
    max_size=6,
)  # fmt: skip


@given(CONVERSATIONS)
def test_every_conversation_of_an_agent_is_taken(steps: list[list[dict[str, Any]]]) -> None:
    """In whichever order it goes, each call is answered in the turn after it, and nothing is lost."""
    messages = [*HELLO, *(message for step in steps for message in step), *HELLO]
    request = chat(messages=messages, tools=[WEATHER, CLOCK])
    assert bedrock_takes(request)
    assert turns_alternate(request)
    for one, following in zip(request.messages, request.messages[1:], strict=False):
        uses = {part.tool_call_id for part in one.parts if isinstance(part, ToolUse)}
        assert uses == {part.tool_call_id for part in following.parts if isinstance(part, ToolResult)}
    contents = [content for message in messages for content in (message["content"], *message.get("tool_calls", []))]
    assert sum(len(message.parts) for message in request.messages) == len(list(filter(None, contents)))


def test_many_calls_and_tools_take_no_longer_each_than_a_few() -> None:
    """A body of the size that Lambda takes has tens of thousands, and must not keep the function busy."""
    many = range(40_000)
    calls = [{**CALL, "id": f"call-{number}"} for number in many]
    results = [{**RESULT, "tool_call_id": call["id"]} for call in reversed(calls)]
    tools = [{"type": "function", "function": {"name": f"tool-{number}"}} for number in many]
    messages = [*HELLO, {**CALLING, "tool_calls": calls}, *results]
    started = time.process_time()
    spoken = parse_messages(messages, client_system_prompt=False).messages
    parse_tools({"tools": tools}, spoken)
    assert time.process_time() - started < LIMIT_S
