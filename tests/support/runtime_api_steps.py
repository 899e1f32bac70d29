"""The words that the cases of the Runtime API are made of: what is sent, and what is answered."""

from dataclasses import dataclass
from typing import Literal

BASE = "/2018-06-01/runtime"
MAX_BUFFERED_BYTES = 6_291_556
MAX_TRAILER_BYTES = 4_096


@dataclass(frozen=True)
class Step:
    """What the runtime sends, and what it then waits for.

    The bytes are `text` (with `{id}` and `{first id}` filled in from /next), `filler_bytes` times the letter x, `end`.
    After "continue", the API has seen the head and waits for the body. `connection` names a socket; `hangs_up` closes
    its sending side.
    """

    text: str
    filler_bytes: int = 0
    end: str = ""
    reads: Literal["answer", "continue"] = "answer"
    connection: str = "first"
    hangs_up: bool = False


@dataclass(frozen=True)
class Answer:
    """A status and a body."""

    status: int
    body: str


Answers = tuple[Answer | None, ...]
"""One for each step that reads an answer; None where the connection is closed instead."""


@dataclass(frozen=True)
class Difference:
    """What the emulator answers where ours is another answer, and why that stays so."""

    emulator: Answers
    reason: str


@dataclass(frozen=True)
class Case:
    """Steps, and our answers to them; the emulator's are the same unless `differs` says what they are."""

    name: str
    steps: tuple[Step, ...]
    answers: Answers
    differs: Difference | None = None

    @property
    def emulator_answers(self) -> Answers:
        return self.differs.emulator if self.differs else self.answers


def event(number: int) -> str:
    """The event of a case's first invocation, of its second, and so on."""
    return f'{{"event": {number}}}'


# What is sent.


def request(method: str, path: str, *headers: str, body: str = "", connection: str = "first") -> Step:
    lines = (f"{method} {path} HTTP/1.1", "Host: runtime", f"Content-Length: {len(body)}", *headers, "", body)
    return Step("\r\n".join(lines), connection=connection)


def response(*headers: str, request_id: str = "{id}", connection: str = "first") -> Step:
    return request("POST", f"{BASE}/invocation/{request_id}/response", *headers, body="ok", connection=connection)


def error(*headers: str, request_id: str = "{id}", connection: str = "first") -> Step:
    path = f"{BASE}/invocation/{request_id}/error"
    return request("POST", path, *headers, body="{}", connection=connection)


def init_error() -> Step:
    return request("POST", f"{BASE}/init/error", f"{ERROR_TYPE}: Runtime.Oops", body="{}")


def begun(*headers: str) -> str:
    """The head of a chunked response."""
    lines = (f"POST {BASE}/invocation/{{id}}/response HTTP/1.1", "Host: runtime", "Transfer-Encoding: chunked")
    return "\r\n".join((*lines, *headers, "", ""))


def sized(size: int, path: str = "response") -> Step:
    """A body of that many bytes."""
    return Step(
        f"POST {BASE}/invocation/{{id}}/{path} HTTP/1.1\r\nHost: runtime\r\nContent-Length: {size}\r\n\r\n", size
    )


def trailers_of(size: int) -> Step:
    """A streamed response whose trailers, with the blank line after them, have that many bytes."""
    name, end = f"{ERROR_BODY}: ", "\r\n\r\n"
    return Step(begun(STREAMING, TRAILERS) + CHUNK + "0\r\n" + name, size - len(name) - len(end), end)


ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
TRAILERS = f"Trailer: {ERROR_TYPE}, {ERROR_BODY}"
ERROR_TRAILERS = f"{ERROR_TYPE}: Function.Oops\r\n{ERROR_BODY}: e30=\r\n"
MODE = "Lambda-Runtime-Function-Response-Mode"
STREAMING = f"{MODE}: streaming"
EXPECT = "Expect: 100-continue"
CHUNK = "2\r\nok\r\n"
END = "0\r\n\r\n"

NEXT = request("GET", f"{BASE}/invocation/next")
NEXT_ELSEWHERE = request("GET", f"{BASE}/invocation/next", connection="second")

# What is answered.


def refused(status: int, error_type: str, message: str) -> Answer:
    return Answer(status, f'{{"errorMessage":"{message}","errorType":"{error_type}"}}\n')


def forbidden(now: str, wanted: str) -> Answer:
    message = f"State transition from {now} to {wanted} failed for runtime. Error: State transition is not allowed"
    return refused(403, "InvalidStateTransition", message)


# The name of the phase in AWS's texts; the others are named as one would think.
SENT = "RuntimeResponseSentState"
# The emulator reads a whole response before it looks at it. Where that fails it drops the connection, and its runtime
# can never call again. Lambda answers, as the emulator's own code for direct invocations does.
BUFFERS = "The emulator buffers: it drops a connection whose body it can't read, where Lambda answers 400."
NO_EXTENSIONS = "Functions have no extensions here."
PARSER = "The words are those of Go's HTTP parser."

EVENT, EVENT_2 = Answer(200, event(1)), Answer(200, event(2))
ACCEPTED = Answer(202, '{"status":"OK"}\n')
WRONG_ID = refused(400, "InvalidRequestID", "Invalid request ID")
WRONG_MODE = refused(400, "InvalidFunctionResponseMode", "Invalid function response mode")
TRUNCATED = refused(400, "TruncatedHTTPRequest", "HTTP request detected as truncated")
TOO_LARGE = refused(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (6291556 bytes).")
NOT_FOUND = Answer(404, "404 page not found\n")
WRONG_METHOD = Answer(405, "")
PONG = Answer(200, "pong")
BAD_REQUEST = Answer(400, "400 Bad Request")
