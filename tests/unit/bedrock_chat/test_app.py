"""The application behind a model whose answer is scripted."""

import json
from typing import Any

import pytest

from bedrock_chat.app import Application
from bedrock_chat.errors import (
    ChatError,
    ModelAccessDenied,
    ModelError,
    ModelFailed,
    ModelNotFound,
    ModelRejectedRequest,
    ModelThrottled,
    ModelTimeout,
    ModelUnavailable,
    StreamTruncated,
)
from bedrock_chat.events import (
    BlockEnd,
    Citation,
    Event,
    Finish,
    ReasoningDelta,
    ReasoningSignature,
    Start,
    TextDelta,
    ToolDelta,
    ToolStart,
    Usage,
)
from bedrock_chat.settings import Settings
from lambda_stream import DeadlineExceeded, Response
from support.application import Exchange, ScriptedModel, context, stream, url_event

SETTINGS = Settings("model-a", frozenset({"model-a"}), max_input_bytes=1000)
ANSWER: list[Event | BaseException] = [
    Start("model-a"),
    TextDelta("Hi"),
    BlockEnd(),
    Usage(1, 1, 2),
    Finish("end_turn"),
]


def call(model: ScriptedModel, event: object, exchange: Exchange | None = None) -> Response:
    return Application(SETTINGS, model)(event, context(exchange))


def ask(model: ScriptedModel, path: str = "/chat", body: bytes = b'{"message": "Hello"}') -> Response:
    return call(model, url_event("POST", path, body))


def error_of(response: Response) -> dict[str, str]:
    assert isinstance(response.body, str)
    assert response.headers["content-type"] == "application/json"
    error: dict[str, str] = json.loads(response.body)["error"]
    assert error.keys() == {"message", "type", "code", "request_id"}
    assert error["request_id"] == "id-1"
    return error


def frames(chunks: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix(b"data: ")) for line in b"".join(chunks).split(b"\n\n") if line]


@pytest.mark.parametrize("path", ["/", "/chat", "/chat/"])
def test_an_answer_is_a_stream_of_server_sent_events(path: str) -> None:
    """One chunk for each event of the model."""
    response = ask(ScriptedModel(ANSWER), path)
    assert (response.status, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert response.headers["cache-control"] == "no-cache, no-transform"
    assert [frame["type"] for frame in frames(list(stream(response)))] == ["start", "token", "usage", "done"]


REFUSALS = [
    (ModelThrottled, 429, "throttled", "rate_limit_error"),
    (ModelAccessDenied, 403, "access_denied", "permission_error"),
    (ModelRejectedRequest, 400, "model_rejected_request", "invalid_request_error"),
    (ModelNotFound, 404, "model_not_found", "invalid_request_error"),
    (ModelUnavailable, 503, "model_unavailable", "api_error"),
    (ModelTimeout, 504, "model_timeout", "timeout_error"),
    (ModelFailed, 502, "model_failed", "api_error"),
    (StreamTruncated, 502, "stream_truncated", "api_error"),
]


@pytest.mark.parametrize(("error", "status", "code", "kind"), REFUSALS)
def test_a_model_that_refuses_is_a_true_http_error(error: type[ModelError], status: int, code: str, kind: str) -> None:
    """Nothing was sent yet, so the client gets a status that it can act on."""
    response = ask(ScriptedModel([error("because")]))
    found = error_of(response)
    assert (response.status, found["code"], found["type"], found["message"]) == (status, code, kind, "because")


def test_a_model_that_refuses_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """To Lambda the invocation is a success; a client's own mistake is nobody's concern."""
    ask(ScriptedModel([ModelAccessDenied("because")]))
    ask(ScriptedModel([]), body=b"{}")
    assert caplog.messages == ["model-a: access_denied: because"]


def test_the_log_has_the_words_that_a_client_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """Such as AWS's own, which name the account."""
    denied = ModelAccessDenied("likely causes")
    denied.__cause__ = PermissionError("arn:aws:iam::123456789012:role/x is not authorized")
    assert error_of(ask(ScriptedModel([denied])))["message"] == "likely causes"
    assert caplog.messages == ["model-a: access_denied: arn:aws:iam::123456789012:role/x is not authorized"]


def test_what_one_read_brings_leaves_as_one_chunk() -> None:
    """And nothing waits for the next read."""
    model = ScriptedModel([Start("model-a"), [TextDelta("a"), TextDelta("b")], TextDelta("c"), BlockEnd()])
    chunks = stream(ask(model))
    assert [len(frames([next(chunks)])) for _ in range(3)] == [1, 2, 1]


def test_what_came_with_a_failure_is_not_lost() -> None:
    """The text of the read in which the answer turned out to be unusable."""
    end: list[Event] = [TextDelta("Hi"), BlockEnd(), Usage(1, 1, 2), Finish("malformed_tool_use")]
    body = json.dumps({"messages": [{"role": "user", "content": "Hello"}], "stream": True}).encode()
    chunks: list[bytes] = []
    with pytest.raises(ModelFailed, match="malformed_tool_use"):
        chunks.extend(stream(ask(ScriptedModel([Start("model-a"), end]), "/v1/chat/completions", body)))
    _, text, error = frames(chunks)
    assert text["choices"][0]["delta"]["content"] == "Hi"
    assert "can't be used" in error["error"]["message"]


def test_a_model_that_fails_later_is_an_error_in_the_stream() -> None:
    """In-band, and raised again: the runtime then sends the error trailers."""
    chunks: list[bytes] = []
    response = ask(ScriptedModel([*ANSWER[:2], ModelThrottled("slow down")]))
    with pytest.raises(ModelThrottled):
        chunks.extend(iter(stream(response)))
    *_, usage, last = frames(chunks)
    assert usage == {"type": "usage", "partial": True, "output_pieces": 1}
    assert last["type"] == "error"
    assert (last["error"]["code"], last["error"]["message"]) == ("throttled", "slow down")


def test_what_the_model_wrote_is_counted_whatever_it_is() -> None:
    """Reasoning and the input of a tool are paid for as text is; blocks and sources are not."""
    written: list[Event | BaseException] = [
        *(Start("m"), ReasoningDelta("hm"), ReasoningSignature("c2ln"), BlockEnd()),
        *(TextDelta("Hi"), Citation("Sky", None, None), BlockEnd()),
        *(ToolStart("t", "weather"), ToolDelta("{"), ToolDelta("}"), ModelThrottled("slow down")),
    ]
    chunks: list[bytes] = []
    with pytest.raises(ModelThrottled):
        chunks.extend(iter(stream(ask(ScriptedModel(written)))))
    assert frames(chunks)[-2] == {"type": "usage", "partial": True, "output_pieces": 4}


def test_a_failure_after_the_whole_cost_tells_no_part_of_it() -> None:
    """Such as that of storing the answer."""
    chunks: list[bytes] = []
    with pytest.raises(ModelThrottled):
        chunks.extend(iter(stream(ask(ScriptedModel([*ANSWER[:-1], ModelThrottled("slow down")])))))
    assert [frame["type"] for frame in frames(chunks)][-2:] == ["usage", "error"]
    assert "partial" not in frames(chunks)[-2]


def test_an_answer_that_runs_out_of_time_says_so() -> None:
    """With what is known of its cost; the runtime raises it shortly before Lambda would cut the stream."""
    chunks: list[bytes] = []
    response = ask(ScriptedModel([*ANSWER[:2], DeadlineExceeded("time")]))
    with pytest.raises(DeadlineExceeded):
        chunks.extend(iter(stream(response)))
    *_, usage, last = frames(chunks)
    assert (usage["output_pieces"], last["error"]["code"], last["error"]["type"]) == (
        1, "deadline_exceeded", "timeout_error",
    )  # fmt: skip


def test_a_model_that_never_answers_is_a_gateway_timeout() -> None:
    """As long as no status has been sent."""
    response = ask(ScriptedModel([DeadlineExceeded("time")]))
    assert (response.status, error_of(response)["code"]) == (504, "deadline_exceeded")


@pytest.mark.parametrize("error", [ModelThrottled("slow down"), DeadlineExceeded("time")], ids=["refused", "time up"])
def test_after_a_silence_a_refusal_is_told_in_the_stream(error: BaseException) -> None:
    """The status has left with the first heartbeat; the failure is raised for the trailers."""
    exchange = Exchange(committed=True)
    event = url_event("POST", "/chat", b'{"message": "Hello"}')
    response = call(ScriptedModel([error]), event, exchange)
    chunks: list[bytes] = []
    with pytest.raises(ChatError):
        chunks.extend(iter(stream(response)))
    (only,) = frames(chunks)
    assert only["type"] == "error"
    assert exchange.prepared is not None
    assert exchange.prepared.headers["content-type"] == "text/event-stream; charset=utf-8"


def test_a_fault_of_ours_tells_a_client_nothing_of_our_insides() -> None:
    """It may hold anything; the log has it."""
    chunks: list[bytes] = []
    response = ask(ScriptedModel([*ANSWER[:2], KeyError("secret")]))
    with pytest.raises(KeyError):
        chunks.extend(iter(stream(response)))
    assert frames(chunks)[-1]["error"]["code"] == "internal_error"
    assert b"secret" not in chunks[-1]


def test_after_a_silence_a_fault_of_ours_is_told_in_the_stream() -> None:
    """A page of JSON in the middle of a stream would look like its end; the log gets the fault itself."""
    event = url_event("POST", "/chat", b'{"message": "Hello"}')
    response = call(ScriptedModel([KeyError("secret")]), event, Exchange(committed=True))
    chunks: list[bytes] = []
    with pytest.raises(KeyError):
        chunks.extend(iter(stream(response)))
    (only,) = frames(chunks)
    assert (only["type"], only["error"]["code"]) == ("error", "internal_error")
    assert b"secret" not in chunks[0]


def test_before_it_a_fault_of_ours_is_a_true_error(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing was sent. The log says what a client isn't told."""
    response = ask(ScriptedModel([KeyError("secret")]))
    assert (response.status, error_of(response)["code"]) == (500, "internal_error")
    assert "KeyError: 'secret'" in caplog.text


def test_a_stream_that_is_given_up_hangs_up_on_the_model() -> None:
    """Nobody reads the rest, so nobody should pay for it."""
    model = ScriptedModel(ANSWER)
    body = stream(ask(model))
    next(body)
    assert not model.hung_up
    body.close()
    assert model.hung_up


def test_a_request_that_is_refused_never_reaches_the_model() -> None:
    """And is a 400, or a 413 when it is too large."""
    model = ScriptedModel(ANSWER)
    refused = ask(model, body=b'{"message": ""}')
    assert (refused.status, error_of(refused)["code"]) == (400, "invalid_request")
    too_large = ask(model, body=b'{"message": "%s"}' % (b"x" * 1000))
    assert (too_large.status, error_of(too_large)["code"]) == (413, "request_too_large")
    assert model.asked == []


def test_health_is_told_without_asking_the_model() -> None:
    """It costs nothing."""
    model = ScriptedModel([])
    response = call(model, url_event("GET", "/health"))
    assert (response.status, json.loads(str(response.body))) == (200, {"status": "ok", "model": "model-a"})


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/chat//x", 404), ("/health/x", 404)])
def test_any_other_path_is_not_found(path: str, status: int) -> None:
    """As JSON."""
    response = call(ScriptedModel([]), url_event("GET", path))
    assert (response.status, error_of(response)["code"]) == (status, "not_found")


@pytest.mark.parametrize(("method", "path", "allow"), [("GET", "/chat", "POST"), ("DELETE", "/health", "GET")])
def test_a_wrong_method_is_told_the_right_ones(method: str, path: str, allow: str) -> None:
    """In the header that HTTP has for it."""
    response = call(ScriptedModel([]), url_event(method, path))
    assert (response.status, error_of(response)["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"] == allow


@pytest.mark.parametrize("event", [{}, None, {**url_event("POST", "/chat"), "body": "not base64"}], ids=repr)
def test_an_event_that_is_no_request_is_refused(event: object) -> None:
    """The function can be invoked directly, with anything."""
    assert call(ScriptedModel([]), event).status == 400


def test_what_one_application_serves_another_need_not() -> None:
    """Each has the routes of its own settings, whichever was made first."""
    statuses = [
        Application(SETTINGS._replace(interfaces=frozenset(names)), ScriptedModel([]))(
            url_event("GET", "/"), context()
        ).status
        for names in (["page"], [])
    ]
    assert statuses == [200, 405]


def test_a_rest_api_event_is_served_too() -> None:
    """Payload 1.0."""
    event = {"httpMethod": "POST", "path": "/chat", "requestContext": {}, "body": '{"message": "Hello"}'}
    assert call(ScriptedModel(ANSWER), event).status == 200
