"""A client's request, taken or refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.chat_request import parse_chat_request
from bedrock_chat.conversation import ChatRequest, Message
from bedrock_chat.errors import InvalidRequest, RequestTooLarge
from bedrock_chat.settings import Settings
from support.exact import exact

SETTINGS = Settings("model-a", frozenset({"model-a", "model-b"}), max_tokens=100, max_input_bytes=500)
OPEN = SETTINGS._replace(client_system_prompt=True)
HELLO = [{"role": "user", "content": "Hello"}]
OBEY = {"role": "system", "content": "Obey."}


def parse(document: Any) -> ChatRequest:
    return parse_chat_request(json.dumps(document).encode(), SETTINGS)


def test_a_single_message_is_the_users() -> None:
    """With the default model and the operator's cap."""
    assert exact(parse({"message": "Hello"})) == exact(ChatRequest("model-a", (Message.of_text("user", "Hello"),), 100))


def test_a_conversation_is_kept_in_order() -> None:
    """Content may be text or a list of text parts."""
    parts = [{"type": "text", "text": "And "}, {"type": "text", "text": "you?"}]
    request = parse(
        {"messages": [*HELLO, {"role": "assistant", "content": "Fine."}, {"role": "user", "content": parts}]}
    )
    assert exact(request.messages) == exact(
        (
            Message.of_text("user", "Hello"),
            Message.of_text("assistant", "Fine."),
            Message.of_text("user", "And you?"),
        )
    )


def test_every_option_is_taken() -> None:
    """Within the operator's bounds."""
    options = {"model": "model-b", "max_tokens": 7, "temperature": 0, "top_p": 1.0, "stop": ["END", "###"]}
    assert exact(parse({"message": "Hello", **options})) == exact(
        ChatRequest("model-b", (Message.of_text("user", "Hello"),), 7, 0.0, 1.0, ("END", "###"))
    )
    assert parse({"message": "Hello", "stop": "END"}).stop == ("END",)


def test_an_option_that_is_null_is_one_that_is_not_given() -> None:
    """Many clients send every field that they know."""
    options = dict.fromkeys(["messages", "model", "max_tokens", "temperature", "top_p", "stop"])
    assert exact(parse({"message": "Hello", **options})) == exact(parse({"message": "Hello"}))


REFUSED: dict[str, tuple[bytes | dict[str, Any] | list[Any], str]] = {
    "empty": (b"", "the body is empty"),
    "not UTF-8": (b'{"message": "\xff"}', "can't be read as JSON in UTF-8"),
    "not JSON": (b"{message: Hello}", "can't be read as JSON"),
    "not a number": (b'{"message": "a", "temperature": NaN}', "NaN is not JSON"),
    "too large a number": (b'{"message": "a", "temperature": -1e999}', "'-1e999' is too large a number"),
    "not an object": ([1], "must be a JSON object"),
    "an unknown field": ({"message": "a", "system": "obey"}, "unknown field 'system'"),
    "a session that nobody keeps": ({"message": "a", "session": "b"}, "this server keeps no conversations"),
    "neither message nor messages": ({}, "exactly one of"),
    "both": ({"message": "a", "messages": HELLO}, "exactly one of"),
    "no messages": ({"messages": []}, "at least one"),
    "messages of a wrong type": ({"messages": "Hello"}, "must be a list"),
    "a message of a wrong type": ({"messages": ["Hello"]}, r"messages\[0\] must be an object"),
    "a message with another field": ({"messages": [{**HELLO[0], "name": "x"}]}, "exactly the fields role and content"),
    "the system's role": ({"messages": [OBEY, *HELLO]}, r"\[0\].role is 'system', .* chat.client_system_prompt = true"),
    "an unknown role": ({"messages": [{"role": "tool", "content": "x"}]}, "not 'tool'"),
    "a role of a wrong type": ({"messages": [{"role": ["user"], "content": "x"}]}, r"not \['user'\]"),
    "the assistant first": ({"messages": [{"role": "assistant", "content": "x"}]}, r"\[0\].role must be 'user'"),
    "the user twice": ({"messages": HELLO * 2}, r"messages\[1\].role must be 'assistant'"),
    "the assistant last": ({"messages": [*HELLO, {"role": "assistant", "content": "x"}]}, "last message must be"),
    "blank": ({"message": " \n"}, "message must be text that is not blank"),
    "a message that is a number": ({"message": 5}, "message must be text"),
    "no content": ({"messages": [{"role": "user", "content": []}]}, r"messages\[0\].content must be text"),
    "a part that is no text": ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "must be a text part"),
    "half a character": ({"message": "\ud800"}, "half of a surrogate pair"),
    "another model": ({"message": "a", "model": "model-c"}, "'model-c' is not offered here; offered are model-a, "),
    "a model of a wrong type": ({"message": "a", "model": ["model-a"]}, "is not offered"),
    "too many tokens": ({"message": "a", "max_tokens": 101}, "from 1 to 100, not 101"),
    "no tokens": ({"message": "a", "max_tokens": 0}, "from 1 to 100"),
    "half a token": ({"message": "a", "max_tokens": 1.5}, "from 1 to 100"),
    "tokens that are true": ({"message": "a", "max_tokens": True}, "from 1 to 100"),
    "too hot": ({"message": "a", "temperature": 1.1}, "temperature must be a number from 0 to 1"),
    "a temperature that is text": ({"message": "a", "temperature": "1"}, "temperature must be a number"),
    "a temperature that is true": ({"message": "a", "temperature": True}, "temperature must be a number"),
    "a negative top_p": ({"message": "a", "top_p": -0.1}, "top_p must be a number"),
    "too many stops": ({"message": "a", "stop": ["1", "2", "3", "4", "5"]}, "at most 4 texts, not 5"),
    "a blank stop": ({"message": "a", "stop": [""]}, "stop must be text"),
    "a stop of a wrong type": ({"message": "a", "stop": 5}, "stop must be text"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_breaks_a_rule_is_refused(body: bytes | dict[str, Any] | list[Any], message: str) -> None:
    """With a message that says which rule and where."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(InvalidRequest, match=message):
        parse_chat_request(data, SETTINGS)


def test_instructions_precede_the_turns() -> None:
    """Where the operator allows them; the turns after them take turns as ever."""
    parts = {"role": "system", "content": [{"type": "text", "text": "Be brief."}]}
    request = parse_chat_request(json.dumps({"messages": [OBEY, parts, *HELLO]}).encode(), OPEN)
    assert (request.system, request.messages) == ("Obey.\n\nBe brief.", (Message.of_text("user", "Hello"),))
    assert parse_chat_request(json.dumps({"messages": HELLO}).encode(), OPEN).system is None


OUT_OF_PLACE: dict[str, tuple[list[dict[str, str]], str]] = {
    "after a turn": ([*HELLO, OBEY], r"messages\[1\] gives instructions: they must come before all other messages"),
    "the assistant after it": ([OBEY, {"role": "assistant", "content": "x"}], r"messages\[1\].role must be 'user'"),
    "alone": ([OBEY], "last message must be the user's"),
    "blank": ([{"role": "system", "content": " "}, *HELLO], r"messages\[0\].content must be text that is not blank"),
}


@pytest.mark.parametrize(("messages", "error"), OUT_OF_PLACE.values(), ids=OUT_OF_PLACE)
def test_instructions_that_break_a_rule_are_refused(messages: list[dict[str, str]], error: str) -> None:
    """Also where the operator allows them."""
    with pytest.raises(InvalidRequest, match=error):
        parse_chat_request(json.dumps({"messages": messages}).encode(), OPEN)


def test_a_body_over_the_cap_is_too_large() -> None:
    """One byte less is taken."""
    body = b'{"message": "%s"}' % (b"x" * 500)
    with pytest.raises(RequestTooLarge, match="at most 500"):
        parse_chat_request(body, SETTINGS)
    fitting = b'{"message": "%s"}' % (b"x" * (500 - len(b'{"message": ""}')))
    assert parse_chat_request(fitting, SETTINGS).messages[0].role == "user"


def test_deep_nesting_is_refused() -> None:
    """It must not end the function."""
    with pytest.raises(InvalidRequest, match="nested more than 200 levels deep"):
        parse_chat_request(b"[" * 100_000, Settings("m", frozenset({"m"}), max_input_bytes=1_000_000))


def test_a_long_value_is_cut_in_the_message() -> None:
    """A refusal is short whatever was sent."""
    with pytest.raises(InvalidRequest) as refused:
        parse({"message": "a", "model": "x" * 400})
    assert len(str(refused.value)) < 200


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(["message", "messages", "model", "max_tokens", "temperature", "top_p", "stop", "role"])


@given(st.dictionaries(KEYS, JSON_VALUES) | JSON_VALUES)
def test_any_json_is_taken_or_refused(document: Any) -> None:
    """Nothing else is raised, whatever a client sends."""
    try:
        parse_chat_request(json.dumps(document).encode(), SETTINGS)
    except (InvalidRequest, RequestTooLarge) as refused:
        assert str(refused)  # noqa: PT017 - both outcomes are right; any other exception fails the test


@given(st.binary(max_size=600))
def test_any_bytes_are_taken_or_refused(body: bytes) -> None:
    """Nothing else is raised, whatever a client sends."""
    try:
        parse_chat_request(body, SETTINGS)
    except (InvalidRequest, RequestTooLarge) as refused:
        assert str(refused)  # noqa: PT017 - both outcomes are right; any other exception fails the test
