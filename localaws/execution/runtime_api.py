"""The Runtime API of one execution environment: HTTP on 127.0.0.1, decided by `runtime_rules`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import h11

from localaws.execution import container_credentials
from localaws.execution.http_peer import HttpPeer
from localaws.execution.invocation import Cut, Failure, Head, Invocation, Tail
from localaws.execution.runtime_rules import (
    ACCEPTED,
    INVALID_MODE,
    STREAMING_MODE,
    TOO_LARGE,
    TRUNCATED,
    Answer,
    Endpoint,
    Phase,
    Route,
    RuntimeRules,
    declared_trailers,
    malformed,
    route,
    size_limit,
    trailers_fit,
    valid_error_type,
)

if TYPE_CHECKING:
    from localaws.execution.container_credentials import ContainerCredentials
    from localaws.execution.invocation import OutputChannel

MODE_HEADER = "lambda-runtime-function-response-mode"
ERROR_TYPE = "lambda-runtime-function-error-type"
ERROR_BODY = "lambda-runtime-function-error-body"
DEFAULT_CONTENT_TYPE = "application/octet-stream"
CLOSED = "The execution environment was ended."
TOO_LARGE_ERROR = (
    b'{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",'
    b'"errorType":"Function.ResponseSizeTooLarge"}'
)


class RuntimeObserver(Protocol):
    """Who is told what the runtime does."""

    def runtime_ready(self) -> None:
        """Note that the runtime asks for its next invocation."""

    def runtime_restorable(self) -> None:
        """Note that the runtime has got to where its snapshot is taken."""

    def runtime_init_failed(self, failure: Failure) -> None:
        """Note that the runtime reported an error of its init phase, or of a restore."""

    def response_ended(self) -> None:
        """Note that a response or an error report is complete; the runtime will ask for more shortly."""


class RuntimeApi:
    """Serves one runtime; with `credentials` that of a function with SnapStart."""

    def __init__(self, observer: RuntimeObserver, credentials: ContainerCredentials | None = None) -> None:
        self._observer = observer
        self._credentials = credentials
        self._rules = RuntimeRules()
        self._invocation: Invocation | None = None
        self._assigned = asyncio.Event()
        self._restored = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._closed = False

    async def start(self) -> str:
        """Listen, and return the address for AWS_LAMBDA_RUNTIME_API.

        Raises ConnectionAbortedError when it has been closed meanwhile: its environment may end before it has started.
        """
        # That it has a port is known here before anything else is awaited: so a start cancelled leaves none open.
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, start_serving=False)
        port: int = self._server.sockets[0].getsockname()[1]
        if self._closed:
            self._server.close()
            raise ConnectionAbortedError(CLOSED)
        await self._server.start_serving()
        return f"127.0.0.1:{port}"

    def assign(self, invocation: Invocation) -> None:
        """Hand the invocation to the runtime, which waits or will soon wait in `/next`."""
        self._invocation = invocation
        self._rules.assign(invocation.request_id)
        self._assigned.set()

    def restore(self) -> None:
        """Let a runtime go on that has got to its snapshot."""
        self._rules.restored()
        self._restored.set()

    async def drained(self, timeout_seconds: float) -> None:
        """Wait until all that a dead runtime has written is read, but not for ever."""
        if self._connections:
            await asyncio.wait(self._connections, timeout=timeout_seconds)

    def close(self) -> None:
        """Stop listening and drop the connections."""
        self._closed = True
        if self._server:
            self._server.close()
        for task in self._connections:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  asyncio calls this inside a task
        self._connections.add(task)
        peer = HttpPeer(reader, writer)
        try:
            await self._serve(peer)
        except (ConnectionError, h11.ProtocolError, asyncio.CancelledError):
            pass  # the runtime is gone or being ended: whoever waits for it learns that from the process
        finally:
            self._connections.discard(task)
            peer.close()

    async def _serve(self, peer: HttpPeer) -> None:
        while isinstance(request := await _next_request(peer), h11.Request):
            await self._handle(peer, request)
            if not peer.next_cycle():
                return

    async def _handle(self, peer: HttpPeer, request: h11.Request) -> None:
        method, target = request.method.decode(), request.target.decode("latin-1")
        wanted = route(method, target, snap_start=self._credentials is not None)
        headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
        if self._credentials and (method, target) == ("GET", container_credentials.PATH):
            wanted = self._credentials.answer(headers.get("authorization"))
        mode = headers.get(MODE_HEADER)
        refused = self._rules.call(wanted, mode) if isinstance(wanted, Route) else wanted
        if refused:
            if refused is INVALID_MODE:
                self._spend()
            await _read_body(peer)
            await _send(peer, refused)
        elif isinstance(wanted, Route):
            await self._serve_call(wanted.endpoint, peer, headers)

    async def _serve_call(self, endpoint: Endpoint, peer: HttpPeer, headers: dict[str, str]) -> None:
        match endpoint:
            case Endpoint.NEXT:
                await self._next(peer)
            case Endpoint.RESPONSE:
                await self._response(peer, headers)
            case Endpoint.ERROR:
                await self._error(peer, headers)
            case Endpoint.RESTORE_NEXT:
                await self._restore_next(peer)
            case Endpoint.INIT_ERROR | Endpoint.RESTORE_ERROR:
                body = await _read_body(peer)
                self._observer.runtime_init_failed(Failure(valid_error_type(headers.get(ERROR_TYPE)), body))
                await _send(peer, ACCEPTED)

    def _spend(self) -> None:
        """End the invocation whose response was refused for its mode: no second one can follow."""
        self._current().output.finish(Failure("Runtime.InvalidResponseModeHeader", b""))

    async def _next(self, peer: HttpPeer) -> None:
        await _read_body(peer)
        if self._rules.phase is not Phase.RUNNING:
            self._assigned.clear()
            self._observer.runtime_ready()
            await self._assigned.wait()
        invocation = self._current()
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        await peer.answer(200, invocation.event, headers)

    async def _restore_next(self, peer: HttpPeer) -> None:
        await _read_body(peer)
        self._observer.runtime_restorable()
        await self._restored.wait()
        await peer.answer(200, b"", {})

    async def _response(self, peer: HttpPeer, headers: dict[str, str]) -> None:
        output = self._current().output
        content_type = headers.get("content-type") or DEFAULT_CONTENT_TYPE
        head = Head(content_type, streaming=headers.get(MODE_HEADER) == STREAMING_MODE)
        try:
            relay = _relay_streamed if head.streaming else _relay_buffered
            answer = await relay(peer, headers, head, output)
        except h11.RemoteProtocolError:
            output.finish(Cut("Runtime.TruncatedResponse", "The runtime broke off its response."))
            answer = TRUNCATED
        self._rules.sent()
        self._observer.response_ended()
        await _send(peer, answer)

    async def _error(self, peer: HttpPeer, headers: dict[str, str]) -> None:
        body = await _read_body(peer)
        self._current().output.finish(Failure(valid_error_type(headers.get(ERROR_TYPE)), body))
        self._rules.sent()
        self._observer.response_ended()
        await _send(peer, ACCEPTED)

    def _current(self) -> Invocation:
        assert self._invocation is not None  # noqa: S101  the rules let no call through without one
        return self._invocation


async def _relay_streamed(peer: HttpPeer, headers: dict[str, str], head: Head, output: OutputChannel) -> Answer:
    await output.put(head)
    received, limit = 0, size_limit(streaming=True)
    while isinstance(event := await peer.next_event(), h11.Data):
        received += len(event.data)
        if received <= limit:
            await output.put(bytes(event.data))
        else:
            output.finish(Cut("Function.ResponseSizeTooLarge", f"The response is larger than {limit} bytes."))
    output.finish(_tail(event, headers))
    return ACCEPTED if received <= limit else TOO_LARGE


async def _relay_buffered(peer: HttpPeer, headers: dict[str, str], head: Head, output: OutputChannel) -> Answer:
    body, limit = bytearray(), size_limit(streaming=False)
    while isinstance(event := await peer.next_event(), h11.Data):
        if len(body) <= limit:
            body += event.data
    if len(body) > limit:
        output.finish(Failure("Function.ResponseSizeTooLarge", TOO_LARGE_ERROR))
        return TOO_LARGE
    tail = _tail(event, headers)
    await output.put(head)
    await output.put(bytes(body))
    output.finish(tail)
    return ACCEPTED


def _tail(event: h11.Event | None, headers: dict[str, str]) -> Tail:
    if not isinstance(event, h11.EndOfMessage):
        return Tail()
    sent = {name.decode(): value.decode("latin-1") for name, value in event.headers}
    if not trailers_fit(sent):
        raise h11.RemoteProtocolError("the trailers are too long")
    trailers = declared_trailers(headers.get("trailer"), sent)
    return Tail(trailers.get(ERROR_TYPE), trailers.get(ERROR_BODY))


async def _next_request(peer: HttpPeer) -> h11.Event | None:
    """Return the head of the next request, None when none comes or what comes is no HTTP."""
    try:
        return await peer.next_event()
    except h11.RemoteProtocolError as error:
        await _send(peer, malformed(error.error_status_hint))
        return None


async def _read_body(peer: HttpPeer) -> bytes:
    """Return a body; nothing of one that breaks off, because AWS answers refusals and error reports all the same."""
    body = bytearray()
    try:
        while isinstance(event := await peer.next_event(), h11.Data):
            body += event.data
    except h11.RemoteProtocolError:
        return b""
    return bytes(body)


async def _send(peer: HttpPeer, answer: Answer) -> None:
    if peer.can_answer:
        await peer.answer(answer.status, answer.body, {"Content-Type": answer.content_type})
