"""The Runtime API on a real socket, driven by hand-written HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from localaws.execution.container_credentials import ContainerCredentials
from localaws.execution.invocation import Cut, Failure, Head, Invocation, Output, Tail
from localaws.execution.runtime_api import RuntimeApi
from localaws.execution.variables import RoleCredentials

NEXT = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
STREAMING = "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
TRAILERS = "Trailer: Lambda-Runtime-Function-Error-Type\r\n"


def post(path: str, headers: str = "", body: bytes = b"") -> bytes:
    """Return a POST; without a chunked body its length is declared."""
    length = "" if "chunked" in headers else f"Content-Length: {len(body)}\r\n"
    return f"POST /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: x\r\n{headers}{length}\r\n".encode() + body


class Runtime:
    """The runtime's side of the API, and what the API reports of it; with credentials those of SnapStart."""

    def __init__(self, credentials: ContainerCredentials | None = None) -> None:
        self.api = RuntimeApi(self, credentials)
        self.restorable = asyncio.Event()
        self.invocation = Invocation("id-1", b'{"e":1}', "arn:f", "Root=1", deadline_ms=99)
        self.init_failure: Failure | None = None
        self.ended = 0

    def runtime_ready(self) -> None:
        """Give the one invocation at once."""
        self.api.assign(self.invocation)

    def runtime_restorable(self) -> None:
        self.restorable.set()

    def runtime_init_failed(self, failure: Failure) -> None:
        self.init_failure = failure

    def response_ended(self) -> None:
        self.ended += 1

    async def connect(self) -> None:
        host, port = (await self.api.start()).split(":")
        self.address = host, int(port)
        self.reader, self.writer = await asyncio.open_connection(*self.address)

    async def call(self, request: bytes, *, hang_up: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Send a request and return the answer."""
        self.writer.write(request)
        if hang_up:
            self.writer.write_eof()
        head = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = await self.reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, body

    async def refused(self, request: bytes) -> tuple[int, str]:
        """Return status and error type of a refusal."""
        status, _, body = await self.call(request)
        return status, json.loads(body)["errorType"]

    async def output(self) -> list[Output]:
        """Return all that the function's client would get."""
        items: list[Output] = []
        while not items or isinstance(items[-1], (Head, bytes)):
            items.append(await asyncio.wait_for(self.invocation.output.get(), 5))
        return items


def drive(script: Callable[[Runtime], Awaitable[None]], credentials: ContainerCredentials | None = None) -> None:
    """Run a script against a fresh API."""

    async def run() -> None:
        runtime = Runtime(credentials)
        await runtime.connect()
        try:
            await script(runtime)
        finally:
            runtime.writer.close()
            runtime.api.close()

    asyncio.run(run())


def test_a_streamed_response() -> None:
    """Each chunk comes through by itself, before the end; declared trailers are seen."""

    async def script(runtime: Runtime) -> None:
        status, headers, event = await runtime.call(NEXT)
        assert (status, event) == (200, b'{"e":1}')
        assert headers["lambda-runtime-aws-request-id"] == "id-1"
        assert headers["lambda-runtime-deadline-ms"] == "99"
        assert headers["lambda-runtime-invoked-function-arn"] == "arn:f"
        assert headers["lambda-runtime-trace-id"] == "Root=1"
        runtime.writer.write(post("invocation/id-1/response", CHUNKED + STREAMING + TRAILERS))
        assert await runtime.invocation.output.get() == Head("application/octet-stream", streaming=True)
        runtime.writer.write(b"2\r\nab\r\n")
        assert await runtime.invocation.output.get() == b"ab"
        end = b"0\r\nLambda-Runtime-Function-Error-Type: Function.X\r\nOther: y\r\n\r\n"
        assert (await runtime.call(end))[::2] == (202, b'{"status":"OK"}\n')
        assert await runtime.output() == [Tail("Function.X")]
        assert runtime.ended == 1

    drive(script)


def test_a_buffered_response_comes_at_once() -> None:
    """Without the mode header the body is passed on when it is complete."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        await runtime.call(post("invocation/id-1/response", "Content-Type: a/b\r\n", b"body"))
        assert await runtime.output() == [Head("a/b", streaming=False), b"body", Tail()]

    drive(script)


def test_an_error_report() -> None:
    """It becomes a failure with the error's type and JSON."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        header = "Lambda-Runtime-Function-Error-Type: Function.Bad\r\n"
        assert (await runtime.call(post("invocation/id-1/error", header, b"{}")))[0] == 202
        assert await runtime.output() == [Failure("Function.Bad", b"{}")]

    drive(script)


def test_an_init_error() -> None:
    """It is reported, and only before the first /next."""

    async def script(runtime: Runtime) -> None:
        assert (await runtime.call(post("init/error", "", b"{}")))[0] == 202
        assert runtime.init_failure == Failure("Runtime.Unknown", b"{}")
        assert await runtime.refused(NEXT) == (403, "InvalidStateTransition")

    drive(script)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (post("invocation/id-2/response", "", b"x"), (400, "InvalidRequestID")),
        (post("invocation/id-2/error", "", b"x"), (400, "InvalidRequestID")),
        (post("init/error", "", b"x"), (403, "InvalidStateTransition")),
    ],
)
def test_refusals_keep_the_connection(request_: bytes, expected: tuple[int, str]) -> None:
    """After a refusal the right call still works, on the same connection."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        assert await runtime.refused(request_) == expected
        assert (await runtime.call(post("invocation/id-1/response", "", b"ok")))[0] == 202
        assert await runtime.refused(post("invocation/id-1/response", "", b"again")) == (403, "InvalidStateTransition")

    drive(script)


def test_unknown_paths() -> None:
    """Extensions are not there, nor, without SnapStart, a restore and credentials."""

    async def script(runtime: Runtime) -> None:
        assert (await runtime.call(NEXT.replace(b"invocation/next", b"restore/next")))[::2] == (
            404,
            b"404 page not found\n",
        )
        credentials = b"GET /2021-04-23/credentials HTTP/1.1\r\nHost: x\r\n\r\n"
        assert (await runtime.call(credentials))[0] == 404
        assert (await runtime.call(post("invocation/next")))[0] == 405

    drive(script)


RESTORE_NEXT = NEXT.replace(b"invocation", b"restore")


def test_a_restore_is_answered_when_it_comes() -> None:
    """Not before; then the first invocation is asked for."""

    async def script(runtime: Runtime) -> None:
        answer = asyncio.create_task(runtime.call(RESTORE_NEXT))
        await asyncio.wait_for(runtime.restorable.wait(), 5)
        # A round trip on another connection: an answer that did not wait would have come meanwhile.
        reader, writer = await asyncio.open_connection(*runtime.address)
        writer.write(b"GET /2018-06-01/ping HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"pong"), 5)
        writer.close()
        assert not answer.done()
        runtime.api.restore()
        assert (await answer)[::2] == (200, b"")
        assert (await runtime.call(NEXT))[::2] == (200, b'{"e":1}')

    drive(script, ContainerCredentials())


def test_an_error_after_a_restore_is_an_error_of_the_start() -> None:
    """With the type that the runtime names."""

    async def script(runtime: Runtime) -> None:
        answer = asyncio.create_task(runtime.call(RESTORE_NEXT))
        await asyncio.wait_for(runtime.restorable.wait(), 5)
        runtime.api.restore()
        await answer
        header = "Lambda-Runtime-Function-Error-Type: Runtime.AfterRestoreError\r\n"
        assert (await runtime.call(post("restore/error", header, b"{}")))[0] == 202
        assert runtime.init_failure == Failure("Runtime.AfterRestoreError", b"{}")

    drive(script, ContainerCredentials())


def test_credentials_are_for_whoever_has_the_token() -> None:
    """The newest, in the form that AWS's libraries read; no call of the runtime's."""
    credentials = ContainerCredentials()

    def request(token: str) -> bytes:
        head = f"GET /2021-04-23/credentials HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n"
        return head.encode("latin-1")

    async def script(runtime: Runtime) -> None:
        assert (await runtime.call(request(credentials.token)))[0] == 404
        for key in ("first", "second"):
            credentials.renew(RoleCredentials(key, "s", "t"), 60, 1_795_154_828.9)
        for wrong in ("", "x", credentials.token[:-1], f"{credentials.token}é"):
            answer = await runtime.call(request(wrong))
            assert answer[::2] == (404, b"cannot get credentials for the provided token\n")
        status, _, body = await runtime.call(request(credentials.token))
        expected = {
            "AccessKeyId": "second",
            "SecretAccessKey": "s",
            "Token": "t",
            "Expiration": "2026-11-20T06:08:08Z",
        }
        assert (status, json.loads(body)) == (200, expected)
        assert (await runtime.call(NEXT))[0] == 200

    drive(script, credentials)


def test_a_wrong_mode_spends_the_invocation() -> None:
    """The client gets an error, not silence."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        request = post("invocation/id-1/response", STREAMING.replace("streaming", "Streaming"), b"x")
        assert await runtime.refused(request) == (400, "InvalidFunctionResponseMode")
        assert await runtime.output() == [Failure("Runtime.InvalidResponseModeHeader", b"")]

    drive(script)


def test_an_oversized_buffered_response() -> None:
    """It is a 413 for the runtime and an error for the client."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        request = post("invocation/id-1/response", "", b"x" * 6291557)
        assert await runtime.refused(request) == (413, "RequestEntityTooLarge")
        (failure,) = await runtime.output()
        assert isinstance(failure, Failure)
        assert failure.error_type == "Function.ResponseSizeTooLarge"

    drive(script)


def test_an_oversized_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is within the limit has been sent; then the stream is cut."""
    monkeypatch.setattr("localaws.execution.runtime_rules.MAX_STREAMED_BYTES", 3)

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        body = b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
        request = post("invocation/id-1/response", CHUNKED + STREAMING, body)
        assert await runtime.refused(request) == (413, "RequestEntityTooLarge")
        _, data, cut = await runtime.output()
        assert data == b"abc"
        assert isinstance(cut, Cut)

    drive(script)


@pytest.mark.parametrize("mode", [STREAMING, ""], ids=["streamed", "buffered"])
def test_a_body_that_breaks_off(mode: str) -> None:
    """The client's stream is cut, and the runtime may go on with a new connection."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        runtime.writer.write(post("invocation/id-1/response", CHUNKED + mode, b"2\r\nab\r\n"))
        await runtime.writer.drain()
        runtime.writer.close()
        cut = (await runtime.output())[-1]
        assert isinstance(cut, Cut)
        assert cut.error_type == "Runtime.TruncatedResponse"

    drive(script)


def test_a_malformed_body_is_answered() -> None:
    """While the connection still stands, the runtime learns that its request was truncated."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        request = post("invocation/id-1/response", CHUNKED + STREAMING, b"zz\r\n")
        assert await runtime.refused(request) == (400, "TruncatedHTTPRequest")

    drive(script)


@pytest.mark.parametrize("mode", [STREAMING, ""], ids=["streamed", "buffered"])
def test_trailers_that_are_too_long(mode: str) -> None:
    """AWS's server takes them for a body that breaks off."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        body = b"2\r\nab\r\n0\r\nLambda-Runtime-Function-Error-Body: " + b"x" * 4096 + b"\r\n\r\n"
        request = post("invocation/id-1/response", CHUNKED + TRAILERS + mode, body)
        assert await runtime.refused(request) == (400, "TruncatedHTTPRequest")
        cut = (await runtime.output())[-1]
        assert isinstance(cut, Cut)
        assert cut.error_type == "Runtime.TruncatedResponse"

    drive(script)


def test_an_error_report_that_breaks_off() -> None:
    """It counts, without its body: the client must not wait until the timeout."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        request = post("invocation/id-1/error", CHUNKED, b"2\r\n{}\r\n")
        assert (await runtime.call(request, hang_up=True))[0] == 202
        assert await runtime.output() == [Failure("Runtime.Unknown", b"")]

    drive(script)


def test_a_wrong_call_that_breaks_off() -> None:
    """It is refused as if it were whole."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        request = post("invocation/id-2/response", CHUNKED, b"2\r\nab\r\n")
        assert (await runtime.call(request, hang_up=True))[0] == 400

    drive(script)


def test_a_request_that_is_no_http() -> None:
    """It is a 400, not silence."""

    async def script(runtime: Runtime) -> None:
        status, headers, body = await runtime.call(NEXT.replace(b"Host: x\r\n", b""))
        assert (status, body) == (400, b"400 Bad Request")
        assert headers["content-type"] == "text/plain; charset=utf-8"

    drive(script)


def test_asking_twice_gives_the_same_event() -> None:
    """As AWS's emulator does."""

    async def script(runtime: Runtime) -> None:
        assert (await runtime.call(NEXT))[2] == (await runtime.call(NEXT))[2]

    drive(script)


def test_expect_continue_is_answered() -> None:
    """For clients that ask before they send a body."""

    async def script(runtime: Runtime) -> None:
        await runtime.call(NEXT)
        runtime.writer.write(post("invocation/id-1/response", CHUNKED + "Expect: 100-continue\r\n"))
        assert await asyncio.wait_for(runtime.reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 \r\n\r\n"
        assert (await runtime.call(b"0\r\n\r\n"))[0] == 202

    drive(script)


def test_what_is_closed_does_not_start() -> None:
    """Its environment may have been ended before it came to that."""

    async def run() -> None:
        api = Runtime().api
        api.close()
        with pytest.raises(ConnectionAbortedError):
            await api.start()

    asyncio.run(run())
