"""Silence and the deadline, in the runtime's loop over a real socket."""

import asyncio
import json
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from lambda_stream import Context, DeadlineExceeded, HandlerFault, Response
from lambda_stream.connection import Connection
from lambda_stream.log import FunctionLog, StandardOutput
from lambda_stream.runtime import Runtime
from lambda_stream.settings import Settings
from lambda_stream.watch import time_to_end_s
from support.runtime_api import Invoke, Received, RuntimeApiServer

if TYPE_CHECKING:
    from lambda_stream.handler import Handler

HTTP_EVENT = json.dumps({"requestContext": {"http": {"method": "GET"}}}).encode()
SSE = {"content-type": "text/event-stream"}
BEAT = b": keep-alive\n\n"
ERROR_TYPE = "lambda-runtime-function-error-type"


def serve(
    api: RuntimeApiServer, handler: "Handler", *, time_s: float = 60, event: bytes = HTTP_EVENT, silence_s: float = 0.05
) -> Received:
    """What the runtime sent back for one invocation that has `time_s`, of which a tenth of a second is margin."""
    deadline_ms = int((time.time() + time_s) * 1000)
    api.invocations = [Invoke(event, {"Lambda-Runtime-Deadline-Ms": str(deadline_ms)})]
    with closing(Connection(api.host)) as connection:
        Runtime(connection, handler, {}, FunctionLog(StandardOutput()), Settings(silence_s, 0.1)).serve_one()
    return next(request for request in api.received if not request.path.endswith("/next"))


def test_a_silent_stream_has_heartbeats(api: RuntimeApiServer) -> None:
    """One for each interval, between the chunks; the clock starts anew with every chunk."""

    def handler(_event: object, _context: Context) -> Response:
        def body() -> Iterator[bytes]:
            yield b"data: a\n\n"
            time.sleep(0.28)
            yield b"data: b\n\n"
            yield b"data: c\n\n"

        return Response(body(), headers=SSE)

    _, first, *beats, second, third = serve(api, handler).chunks
    assert (first, second, third) == (b"data: a\n\n", b"data: b\n\n", b"data: c\n\n")
    assert set(beats) == {BEAT}
    assert 2 <= len(beats) <= 5


def test_the_first_chunk_starts_the_clock_anew_too(api: RuntimeApiServer) -> None:
    """A handler that took its time to begin isn't silent the moment after."""

    def handler(_event: object, _context: Context) -> Response:
        def body() -> Iterator[bytes]:
            time.sleep(0.7)
            yield b"data: a\n\n"
            time.sleep(0.6)
            yield b"data: b\n\n"

        return Response(body(), headers=SSE)

    assert serve(api, handler, silence_s=1.0).chunks[1:] == [b"data: a\n\n", b"data: b\n\n"]


def test_a_silence_before_the_first_chunk_commits_the_status(api: RuntimeApiServer) -> None:
    """The generator's own response, as soon as it is known."""

    def handler(_event: object, _context: Context) -> Response:
        def body() -> Iterator[bytes]:
            time.sleep(0.12)
            yield b"data: a\n\n"

        return Response(body(), status=201, headers=SSE)

    prelude, *beats, last = serve(api, handler).chunks
    assert prelude.startswith(b'{"statusCode":201')
    assert set(beats) == {BEAT}
    assert last == b"data: a\n\n"


def test_a_handler_that_thinks_before_it_answers_names_what_to_begin_with(api: RuntimeApiServer) -> None:
    """Then its own status comes too late, which it can see."""
    seen: list[bool] = []

    def handler(_event: object, context: Context) -> Response:
        context.on_silence(Response(headers=SSE))
        seen.append(context.committed)
        time.sleep(0.12)
        seen.append(context.committed)
        return Response(iter([b"data: a\n\n"]), status=500, headers=SSE)

    prelude, *beats, last = serve(api, handler).chunks
    assert prelude.startswith(b'{"statusCode":200')
    assert set(beats) == {BEAT}
    assert (last, seen) == (b"data: a\n\n", [False, True])


def test_a_failure_after_a_committed_silence_is_in_the_trailers(api: RuntimeApiServer) -> None:
    """There is no other place for it."""

    def handler(_event: object, context: Context) -> Response:
        context.on_silence(Response(headers=SSE))
        time.sleep(0.12)
        raise LookupError("late")

    response = serve(api, handler)
    assert response.path.endswith("/response")
    assert response.trailers[ERROR_TYPE] == "Function.LookupError"


def test_a_value_after_a_committed_silence_is_its_last_chunk(api: RuntimeApiServer) -> None:
    """A raw event's too."""

    def handler(_event: object, context: Context) -> object:
        context.on_silence(Response(headers=SSE))
        time.sleep(0.12)
        return {"a": 1}

    assert serve(api, handler, event=b"1").chunks[-1] == b'{"a": 1}'


@pytest.mark.parametrize(
    ("chunk", "headers"),
    [
        (b"text", {"content-type": "text/plain"}),
        (b"data: half", SSE),
        (b'{"half": ', {"content-type": "application/jsonl"}),
    ],
    ids=["a format without heartbeats", "inside an event", "inside a line"],
)  # fmt: skip
def test_where_a_heartbeat_would_be_seen_there_is_none(
    api: RuntimeApiServer, chunk: bytes, headers: dict[str, str]
) -> None:
    """It must never change what a client reads."""

    def handler(_event: object, _context: Context) -> Response:
        def body() -> Iterator[bytes]:
            yield chunk
            time.sleep(0.15)
            yield b"end"

        return Response(body(), headers=headers)

    assert serve(api, handler).chunks[1:] == [chunk, b"end"]


def test_heartbeats_can_be_off(api: RuntimeApiServer) -> None:
    """An interval of 0."""

    def handler(_event: object, _context: Context) -> Response:
        def body() -> Iterator[bytes]:
            yield b"data: a\n\n"
            time.sleep(0.1)

        return Response(body(), headers=SSE)

    assert serve(api, handler, silence_s=0).chunks[1:] == [b"data: a\n\n"]


def test_a_generator_that_sleeps_through_its_time_is_woken(api: RuntimeApiServer) -> None:
    """It may say a last word, and its clean-up runs; the trailers name the reason."""
    cleaned: list[str] = []

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        try:
            yield b"a"
            time.sleep(30)
        except DeadlineExceeded:
            yield b"out of time"
            raise
        finally:
            cleaned.append("yes")

    started = time.monotonic()
    response = serve(api, handler, time_s=0.6)
    assert 0.3 < time.monotonic() - started < 10
    assert response.chunks[1:] == [b"a", b"out of time"]
    assert response.trailers[ERROR_TYPE] == "Function.DeadlineExceeded"
    assert cleaned == ["yes"]


def test_a_handler_that_catches_every_exception_is_woken_all_the_same(api: RuntimeApiServer) -> None:
    """The deadline is no Exception."""

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        yield b"a"
        with suppress(Exception):
            time.sleep(30)
        yield b"never"

    assert serve(api, handler, time_s=0.6).chunks[1:] == [b"a"]


def test_before_the_first_chunk_the_deadline_is_an_error(api: RuntimeApiServer) -> None:
    """With the place where the handler stood."""

    def handler(_event: object, _context: Context) -> None:
        time.sleep(30)

    error = serve(api, handler, time_s=0.6)
    assert error.path.endswith("/error")
    document = json.loads(error.body)
    assert document["errorType"] == "DeadlineExceeded"
    assert "time.sleep(30)" in document["stackTrace"][-1]


def test_async_handlers_are_cancelled_at_the_deadline(api: RuntimeApiServer) -> None:
    """Their clean-up runs, and the event loop serves the next invocation."""
    cleaned: list[str] = []

    async def handler(event: object, _context: Context) -> AsyncIterator[bytes]:
        try:
            yield b"a"
            await asyncio.sleep(30 if event == 1 else 0)
            yield b"b"
        finally:
            cleaned.append("yes")

    response = serve(api, handler, time_s=0.6, event=b"1")
    assert (response.chunks, response.trailers[ERROR_TYPE]) == ([b"a"], "Function.DeadlineExceeded")
    assert cleaned == ["yes"]
    api.received.clear()
    assert serve(api, handler, event=b"2").chunks == [b"a", b"b"]


def test_an_async_stream_has_heartbeats_too(api: RuntimeApiServer) -> None:
    """While it awaits."""

    def handler(_event: object, _context: Context) -> Response:
        async def body() -> AsyncIterator[bytes]:
            yield b"data: a\n\n"
            await asyncio.sleep(0.12)
            yield b"data: b\n\n"

        return Response(body(), headers=SSE)

    assert BEAT in serve(api, handler).chunks


def test_a_connection_that_breaks_under_a_heartbeat_ends_the_invocation(
    api: RuntimeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing more is sent for it, not even on a new connection."""
    api.on_chunk = lambda chunk: chunk == BEAT

    def handler(_event: object, _context: Context) -> Response:
        def body() -> Iterator[bytes]:
            yield b"data: a\n\n"
            for _ in range(20):
                with suppress(Exception):
                    time.sleep(0.05)
                yield b"data: b\n\n"
                time.sleep(0.06)

        return Response(body(), headers=SSE)

    serve(api, handler)
    assert api.connections == 1
    assert "the Runtime API" in capsys.readouterr().out


def test_a_connection_that_opens_slowly_is_not_interrupted(
    api: RuntimeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A heartbeat in the midst of it would begin the answer twice."""
    connect = socket.create_connection

    def connect_slowly(address: tuple[str, int]) -> socket.socket:
        time.sleep(0.2)
        return connect(address)

    monkeypatch.setattr(socket, "create_connection", connect_slowly)
    api.answer_headers = {"Connection": "close"}  # so the answer needs a connection of its own
    response = serve(api, lambda _event, _context: Response(iter([b"data: a\n\n"]), headers=SSE))
    assert response.chunks[1:] == [b"data: a\n\n"]
    assert api.connections == 2


def test_without_a_deadline_there_is_no_limit(api: RuntimeApiServer) -> None:
    """Lambda always names one; another Runtime API may not."""

    def handler(_event: object, _context: Context) -> Iterator[bytes]:
        time.sleep(0.05)
        yield b"a"

    api.invocations = [Invoke(b"1", {"Lambda-Runtime-Deadline-Ms": "0"})]
    with closing(Connection(api.host)) as connection:
        Runtime(connection, handler, {}, FunctionLog(StandardOutput())).serve_one()
    assert api.received[-1].chunks == [b"a"]


def test_the_timer_is_off_between_invocations(api: RuntimeApiServer) -> None:
    """Nothing may interrupt the wait for the next one, nor what the process had set up before."""
    before = signal.getsignal(signal.SIGALRM)
    serve(api, lambda _event, _context: iter([b"a"]))
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


@pytest.mark.parametrize(
    ("remaining_s", "margin_s", "end_s"), [(100, 1, 99), (3, 1, 2.25), (1, 1, 0.75), (0, 1, 0), (5, 0, 5)]
)
def test_the_margin_is_at_most_a_quarter_of_the_time(remaining_s: float, margin_s: float, end_s: float) -> None:
    """A function with a short timeout is not ended before it began."""
    assert time_to_end_s(remaining_s, margin_s) == end_s


def test_the_operators_timing_is_read() -> None:
    """With defaults for what isn't set."""
    default = Settings.from_environment({})
    assert (default.silence_s, default.margin_s) == (15.0, 1.0)
    variables = {"LAMBDA_STREAM_HEARTBEAT_SECONDS": "0", "LAMBDA_STREAM_DEADLINE_MARGIN_SECONDS": "2.5"}
    chosen = Settings.from_environment(variables)
    assert (chosen.silence_s, chosen.margin_s) == (0.0, 2.5)


@pytest.mark.parametrize("value", ["", "soon", "-1", "nan", "inf"])
@pytest.mark.parametrize("name", ["LAMBDA_STREAM_HEARTBEAT_SECONDS", "LAMBDA_STREAM_DEADLINE_MARGIN_SECONDS"])
def test_a_wrong_timing_is_named(name: str, value: str) -> None:
    """At init, where the operator finds it in the log."""
    with pytest.raises(HandlerFault, match=f"{name} must be a number of seconds from 0 on"):
        Settings.from_environment({name: value})
