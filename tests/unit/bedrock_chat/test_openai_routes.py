"""The routes of OpenAI's clients, behind a model whose answer is scripted."""

import json
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest

from bedrock_chat.app import Application
from bedrock_chat.capabilities import Capabilities
from bedrock_chat.conversation import OneTool
from bedrock_chat.errors import ModelThrottled
from bedrock_chat.events import BlockEnd, Event, Finish, Start, TextDelta, ToolDelta, ToolStart, Usage
from bedrock_chat.settings import Settings
from lambda_stream import Response
from support.application import ScriptedModel, context, stream, url_event
from support.exact import exact

COMPLETIONS = "/v1/chat/completions"
SETTINGS = Settings(
    "amazon.nova-lite-v1:0",
    frozenset({"amazon.nova-lite-v1:0", "by-tool"}),
    max_input_bytes=1000,
    capabilities={"by-tool": Capabilities(json_schema="tool")},
)
HELLO = {"messages": [{"role": "user", "content": "Hello"}]}
ANSWER: list[Event | BaseException] = [Start("m"), TextDelta("Hi"), BlockEnd(), Usage(1, 1, 2), Finish("end_turn")]


def call(
    method: str,
    path: str,
    body: bytes = b"",
    *,
    model: ScriptedModel | None = None,
    settings: Settings = SETTINGS,
) -> Response:
    return Application(settings, model or ScriptedModel(ANSWER))(url_event(method, path, body), context())


def ask(model: ScriptedModel, /, **fields: Any) -> Response:
    return call("POST", COMPLETIONS, json.dumps({**HELLO, **fields}).encode(), model=model)


def document_of(response: Response) -> dict[str, Any]:
    assert isinstance(response.body, str)
    assert (response.headers["content-type"], response.headers["x-request-id"]) == ("application/json", "id-1")
    document: dict[str, Any] = json.loads(response.body)
    return document


def test_an_answer_is_whole_or_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the request says; both say when it was made."""
    monkeypatch.setattr("time.time", lambda: 7.9)
    whole = ask(ScriptedModel(ANSWER))
    assert whole.status == 200
    document = document_of(whole)
    assert (document["choices"][0]["message"]["content"], document["created"]) == ("Hi", 7)
    streamed = ask(ScriptedModel(ANSWER), stream=True, stream_options={"include_usage": True})
    assert streamed.headers["content-type"] == "text/event-stream; charset=utf-8"
    *chunks, usage, done = list(stream(streamed))[-1].split(b"\n\n")[:-1]
    assert (len(chunks), done) == (1, b"data: [DONE]")
    last = json.loads(usage.removeprefix(b"data: "))
    assert (last["usage"]["total_tokens"], last["created"]) == (2, 7)


BODY = json.dumps(HELLO).encode()
REFUSALS = {
    "a wrong field": ("POST", COMPLETIONS, b'{"messages": []}', (400, "invalid_request", "messages")),
    "no JSON": ("POST", COMPLETIONS, b"{", (400, "invalid_request", None)),
    "too large": ("POST", COMPLETIONS, BODY + b" " * 1000, (413, "request_too_large", None)),
    "a wrong method": ("GET", COMPLETIONS, b"", (405, "method_not_allowed", None)),
    "no such path": ("POST", "/v1/responses", BODY, (404, "not_found", None)),
}


@pytest.mark.parametrize(("method", "path", "body", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_in_openais_form(
    method: str, path: str, body: bytes, expected: tuple[int, str, str | None]
) -> None:
    """With the true status, and param even where it is null."""
    response = call(method, path, body)
    error = document_of(response)["error"]
    assert error.keys() == {"message", "type", "param", "code", "request_id"}
    assert (response.status, error["code"], error["param"]) == expected


@pytest.mark.parametrize("fields", [{}, {"stream": True}], ids=["whole", "streamed"])
def test_a_model_that_refuses_is_a_true_http_error(fields: dict[str, Any]) -> None:
    """Before the first byte, whichever form was asked for."""
    response = ask(ScriptedModel([ModelThrottled("slow down")]), **fields)
    error = document_of(response)["error"]
    assert (response.status, error["code"], error["param"]) == (429, "throttled", None)


def test_a_whole_answer_that_breaks_off_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """Half of it is of no use. The log has it, since to Lambda the invocation is a success."""
    assert ask(ScriptedModel([*ANSWER[:2], ModelThrottled("slow down")])).status == 429
    assert caplog.messages == ["amazon.nova-lite-v1:0: throttled: slow down"]


def test_an_answer_that_cannot_be_used_is_a_bad_gateway(caplog: pytest.LogCaptureFixture) -> None:
    """And in the log: to Lambda the invocation is a success."""
    response = ask(ScriptedModel([*ANSWER[:4], Finish("malformed_model_output")]))
    assert (response.status, document_of(response)["error"]["code"]) == (502, "model_failed")
    (line,) = caplog.messages
    assert line.startswith("amazon.nova-lite-v1:0: model_failed: the model's answer can't be used")


def test_a_model_without_structured_output_answers_in_json() -> None:
    """By a tool, where the operator says so."""
    answer: list[Event | BaseException] = [
        Start("m"), ToolStart("t", "city"), ToolDelta('{"a":1}'), BlockEnd(), Usage(1, 1, 2), Finish("tool_use"),
    ]  # fmt: skip
    model = ScriptedModel(answer)
    form = {"type": "json_schema", "json_schema": {"name": "city", "schema": {"type": "object"}}}
    document = document_of(ask(model, model="by-tool", response_format=form))
    (choice,) = document["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ('{"a":1}', "stop")
    assert exact(model.asked[0].tool_choice) == exact(OneTool("city"))


def test_models_are_listed() -> None:
    """With their makers, where their ids say so."""
    made_by = {
        "amazon.nova-lite-v1:0": "amazon",
        "eu.anthropic.claude-sonnet-4-5-20250929-v1:0": "anthropic",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0": "anthropic",
        "us-gov.amazon.nova-lite-v1:0": "amazon",
        "ai21.jamba-1.5-large": "ai21",
        "arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-v1:0": "meta",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12": "bedrock",
    }
    document = document_of(call("GET", "/v1/models", settings=SETTINGS._replace(allowed_model_ids=frozenset(made_by))))
    assert document == {
        "object": "list",
        "data": [
            {"id": model_id, "object": "model", "created": 0, "owned_by": made_by[model_id]}
            for model_id in sorted(made_by)
        ],
    }


PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12"


@pytest.mark.parametrize(
    ("path", "model_id"),
    [
        ("amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("amazon.nova-lite-v1%3A0/", "amazon.nova-lite-v1:0"),
        (quote(PROFILE, safe=""), PROFILE),
    ],
)
def test_one_model_is_described(path: str, model_id: str) -> None:
    """As the list describes it, however a client writes its id into the path."""
    settings = SETTINGS._replace(allowed_model_ids=SETTINGS.allowed_model_ids | {PROFILE})
    described = document_of(call("GET", f"/v1/models/{path}", settings=settings))
    assert described in document_of(call("GET", "/v1/models", settings=settings))["data"]
    assert described["id"] == model_id


def test_a_model_that_is_not_offered_is_not_found() -> None:
    """In OpenAI's form, and with those that are."""
    response = call("GET", "/v1/models/gpt-4o")
    error = document_of(response)["error"]
    message = "model 'gpt-4o' is not offered here; offered are amazon.nova-lite-v1:0, by-tool"
    expected = {"code": "model_not_found", "type": "invalid_request_error", "param": None, "message": message}
    assert (response.status, error) == (404, {**expected, "request_id": "id-1"})
    assert call("POST", "/v1/models/gpt-4o").headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", COMPLETIONS), ("GET", "/v1/models"), ("GET", "/v1/models/by-tool")]
)
def test_an_operator_can_turn_it_off(method: str, path: str) -> None:
    """There is nothing then, and nobody is sent there."""
    refused = call(method, path, BODY, settings=SETTINGS._replace(interfaces=frozenset()))
    assert (refused.status, document_of(refused)["error"]["message"]) == (
        404,
        f"there is nothing at {path}: POST to /chat",
    )


def test_another_path_of_openais_is_told_this_one() -> None:
    """Some packages ask elsewhere unless they are told not to."""
    error = document_of(call("POST", "/v1/responses", BODY))["error"]
    assert error["message"] == "there is nothing at /v1/responses: POST to /v1/chat/completions"


def test_who_asks_otherwise_pays_nothing_for_it() -> None:
    """A cold start imports none of it."""
    script = "import sys, bedrock_chat.app; print([name for name in sys.modules if 'bedrock_chat.openai' in name])"
    ended = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert ended.stdout == "[]\n"


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
def test_one_call_at_a_time_is_one_call(streamed: bool) -> None:
    """Though the model makes two."""
    calls: list[Event | BaseException] = [
        each for name in "ab" for each in (ToolStart(name, "clock"), ToolDelta("{}"), BlockEnd())
    ]
    model = ScriptedModel([Start("m"), *calls, Usage(1, 1, 2), Finish("tool_use")])
    tools = [{"type": "function", "function": {"name": "clock"}}]
    response = ask(model, tools=tools, parallel_tool_calls=False, stream=streamed)
    body = response.body if isinstance(response.body, str) else b"".join(stream(response)).decode()
    assert '"a"' in body
    assert '"b"' not in body
