"""The AI SDK's routes, behind a model whose answer is scripted."""

import json
import subprocess
import sys
from typing import Any

import pytest

from bedrock_chat.app import Application
from bedrock_chat.errors import ModelThrottled
from bedrock_chat.events import BlockEnd, Event, Finish, Start, TextDelta, Usage
from bedrock_chat.settings import Settings
from lambda_stream import Response
from support.application import ScriptedModel, context, stream, url_event

SETTINGS = Settings("model-a", frozenset({"model-a"}))
ANSWER: list[Event | BaseException] = [
    Start("model-a"),
    TextDelta("Hi"),
    BlockEnd(),
    Usage(1, 1, 2),
    Finish("end_turn"),
]
HELLO = {"messages": [{"id": "u", "role": "user", "parts": [{"type": "text", "text": "Hello"}]}]}


def call(
    method: str,
    path: str,
    *,
    model: ScriptedModel | None = None,
    body: Any = None,
    wanted: str | None = None,
) -> Response:
    event = url_event(method, path, b"" if body is None else json.dumps(body).encode())
    event["queryStringParameters"] = {} if wanted is None else {"format": wanted}
    return Application(SETTINGS, model or ScriptedModel(ANSWER))(event, context())


def refusal(response: Response) -> tuple[int, str]:
    assert isinstance(response.body, str)
    return response.status, json.loads(response.body)["error"]["code"]


@pytest.mark.parametrize("wanted", [None, "ui"])
def test_a_chat_is_answered_by_a_ui_message_stream(wanted: str | None) -> None:
    """Whose id is that of the request, which is also in the log."""
    response = call("POST", "/api/chat", body=HELLO, wanted=wanted)
    chunks = [
        json.loads(frame.removeprefix("data: ")) for frame in b"".join(stream(response)).decode().split("\n\n")[:-2]
    ]
    assert (response.status, response.headers["x-vercel-ai-ui-message-stream"]) == (200, "v1")
    assert chunks[0] == {"type": "start", "messageId": "id-1"}
    assert [chunk["type"] for chunk in chunks[1:]] == [
        *("start-step", "text-start", "text-delta", "text-end", "finish-step", "finish"),
    ]


def test_a_chat_that_goes_on_after_a_tool_keeps_its_message() -> None:
    """By the id that the page gave it."""
    tool = {"type": "tool-time", "toolCallId": "t1", "state": "output-available", "input": {}, "output": "noon"}
    messages = [*HELLO["messages"], {"id": "a", "role": "assistant", "parts": [tool]}]
    response = call("POST", "/api/chat", body={"messages": messages})
    assert b'{"type":"start","messageId":"a"}' in b"".join(stream(response))


def test_the_text_alone_is_there_for_the_asking() -> None:
    """For TextStreamChatTransport, whose requests differ in nothing but the URL."""
    response = call("POST", "/api/chat", body=HELLO, wanted="text")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert b"".join(stream(response)) == b"Hi"


def test_a_format_that_is_none_is_refused() -> None:
    """With those that are."""
    response = call("POST", "/api/chat", body=HELLO, wanted="ndjson")
    assert refusal(response) == (400, "invalid_request")
    assert "format must be one of 'ui', 'text', not 'ndjson'" in str(response.body)


def test_a_request_that_is_refused_never_reaches_the_model() -> None:
    """And a model that refuses is a true status."""
    model = ScriptedModel([ModelThrottled("slow down")])
    assert refusal(call("POST", "/api/chat", model=model, body={})) == (400, "invalid_request")
    assert model.asked == []
    assert refusal(call("POST", "/api/chat", model=model, body=HELLO)) == (429, "throttled")


@pytest.mark.parametrize("chat_id", ["abc123", "%2e%2e", "a%2Fb"])
def test_there_is_never_an_answer_to_resume(chat_id: str) -> None:
    """What a page asks that was opened anew; it then waits for its user."""
    response = call("GET", f"/api/chat/{chat_id}/stream")
    assert (response.status, response.body, response.headers) == (204, None, {"cache-control": "no-store"})


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/chat", (405, "method_not_allowed")),
        ("POST", "/api/chat/abc/stream", (405, "method_not_allowed")),
        ("GET", "/api/chat/abc", (404, "not_found")),
        ("GET", "/api/chat//stream", (404, "not_found")),
        ("GET", "/api/chat/abc/stream/more", (404, "not_found")),
        ("GET", "/other/chat/abc/stream", (404, "not_found")),
    ],
)
def test_anything_else_is_refused(method: str, path: str, expected: tuple[int, str]) -> None:
    """A wrong method with the right one in a header."""
    response = call(method, path, body=HELLO)
    assert refusal(response) == expected
    if expected[0] == 405:
        assert response.headers["allow"] == ("POST" if path == "/api/chat" else "GET")


def test_an_operator_can_turn_it_off() -> None:
    """Then there is nothing at its paths."""
    application = Application(SETTINGS._replace(interfaces=frozenset({"openai"})), ScriptedModel(ANSWER))
    for method, path in (("POST", "/api/chat"), ("GET", "/api/chat/abc/stream")):
        assert refusal(application(url_event(method, path), context())) == (404, "not_found")


def test_a_cold_start_does_not_pay_for_it() -> None:
    """Its modules are imported by the first request that needs them."""
    script = "import sys, bedrock_chat.app; print([name for name in sys.modules if 'ai_sdk' in name])"
    printed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert printed == "[]\n"
