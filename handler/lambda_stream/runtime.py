"""The loop that is the Lambda runtime: take an invocation, run the handler, stream what it yields."""

import json
import os
import sys
import time

from lambda_stream import runtime_api
from lambda_stream.connection import Connection
from lambda_stream.context import Context
from lambda_stream.errors import HandlerFault, RuntimeApiFault
from lambda_stream.failure import Failure
from lambda_stream.handler import load_handler, search_path
from lambda_stream.http1 import CRLF, HttpResponse, chunk_size_line, encode_chunk, encode_end
from lambda_stream.log import FunctionLog
from lambda_stream.reply import BufferedReply, StreamedReply, reply_to
from lambda_stream.runtime_api import ACCEPTED, Invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, MutableMapping
    from typing import NoReturn

    from lambda_stream.handler import Handler

TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
DEFAULT_LAYER_ROOT = "/opt"
DEFAULT_RUNTIME_DIR = "/var/runtime"


class Runtime:
    """Serves one handler's invocations over one connection, one after the other."""

    def __init__(
        self,
        connection: Connection,
        handler: "Handler",
        environment: "MutableMapping[str, str]",
        log: FunctionLog,
    ) -> None:
        self._connection = connection
        self._host = connection.host
        self._handler = handler
        self._environment = environment
        self._log = log
        self._next = runtime_api.next_request(connection.host)

    def serve_forever(self) -> "NoReturn":
        """Serves invocations until the process is ended."""
        while True:
            self.serve_one()

    def serve_one(self) -> None:
        """Waits for one invocation and serves it; a handler's failure is reported to Lambda, not raised.

        Raises:
            RuntimeApiFault: no invocation can be had.
        """
        invocation = Invocation(self._connection.exchange(self._next))
        self._set_trace_id(invocation.trace_id)
        self._log.belongs_to(invocation)
        try:
            self._serve(invocation)
        except RuntimeApiFault as fault:
            # Lambda gave up on this invocation (its time ran out, or it was answered): the next one may go well.
            self._log.error(f"{invocation.request_id}: {fault}")

    def _set_trace_id(self, trace_id: str | None) -> None:
        if trace_id:
            self._environment[TRACE_VARIABLE] = trace_id
        else:
            self._environment.pop(TRACE_VARIABLE, None)

    def _serve(self, invocation: Invocation) -> None:
        try:
            reply = run_handler(self._handler, invocation, self._environment, self._log)
        except Exception as error:  # noqa: BLE001 - whatever the handler raises is an answer
            failure = self._failure(error, invocation)
            self._check(self._connection.exchange(runtime_api.invocation_error(self._host, invocation, failure)))
            return
        if isinstance(reply, BufferedReply):
            self._check(self._connection.exchange(runtime_api.buffered_response(self._host, invocation, reply.body)))
        else:
            self._stream(invocation, reply)

    def _stream(self, invocation: Invocation, reply: StreamedReply) -> None:
        head = runtime_api.streaming_response_head(self._host, invocation, reply.content_type)
        try:
            # One system call, but the prelude is a chunk of its own: API Gateway looks for its end there.
            self._connection.send(head, encode_chunk(reply.prelude), encode_chunk(reply.first))
            failure = self._send_rest(invocation, reply.rest)
            self._connection.send(encode_end(runtime_api.error_trailers(failure) if failure else ()))
            self._check(self._connection.receive())
        finally:
            self._close(invocation, reply.rest)

    def _send_rest(self, invocation: Invocation, chunks: "Generator[bytes, None, None]") -> Failure | None:
        """Sends each chunk when the handler yields it; returns the failure that ended them, if one did."""
        send = self._connection.send
        while True:
            try:
                data = next(chunks, None)
            except Exception as error:  # noqa: BLE001 - it goes into the trailers
                return self._failure(error, invocation)
            if data is None:
                return None
            send(chunk_size_line(len(data)), data, CRLF)

    def _close(self, invocation: Invocation, chunks: "Generator[bytes, None, None]") -> None:
        try:
            chunks.close()
        except Exception as error:  # noqa: BLE001 - a broken clean-up must not end the function
            self._failure(error, invocation)

    def _failure(self, error: Exception, invocation: Invocation) -> Failure:
        failure = Failure.of(error, invocation.request_id)
        self._log.failure(failure)
        return failure

    def _check(self, response: HttpResponse) -> None:
        if response.status != ACCEPTED:
            self._log.error(f"the Runtime API answered {response.status} {response.body[:500]!r}")


def run_handler(
    handler: "Handler", invocation: Invocation, environment: "Mapping[str, str]", log: FunctionLog
) -> StreamedReply | BufferedReply:
    """What `handler` answers to `invocation`, run up to its first chunk.

    Raises:
        HandlerFault: the event is not JSON, or the result can't become a response.
        Exception: whatever the handler raises.
    """
    event = _parse_event(invocation.event)
    result = handler(event, Context(invocation, environment, time.time, log))
    if hasattr(result, "__await__"):
        from lambda_stream import asynchronous  # noqa: PLC0415 - asyncio costs 30 ms of a cold start

        result = asynchronous.wait_for(result)
    return reply_to(event, result)


def _parse_event(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise HandlerFault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def main() -> "NoReturn":
    """Runs the handler that the environment names, as Lambda's bootstrap."""
    environment = os.environ
    log = FunctionLog.from_environment(environment)
    log.set_up_logging()
    sys.path[:] = search_path(
        sys.path,
        environment["LAMBDA_TASK_ROOT"],
        environment.get("LAMBDA_LAYER_ROOT", DEFAULT_LAYER_ROOT),
        environment.get("LAMBDA_RUNTIME_DIR", DEFAULT_RUNTIME_DIR),
    )
    connection = Connection(environment["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load_handler(environment["_HANDLER"])
    except Exception as error:  # noqa: BLE001 - the user's module may raise anything while it is imported
        failure = Failure.of(error)
        log.failure(failure)
        connection.exchange(runtime_api.init_error(connection.host, failure))
        sys.exit(1)
    Runtime(connection, handler, environment, log).serve_forever()
