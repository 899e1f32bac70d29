"""One invocation, from its event to Lambda's receipt of the answer."""

import json
import time

from lambda_stream.context import Context
from lambda_stream.errors import HandlerFault, RuntimeApiFault
from lambda_stream.failure import Failure
from lambda_stream.reply import BufferedReply, StreamedReply, reply_to
from lambda_stream.watch import Watch, time_to_end_s

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from lambda_stream.cors import Cors
    from lambda_stream.handler import Handler
    from lambda_stream.log import FunctionLog
    from lambda_stream.response import Response
    from lambda_stream.runtime_api import Invocation
    from lambda_stream.settings import Settings

    class Outgoing(Protocol):
        """Where an answer goes: to Lambda (`ResponseStream`), or to a terminal."""

        begun: bool
        last: bytes

        def begin(self, content_type: str, prelude: bytes, first: bytes) -> None:
            """Begins a stream."""

        def send(self, data: bytes) -> None:
            """Sends one more chunk."""

        def end(self, failure: Failure | None) -> None:
            """Ends the stream."""

        def answer(self, body: bytes) -> None:
            """Sends a whole answer."""

        def refuse(self, failure: Failure) -> None:
            """Reports a failure instead of an answer."""


# Lambda always names a deadline; a Runtime API that names none sets no limit.
NO_DEADLINE_S = 86_400.0


class Exchange:
    """Runs the handler on one invocation and sends what comes of it; a handler's failure is reported, not raised."""

    def __init__(self, outgoing: "Outgoing", invocation: "Invocation", log: "FunctionLog") -> None:
        self._outgoing = outgoing
        self._invocation = invocation
        self._log = log
        self._event: object = None
        self._reply: StreamedReply | None = None
        self._cors: Cors | None = None

    # What the context offers to the handler.

    @property
    def committed(self) -> bool:
        """Whether the status has been sent."""
        return self._outgoing.begun

    def prepare(self, response: "Response") -> None:
        """Keeps the response to begin with after a silence."""
        reply = reply_to(self._event, response, self._cors)
        if not self.committed and isinstance(reply, StreamedReply):
            self._reply = reply

    def write_log(self, message: str) -> None:
        """Writes to the function's log, as it is."""
        self._log.write(message)

    # What the runtime asks for.

    def serve(self, handler: "Handler", environment: "Mapping[str, str]", settings: "Settings") -> None:
        """Runs the handler and sends its answer.

        Raises:
            RuntimeApiFault: Lambda doesn't take the answer.
        """
        try:
            whole = self._run(handler, Context(self._invocation, environment, time.time, self), settings)
        except (RuntimeApiFault, SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever else the handler raises, a CancelledError too, is an answer
            self._fail(self._failure(error))
        else:
            if whole is None:
                self._outgoing.end(None)
            else:
                self._outgoing.answer(whole.body)

    def _fail(self, failure: Failure) -> None:
        if self._outgoing.begun:
            self._outgoing.end(failure)
        else:
            self._outgoing.refuse(failure)

    def _run(self, handler: "Handler", context: Context, settings: "Settings") -> BufferedReply | None:
        """Sends what the handler streams; returns what it answers whole."""
        remaining_s = context.get_remaining_time_in_millis() / 1000 if self._invocation.deadline_ms else NO_DEADLINE_S
        self._cors = settings.cors
        end_s = time_to_end_s(remaining_s, settings.margin_s)
        with Watch(end_s, settings.silence_s, self._beat) as watch:
            self._event = parse_event(self._invocation.event)
            reply = reply_to(self._event, call(handler, self._event, context), self._cors)
            if isinstance(reply, StreamedReply):
                self._send(reply, watch)
                return None
            if not self.committed:
                return reply
            self._outgoing.send(reply.body)
            return None

    def _send(self, reply: StreamedReply, watch: Watch) -> None:
        self._reply = reply
        chunks = reply.chunks
        try:
            # Until the first chunk is there nothing needs to be sent, so a failure can still be a true error.
            first = next(chunks, b"")
            if not self._outgoing.begun:
                self._outgoing.begin(reply.content_type, reply.prelude, first)
            elif first:
                self._outgoing.send(first)
            send, heard = self._outgoing.send, watch.heard
            heard()
            for data in chunks:
                send(data)
                heard()
        finally:
            self._close(reply)

    def _close(self, reply: StreamedReply) -> None:
        try:
            reply.chunks.close()
        except Exception as error:  # noqa: BLE001 - a broken clean-up must not hide how the stream ended
            self._failure(error)

    def _beat(self) -> None:
        """Shows that the handler still works, where what was sent so far allows it."""
        reply = self._reply
        if reply is None or not reply.beats_after(self._outgoing.last):
            return
        if self._outgoing.begun:
            self._outgoing.send(reply.heartbeat)
        else:
            self._outgoing.begin(reply.content_type, reply.prelude, reply.heartbeat)

    def _failure(self, error: BaseException) -> Failure:
        failure = Failure.of(error, self._invocation.request_id)
        self._log.failure(failure)
        return failure


def parse_event(data: bytes) -> object:
    """The event as the handler gets it.

    Raises:
        HandlerFault: it is not JSON.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise HandlerFault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def call(handler: "Handler", event: object, context: Context) -> object:
    """What the handler returns; an async handler is run to its end."""
    result = handler(event, context)
    if hasattr(result, "__await__"):
        from lambda_stream import asynchronous  # noqa: PLC0415 - asyncio costs 30 ms of a cold start

        return asynchronous.wait_for(result)
    return result
