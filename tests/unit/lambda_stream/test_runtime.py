"""The loop, over a real socket, against a Runtime API that h11 parses."""

import asyncio
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
from typing import TYPE_CHECKING

import pytest

from lambda_stream import Context, InvalidResult
from lambda_stream.connection import Connection
from lambda_stream.errors import ConnectionLost, ProtocolViolation
from lambda_stream.log import FunctionLog, StandardOutput
from lambda_stream.runtime import Runtime
from support.loop import ERROR_BODY, ERROR_TYPE, HTTP_EVENT, error_of, serve
from support.runtime_api import Invoke, RuntimeApiServer

if TYPE_CHECKING:
    from lambda_stream.handler import Handler


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
