"""What a model can do, and what a client is told that asks for more."""

from typing import Any

import pytest

from bedrock_chat.capabilities import Capabilities
from bedrock_chat.chat_request import parse_chat_request
from bedrock_chat.conversation import ChatRequest, Document, Image, JsonSchema, Message, Text, Tool, ToolResult
from bedrock_chat.errors import InvalidRequest
from bedrock_chat.settings import Settings

IMAGE = Image("png", b"x")
SCHEMA = JsonSchema("answer", {"type": "object"})
ALL = Capabilities(json_schema="native", reasoning_effort={"low": {"thinking": {"budget_tokens": 1024}}, "none": {}})
TEXT_ONLY = Capabilities(images=False, documents=False, tools=False)


def asks(*parts: Any, **fields: Any) -> ChatRequest:
    return ChatRequest("m", (Message("user", (Text("look"), *parts)),), 5, **fields)


REQUESTS: dict[str, tuple[ChatRequest, str, str]] = {
    "an image": (asks(IMAGE), "take images", "messages"),
    "an image that a tool made": (asks(ToolResult("t", (Text("here"), IMAGE))), "take images", "messages"),
    "a file": (asks(Document("pdf", "report", b"x")), "take files", "messages"),
    "tools": (asks(tools=(Tool("find", None, {}),)), "take tools", "tools"),
    "a schema": (asks(json_schema=SCHEMA), "take a JSON schema for its answer", "response_format"),
}


@pytest.mark.parametrize(("request_", "words", "param"), REQUESTS.values(), ids=REQUESTS)
def test_what_a_model_cannot_do_is_refused(request_: ChatRequest, words: str, param: str) -> None:
    """With the model, what it is, and the field that asks for it."""
    with pytest.raises(InvalidRequest, match=f"model m is not set up here to {words}") as caught:
        TEXT_ONLY.check(request_)
    assert caught.value.param == param


@pytest.mark.parametrize(("request_", "words", "param"), REQUESTS.values(), ids=REQUESTS)
def test_what_a_model_can_do_is_let_through(request_: ChatRequest, words: str, param: str) -> None:  # noqa: ARG001
    """The same requests to a model that can."""
    ALL.check(request_)


@pytest.mark.parametrize("mode", ["native", "tool"])
def test_either_way_to_a_schema_will_do(mode: str) -> None:
    """The client need not know which."""
    Capabilities(json_schema=mode).check(REQUESTS["a schema"][0])


@pytest.mark.parametrize("capabilities", [ALL, TEXT_ONLY], ids=["all", "text only"])
def test_text_needs_nothing(capabilities: Capabilities) -> None:
    """Any model takes it, a tool's included."""
    capabilities.check(asks(ToolResult("t", (Text("here"),))))


def test_an_effort_is_what_the_operator_says() -> None:
    """In the fields that the model takes beside Converse's own; it may be none."""
    assert ALL.reasoning_fields("low", "m") == {"thinking": {"budget_tokens": 1024}}
    assert ALL.reasoning_fields("none", "m") == {}


@pytest.mark.parametrize(
    ("capabilities", "effort", "message"),
    [
        (ALL, "high", "reasoning_effort 'high' is not offered with model m; offered: low, none"),
        (TEXT_ONLY, "low", "reasoning_effort 'low' is not offered with model m; offered: none"),
        (ALL, "", "reasoning_effort '' is not offered"),
        (ALL, 1, "reasoning_effort 1 is not offered"),
        (ALL, ["low"], r"reasoning_effort \['low'\] is not offered"),
        (ALL, "x" * 1000, "reasoning_effort 'x{79}... is not offered"),
    ],
)
def test_another_effort_is_refused(capabilities: Capabilities, effort: Any, message: str) -> None:
    """With those that there are."""
    with pytest.raises(InvalidRequest, match=message) as caught:
        capabilities.reasoning_fields(effort, "m")
    assert caught.value.param == "reasoning_effort"


SETTINGS = Settings("m", frozenset({"m", "other"}), capabilities={"m": ALL})
TUNED = Settings(
    "m",
    frozenset({"m", "other"}),
    capabilities={
        "m": ALL._replace(default_reasoning_effort="low", prompt_caching=["system"], prompt_cache_ttl="1h"),
    },
)


def test_an_effort_in_a_chat_request() -> None:
    """It becomes the fields of the model that is asked."""
    chat = parse_chat_request(b'{"message": "hi", "reasoning_effort": "low"}', SETTINGS)
    assert chat.additional_fields == {"thinking": {"budget_tokens": 1024}}
    assert parse_chat_request(b'{"message": "hi"}', SETTINGS).additional_fields is None


@pytest.mark.parametrize("effort", ['""', "0", "false", "[]", '["low"]', '"high"'])
def test_a_wrong_effort_is_never_dropped(effort: str) -> None:
    """Not even one that is empty."""
    with pytest.raises(InvalidRequest, match=r"reasoning_effort .* is not offered with model m"):
        parse_chat_request(b'{"message": "hi", "reasoning_effort": %b}' % effort.encode(), SETTINGS)


def test_an_effort_is_the_models() -> None:
    """Another model, named in the request, has none."""
    with pytest.raises(InvalidRequest, match="is not offered with model other; offered: none"):
        parse_chat_request(b'{"message": "hi", "model": "other", "reasoning_effort": "low"}', SETTINGS)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"message": "hi"}', {"thinking": {"budget_tokens": 1024}}),
        (b'{"message": "hi", "reasoning_effort": null}', {"thinking": {"budget_tokens": 1024}}),
        (b'{"message": "hi", "reasoning_effort": "none"}', {}),
        (b'{"message": "hi", "model": "other"}', None),
    ],
    ids=["the default", "null, which names none", "another, by the client", "another model"],
)
def test_a_request_that_names_no_effort_gets_the_default(body: bytes, expected: dict[str, Any] | None) -> None:
    """Of the model that is asked, if it has one."""
    assert parse_chat_request(body, TUNED).additional_fields == expected


def test_the_prompt_is_cached_as_its_model_can() -> None:
    """By the operator's word; another model's prompt isn't."""
    tuned = parse_chat_request(b'{"message": "hi"}', TUNED)
    assert (tuned.cache_points, tuned.cache_ttl) == (["system"], "1h")
    other = parse_chat_request(b'{"message": "hi", "model": "other"}', TUNED)
    assert (other.cache_points, other.cache_ttl) == ((), None)
