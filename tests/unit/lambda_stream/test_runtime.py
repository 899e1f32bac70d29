"""The loop, over a real socket, against a Runtime API that h11 parses."""

import asyncio
import base64
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from lambda_stream import Context, InvalidResult
from lambda_stream.connection import Connection
from lambda_stream.errors import ConnectionLost, ProtocolViolation
from lambda_stream.log import FunctionLog, StandardOutput
from lambda_stream.runtime import Runtime
from support.runtime_api import Invoke, Received, RuntimeApiServer

if TYPE_CHECKING:
    from lambda_stream.handler import Handler

HTTP_EVENT = json.dumps({"requestContext": {"http": {"method": "GET"}}}).encode()
ERROR_TYPE = "lambda-runtime-function-error-type"
ERROR_BODY = "lambda-runtime-function-error-body"


def serve(
    api: RuntimeApiServer, handler: "Handler", *invocations: Invoke, environment: dict[str, str] | None = None
) -> list[Received]:
    """What the runtime sent back, one request for each invocation."""
    api.invocations += invocations
    with closing(Connection(api.host)) as connection:
        runtime = Runtime(
            connection, handler, {} if environment is None else environment, FunctionLog(StandardOutput())
        )
        for _ in invocations:
            runtime.serve_one()
    return [request for request in api.received if not request.path.endswith("/next")]


def error_of(request: Received) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        base64.b64decode(request.trailers[ERROR_BODY]) if request.trailers else request.body
    )
    return document


def test_each_yield_is_one_chunk_after_the_prelude(api: RuntimeApiServer) -> None:
    """In streaming mode, with the prelude as a chunk of its own."""
    (response,) = serve(api, lambda _event, _context: iter(["a ", b"b"]), Invoke(HTTP_EVENT))
    assert response.path == "/2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response"
    assert response.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert response.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    prelude, *chunks = response.chunks
    assert prelude.endswith(b"}" + bytes(8))
    assert chunks == [b"a ", b"b"]
    assert response.trailers == {}


def test_a_chunk_leaves_before_the_next_is_made(api: RuntimeApiServer) -> None:
    """The handler waits, with the first chunk yielded, until Lambda has it."""
    arrived = threading.Event()
    seen_in_time: list[bool] = []
    api.on_chunk = lambda chunk: arrived.set() if chunk == b"first" else None

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        yield b"zeroth"
        yield b"first"
        seen_in_time.append(arrived.wait(5))
        yield b"second"

    serve(api, handler, Invoke(HTTP_EVENT))
    assert seen_in_time == [True]


def test_a_handler_that_yields_nothing_sends_its_prelude(api: RuntimeApiServer) -> None:
    """An empty stream can hang a Function URL."""
    (response,) = serve(api, lambda _event, _context: iter(()), Invoke(HTTP_EVENT))
    (prelude,) = response.chunks
    assert prelude.startswith(b'{"statusCode":200')


def test_a_raw_event_gets_no_prelude(api: RuntimeApiServer) -> None:
    """The bytes as they are."""
    (response,) = serve(api, lambda event, _context: iter([str(event)]), Invoke(b"5"))
    assert (response.headers["content-type"], response.chunks) == ("application/octet-stream", [b"5"])


def test_a_json_value_answers_a_raw_event_whole(api: RuntimeApiServer) -> None:
    """As with the managed runtime."""
    (response,) = serve(api, lambda event, _context: {"got": event}, Invoke(b'{"a": 1}'))
    assert "lambda-runtime-function-response-mode" not in response.headers
    assert json.loads(response.body) == {"got": {"a": 1}}


async def async_value(event: object, _context: Context) -> object:
    return {"got": event}


async def async_generator(_event: object, _context: Context) -> AsyncIterator[str]:
    yield "a"
    yield "b"


async def async_returns_generator(event: object, context: Context) -> object:
    return async_generator(event, context)


@pytest.mark.parametrize(
    ("handler", "body"),
    [(async_value, b'{"got": 5}'), (async_generator, b"ab"), (async_returns_generator, b"ab")],
    ids=["coroutine", "async generator", "coroutine that returns an async generator"],
)
def test_async_handlers_are_run(api: RuntimeApiServer, handler: "Handler", body: bytes) -> None:
    """Twice, on one event loop."""
    first, second = serve(api, handler, Invoke(b"5"), Invoke(b"5"))
    assert (first.body, second.body) == (body, body)


def test_an_error_before_the_first_chunk_goes_to_the_error_endpoint(
    api: RuntimeApiServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Lambda can then answer with an error status; the log has the traceback."""

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        raise LookupError("early")
        yield b"never"

    (error,) = serve(api, handler, Invoke(HTTP_EVENT))
    assert error.path.endswith("/8476a536-e9f4-11e8-9739-2dfe598c3fcd/error")
    assert error.headers[ERROR_TYPE] == "Function.LookupError"
    assert (error_of(error)["errorMessage"], error_of(error)["errorType"]) == ("early", "LookupError")
    assert "[ERROR] LookupError: early\rTraceback" in capfd.readouterr().out


def test_an_error_after_the_first_chunk_goes_into_the_trailers(api: RuntimeApiServer) -> None:
    """What was yielded before arrives; the trailers are declared."""

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        yield b"a"
        raise LookupError("late")

    (response,) = serve(api, handler, Invoke(HTTP_EVENT))
    assert response.chunks[1:] == [b"a"]
    assert response.headers["trailer"].lower() == f"{ERROR_TYPE}, {ERROR_BODY}"
    assert response.trailers[ERROR_TYPE] == "Function.LookupError"
    assert error_of(response)["errorMessage"] == "late"
    assert "test_runtime.py" in error_of(response)["stackTrace"][0]


def test_a_chunk_of_a_wrong_type_ends_the_stream_with_an_error(api: RuntimeApiServer) -> None:
    """Named in the trailers."""
    (response,) = serve(api, lambda _event, _context: iter([b"a", 5]), Invoke(HTTP_EVENT))
    assert response.trailers[ERROR_TYPE] == "Runtime.InvalidResult"
    assert error_of(response)["errorMessage"] == "a chunk must be bytes or str, not int"


def test_an_event_that_is_not_json_is_an_error(api: RuntimeApiServer) -> None:
    """The handler isn't called."""
    (error,) = serve(api, lambda _event, _context: "never", Invoke(b"{"))
    assert error.headers[ERROR_TYPE] == "Runtime.UnmarshalError"


@pytest.mark.parametrize("name", ["Client-Context", "Cognito-Identity"])
def test_a_caller_context_that_is_not_json_is_an_error(api: RuntimeApiServer, name: str) -> None:
    """Named as the managed runtime names it."""
    (error,) = serve(api, lambda _event, _context: "never", Invoke(b"1", {f"Lambda-Runtime-{name}": "{"}))
    assert error.headers[ERROR_TYPE] == "Runtime.LambdaContextUnmarshalError"
    assert error_of(error)["errorMessage"].startswith(f"Unable to parse {name.replace('-', ' ')} JSON: ")


def test_after_a_failure_the_next_invocation_is_served(api: RuntimeApiServer) -> None:
    """On the same connection."""

    def handler(event: object, _context: Context) -> object:
        if event == "bad":
            raise InvalidResult("bad")
        return event

    results = serve(api, handler, Invoke(b'"bad"'), Invoke(b'"good"'))
    assert [request.path.rsplit("/", 1)[1] for request in results] == ["error", "response"]
    assert api.connections == 1


def test_a_lost_connection_closes_the_handler_and_the_next_invocation_is_served(
    api: RuntimeApiServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Lambda ends an invocation by hanging up: the handler's `finally` runs, and the runtime goes on."""
    closed: list[str] = []
    api.on_chunk = lambda chunk: chunk == b"cut here"

    def handler(event: object, _context: Context) -> Iterator[bytes]:
        try:
            while True:
                yield b"cut here" if event == "first" else b"whole"
                if event == "second":
                    return
                time.sleep(0.001)
        finally:
            closed.append(str(event))

    serve(api, handler, Invoke(b'"first"'), Invoke(b'"second"'))
    assert closed == ["first", "second"]
    assert api.received[-1].chunks == [b"whole"]
    assert "the Runtime API failed" in capfd.readouterr().out


def test_a_clean_up_that_fails_is_logged(api: RuntimeApiServer, capfd: pytest.CaptureFixture[str]) -> None:
    """It can't be reported any more, and must not end the function."""
    api.on_chunk = lambda chunk: chunk == b"x"

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        try:
            while True:
                yield b"x"
                time.sleep(0.001)
        finally:
            raise LookupError("clean-up")

    serve(api, handler, Invoke(HTTP_EVENT))
    assert "[ERROR] LookupError: clean-up" in capfd.readouterr().out


def test_an_answer_that_is_no_acceptance_is_logged(api: RuntimeApiServer, capfd: pytest.CaptureFixture[str]) -> None:
    """For example 413, when the response was too large."""
    api.status = 413
    serve(api, lambda _event, _context: iter(["a"]), Invoke(HTTP_EVENT))
    assert "the Runtime API answered 413" in capfd.readouterr().out


def test_the_trace_id_is_set_for_its_invocation_only(api: RuntimeApiServer) -> None:
    """X-Ray's SDK reads it from the environment."""
    environment: dict[str, str] = {}
    seen: list[str | None] = []
    trace = {"Lambda-Runtime-Trace-Id": "Root=1-a"}

    def handler(_event: object, _context: Context) -> None:
        seen.append(environment.get("_X_AMZN_TRACE_ID"))

    serve(api, handler, Invoke(b"1", trace), Invoke(b"2"), environment=environment)
    assert seen == ["Root=1-a", None]


def test_a_connection_that_the_peer_closed_is_opened_again(api: RuntimeApiServer) -> None:
    """Between invocations, unseen by the handler."""
    api.close_after_answer = True
    results = serve(api, lambda event, _context: event, Invoke(b"1"), Invoke(b"2"))
    assert [request.body for request in results] == [b"1", b"2"]


def idle(connection: Connection) -> Runtime:
    return Runtime(connection, lambda _event, _context: None, {}, FunctionLog(StandardOutput()))


def test_a_stream_on_a_connection_that_lambda_closed_meanwhile_is_sent_on_a_new_one(api: RuntimeApiServer) -> None:
    """The handler may take minutes to its first chunk."""
    api.close_after_answer = True

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        time.sleep(0.1)
        yield b"a"

    (response,) = serve(api, handler, Invoke(b"1"))
    assert (response.chunks, api.connections) == ([b"a"], 2)


def test_what_lambda_says_before_it_hangs_up_is_in_the_log(
    api: RuntimeApiServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """For example that the response is too large."""
    api.early_answer = 413

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        while True:
            yield b"x" * 1000
            time.sleep(0.005)

    serve(api, handler, Invoke(b"1"))
    assert "it had answered 413" in capfd.readouterr().out


class Interrupting(asyncio.CancelledError):
    """What async libraries raise; no Exception."""


@pytest.mark.parametrize("chunks", [[], ["a"]], ids=["before the first chunk", "after it"])
def test_a_cancellation_is_a_failure_like_any_other(api: RuntimeApiServer, chunks: list[str]) -> None:
    """The function goes on."""

    def handler(_event: object, _context: Context) -> Iterator[str]:
        yield from chunks
        raise Interrupting("stop")

    (request,) = serve(api, handler, Invoke(b"1"))
    assert error_of(request)["errorType"] == "Interrupting"


def test_a_handler_that_exits_ends_the_process(api: RuntimeApiServer) -> None:
    """Its stream is closed first; Lambda sees the exit status."""
    with pytest.raises(SystemExit):
        serve(api, lambda _event, _context: sys.exit(3), Invoke(b"1"))


async def within_a_timeout(_event: object, _context: Context) -> AsyncIterator[str]:
    async with asyncio.timeout(0.1):
        yield "a"
        await asyncio.sleep(20)


async def with_a_context_variable(_event: object, _context: Context) -> AsyncIterator[str]:
    token = VARIABLE.set("set")
    yield VARIABLE.get()
    yield VARIABLE.get()
    VARIABLE.reset(token)


VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


def test_an_async_generator_runs_in_one_task(api: RuntimeApiServer) -> None:
    """Its timeouts and context variables hold across its yields, as under `async for`."""
    timed, varied = (serve(api, handler, Invoke(b"1"))[-1] for handler in (within_a_timeout, with_a_context_variable))
    assert (timed.chunks, error_of(timed)["errorType"]) == ([b"a"], "TimeoutError")
    assert (varied.chunks, varied.trailers) == ([b"set", b"set"], {})


def test_tokens_leave_without_waiting_for_acknowledgements(api: RuntimeApiServer) -> None:
    """TCP_NODELAY: else a token could wait for the answer to the one before it."""
    with closing(Connection(api.host)) as connection:
        connection.send(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
        opened = connection._socket  # noqa: SLF001 - nothing else shows it
        assert opened is not None
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_connection_that_lambda_wants_closed_is_closed(api: RuntimeApiServer) -> None:
    """`Connection: close` on an answer."""
    api.answer_headers = {"Connection": "close"}
    results = serve(api, lambda event, _context: event, Invoke(b"1"), Invoke(b"2"))
    assert [request.body for request in results] == [b"1", b"2"]
    assert api.connections == 4


def test_without_a_runtime_api_the_loop_ends(api: RuntimeApiServer) -> None:
    """There is nothing to serve, and Lambda replaces the process."""
    with pytest.raises((ConnectionLost, ProtocolViolation)):
        idle(Connection(api.host)).serve_one()
    with pytest.raises(ConnectionLost, match="sending to the Runtime API failed"):
        idle(Connection("127.0.0.1:1")).serve_one()


def test_a_large_chunk_arrives_whole(api: RuntimeApiServer) -> None:
    """More than the socket takes at once."""
    data = bytes(range(256)) * 40_000
    (response,) = serve(api, lambda _event, _context: iter([b"first", data]), Invoke(b"1"))
    assert response.chunks == [b"first", data]


def test_the_context_is_that_of_the_managed_runtime(api: RuntimeApiServer) -> None:
    """Every attribute of AWS's documentation."""
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "chat", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/chat",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/20/[$LATEST]0",
    }  # fmt: skip
    headers = {
        "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 10) * 1000)),
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}',
        "Lambda-Runtime-Client-Context": '{"client": {"app_title": "Zoë"}, "custom": {"a": "b"}, "env": {"c": "d"}}',
        "Lambda-Runtime-Aws-Tenant-Id": "tenant",
    }
    contexts: list[Context] = []

    def handler(_event: object, context: Context) -> None:
        contexts.append(context)

    past = {"Lambda-Runtime-Deadline-Ms": "1542409706888"}
    serve(api, handler, Invoke(b"1", headers), Invoke(b"2", past), environment=environment)
    full, bare = contexts
    assert (full.function_name, full.function_version, full.memory_limit_in_mb) == ("chat", "$LATEST", "256")
    assert (full.log_group_name, full.log_stream_name) == ("/aws/lambda/chat", "2026/11/20/[$LATEST]0")
    assert full.aws_request_id == "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
    assert full.invoked_function_arn == "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime"
    assert (full.identity.cognito_identity_id, full.identity.cognito_identity_pool_id) == ("i", "p")
    assert full.client_context is not None
    assert full.client_context.client is not None
    assert (full.client_context.client.app_title, full.client_context.custom, full.client_context.env) == (
        "Zoë", {"a": "b"}, {"c": "d"},
    )  # fmt: skip
    assert full.tenant_id == "tenant"
    assert 0 < full.get_remaining_time_in_millis() <= 10_000
    assert bare.get_remaining_time_in_millis() == 0
    assert (bare.client_context, bare.tenant_id, bare.identity.cognito_identity_id) == (None, None, None)


@pytest.mark.parametrize(
    ("client_context", "fields"),
    [
        ('{"w3c": {"traceparent": "00-1-2-01", "tracestate": 5, "other": "x"}}', {"traceparent": "00-1-2-01"}),
        ('{"w3c": "x"}', {}),
        ("{}", {}),
    ],
)
def test_the_callers_trace_context_is_told(api: RuntimeApiServer, client_context: str, fields: dict[str, str]) -> None:
    """As on the managed runtime; and a context can be printed and given attributes."""
    seen: list[object] = []

    def handler(_event: object, context: Any) -> None:
        context.user = "u"
        seen.extend([context.w3c(), context.client_context, repr(context)])

    serve(api, handler, Invoke(b"1", {"Lambda-Runtime-Client-Context": client_context}))
    assert seen[:2] == [fields, None]
    assert str(seen[2]).startswith("Context(aws_request_id='8476a536-")


def test_an_invocation_that_lambda_gave_up_is_logged_and_the_next_is_served(
    api: RuntimeApiServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """410 Gone."""
    api.status = 410
    first, second = serve(api, lambda event, _context: iter([str(event)]), Invoke(b"1"), Invoke(b"2"))
    assert (first.chunks, second.chunks) == ([b"1"], [b"2"])
    assert capfd.readouterr().out.count("the Runtime API answered 410") == 2


def test_a_handlers_signal_handler_runs_while_lambda_is_silent(api: RuntimeApiServer) -> None:
    """Lambda sends SIGTERM before it ends an environment; the wait for the next invocation doesn't hold it back."""
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: seen.append(number))
    api.on_next = lambda: os.kill(os.getpid(), signal.SIGTERM)
    serve(api, lambda event, _context: event, Invoke(b"1"))
    signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIGTERM]


def test_context_log_writes_to_the_log(api: RuntimeApiServer, capfd: pytest.CaptureFixture[str]) -> None:
    """As it does on the managed runtime."""

    def handler(_event: object, context: Context) -> None:
        context.log("noted")

    serve(api, handler, Invoke(b"1"))
    assert "noted" in capfd.readouterr().out
