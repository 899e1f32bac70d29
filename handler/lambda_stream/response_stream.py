"""One invocation's answer on the connection to the Runtime API."""

from lambda_stream import runtime_api
from lambda_stream.errors import AnswerRejected
from lambda_stream.http1 import CRLF, HttpResponse, chunk_size_line, encode_chunk, encode_end
from lambda_stream.runtime_api import ACCEPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lambda_stream.connection import Connection
    from lambda_stream.failure import Failure
    from lambda_stream.runtime_api import Invocation


class ResponseStream:
    """Streams an answer, or sends it whole, or reports a failure.

    Every method raises RuntimeApiFault when Lambda can't be told.

    Attributes:
        begun: Whether the status has left.
        last: The chunk that left last.
    """

    __slots__ = ("_connection", "_invocation", "begun", "last")

    def __init__(self, connection: "Connection", invocation: "Invocation") -> None:
        self._connection = connection
        self._invocation = invocation
        self.begun = False
        self.last = b""

    def begin(self, content_type: str, prelude: bytes, first: bytes) -> None:
        """Sends the head, the prelude and the first chunk, which may be empty.

        All in one system call, but the prelude is a chunk of its own: API Gateway looks for its end there.
        """
        head = runtime_api.streaming_response_head(self._connection.host, self._invocation, content_type)
        self._connection.send(head, encode_chunk(prelude), encode_chunk(first))
        self.begun = True
        self.last = first

    def send(self, data: bytes) -> None:
        """Sends one chunk, which must not be empty."""
        self._connection.send_more(chunk_size_line(len(data)), data, CRLF)
        self.last = data

    def end(self, failure: "Failure | None") -> None:
        """Ends the stream, with the failure in its trailers if there was one."""
        self._connection.send_more(encode_end(runtime_api.error_trailers(failure) if failure else ()))
        _check(self._connection.receive())

    def answer(self, body: bytes) -> None:
        """Sends a whole JSON answer."""
        _check(self._connection.exchange(runtime_api.buffered_response(self._connection.host, self._invocation, body)))

    def refuse(self, failure: "Failure") -> None:
        """Reports a failure before the answer began."""
        _check(
            self._connection.exchange(runtime_api.invocation_error(self._connection.host, self._invocation, failure))
        )


def _check(response: HttpResponse) -> None:
    if response.status != ACCEPTED:
        raise AnswerRejected(f"the Runtime API answered {response.status} {response.body[:500]!r}")
