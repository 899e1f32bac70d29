"""What runtimes ask of the Runtime API, right and wrong, and what it answers: played to AWS's emulator and to ours."""

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

GOOD = [
    Case("a whole response", (NEXT, response()), (EVENT, ACCEPTED)),
    Case("an empty response", (NEXT, sized(0)), (EVENT, ACCEPTED)),
    Case("a streamed response", (NEXT, Step(begun(STREAMING) + CHUNK + CHUNK + END)), (EVENT, ACCEPTED)),
    Case("a stream of nothing", (NEXT, Step(begun(STREAMING) + END)), (EVENT, ACCEPTED)),
    Case("chunks without a mode", (NEXT, Step(begun() + CHUNK + END)), (EVENT, ACCEPTED)),
    Case("an empty mode", (NEXT, response(f"{MODE}:")), (EVENT, ACCEPTED)),
    Case("spaces around the mode", (NEXT, response(f"{STREAMING}  ")), (EVENT, ACCEPTED)),
    Case(
        "error trailers",
        (NEXT, Step(begun(STREAMING, TRAILERS) + CHUNK + "0\r\n" + ERROR_TRAILERS + "\r\n"), NEXT),
        (EVENT, ACCEPTED, EVENT_2),
    ),
    Case(
        "trailers that nothing declares",
        (NEXT, Step(begun(STREAMING) + CHUNK + "0\r\n" + ERROR_TRAILERS + "\r\n"), NEXT),
        (EVENT, ACCEPTED, EVENT_2),
    ),
    Case("an error report", (NEXT, error()), (EVENT, ACCEPTED)),
    Case("the event once more", (NEXT, NEXT_ELSEWHERE, NEXT, response()), (EVENT, EVENT, EVENT, ACCEPTED)),
    Case(
        "two invocations",
        (NEXT, response(), NEXT, error()),
        (EVENT, ACCEPTED, EVENT_2, ACCEPTED),
    ),
    Case(
        "a client that asks before it sends the body",
        (NEXT, Step(begun(EXPECT), reads="continue"), Step(CHUNK + END)),
        (EVENT, ACCEPTED),
    ),
    Case("an init error", (init_error(),), (ACCEPTED,)),
]

WRONG_IDS = [
    Case(
        "a wrong id, then the right one",
        (NEXT, response(request_id="wrong"), error(request_id="wrong"), response()),
        (EVENT, WRONG_ID, WRONG_ID, ACCEPTED),
    ),
    Case(
        "the id of the invocation before",
        (NEXT, response(), NEXT, response(request_id="{first id}"), error(request_id="{first id}"), response()),
        (EVENT, ACCEPTED, EVENT_2, WRONG_ID, WRONG_ID, ACCEPTED),
    ),
    Case("an answer before any event", (response(), error(), NEXT), (WRONG_ID, WRONG_ID, EVENT)),
    Case(
        "a wrong id and a wrong mode",
        (NEXT, response(f"{MODE}: x", request_id="y"), response()),
        (EVENT, WRONG_ID, ACCEPTED),
    ),
    Case(
        "a wrong id and a wrong state",
        (NEXT, response(), response(request_id="wrong"), NEXT),
        (EVENT, ACCEPTED, WRONG_ID, EVENT_2),
    ),
]

WRONG_STATES = [
    Case(
        "after a response",
        (NEXT, response(), response(), error(), init_error(), NEXT),
        (
            EVENT,
            ACCEPTED,
            forbidden(SENT, "InvocationResponse"),
            forbidden(SENT, "InvocationErrorResponse"),
            forbidden(SENT, "InitError"),
            EVENT_2,
        ),
    ),
    Case(
        "after an error report",
        (NEXT, error(), error(), response(), NEXT),
        (
            EVENT,
            ACCEPTED,
            forbidden(SENT, "InvocationErrorResponse"),
            forbidden(SENT, "InvocationResponse"),
            EVENT_2,
        ),
    ),
    # Not /error or /response: the emulator lets them wait until the response is read, and then it is a matter of luck.
    Case(
        "while a response is open",
        (NEXT, Step(begun(STREAMING, EXPECT), reads="continue"), NEXT_ELSEWHERE, Step(CHUNK + END), NEXT),
        (EVENT, forbidden("InvocationResponse", "Ready"), ACCEPTED, EVENT_2),
    ),
    Case(
        "an init error too late", (NEXT, init_error(), response()), (EVENT, forbidden("Running", "InitError"), ACCEPTED)
    ),
    Case(
        "after an init error",
        (init_error(), init_error(), NEXT),
        (ACCEPTED, forbidden("InitError", "InitError"), forbidden("InitError", "Ready")),
    ),
    Case(
        "a wrong mode after a response",
        (NEXT, response(), response(f"{MODE}: x")),
        (EVENT, ACCEPTED, forbidden(SENT, "InvocationResponse")),
    ),
    *[
        Case(
            f"the mode {mode}",
            (NEXT, response(f"{MODE}: {mode}"), response(), error(), NEXT),
            (
                EVENT,
                WRONG_MODE,
                forbidden("InvocationResponse", "InvocationResponse"),
                forbidden("InvocationResponse", "InvocationErrorResponse"),
                forbidden("InvocationResponse", "Ready"),
            ),
        )
        for mode in ("Streaming", "buffered", "streaming,streaming")
    ],
]

TOO_LONG = [
    Case("the largest response", (NEXT, sized(MAX_BUFFERED_BYTES), NEXT), (EVENT, ACCEPTED, EVENT_2)),
    Case("a larger response", (NEXT, sized(MAX_BUFFERED_BYTES + 1), NEXT), (EVENT, TOO_LARGE, EVENT_2)),
    Case(
        "a larger stream",
        (
            NEXT,
            Step(
                begun(STREAMING) + f"{MAX_BUFFERED_BYTES + 1:x}\r\n",
                MAX_BUFFERED_BYTES + 1,
                "\r\n" + END,
            ),
            NEXT,
        ),
        (EVENT, ACCEPTED, EVENT_2),
        Difference((EVENT, TOO_LARGE, EVENT_2), "The emulator buffers, Lambda streams up to 200 MB."),
    ),
    Case(
        "a larger error report",
        (NEXT, sized(MAX_BUFFERED_BYTES + 1, "error")),
        (EVENT, ACCEPTED),
        Difference((EVENT, None), "The emulator drops the connection, and nothing says what Lambda does."),
    ),
    Case("the longest trailers", (NEXT, trailers_of(MAX_TRAILER_BYTES), NEXT), (EVENT, ACCEPTED, EVENT_2)),
    Case(
        "longer trailers",
        (NEXT, trailers_of(MAX_TRAILER_BYTES + 1), NEXT_ELSEWHERE),
        (EVENT, TRUNCATED, EVENT_2),
        Difference((EVENT, None, forbidden("InvocationResponse", "Ready")), BUFFERS),
    ),
]

BROKEN_OFF = [
    Case(
        "an error report without its end",
        (NEXT, Step(sized(9, "error").text + "{}", hangs_up=True), NEXT_ELSEWHERE),
        (EVENT, ACCEPTED, EVENT_2),
    ),
    Case(
        "an init error without its end",
        (Step(f"POST {BASE}/init/error HTTP/1.1\r\nHost: runtime\r\nContent-Length: 9\r\n\r\n{{}}", hangs_up=True),),
        (ACCEPTED,),
    ),
    Case(
        "a wrong id without its end",
        (NEXT, Step(begun().replace("{id}", "wrong") + CHUNK, hangs_up=True)),
        (EVENT, WRONG_ID),
    ),
    *[
        Case(
            name,
            (NEXT, Step(text, hangs_up=hangs_up), NEXT_ELSEWHERE),
            (EVENT, TRUNCATED, EVENT_2),
            Difference((EVENT, None, forbidden("InvocationResponse", "Ready")), BUFFERS),
        )
        for name, text, hangs_up in [
            ("a stream without its end", begun(STREAMING) + CHUNK, True),
            ("chunks without their end", begun() + CHUNK, True),
            ("a chunk without its end", begun(STREAMING) + "9\r\nok", True),
            ("trailers without their end", begun(STREAMING, TRAILERS) + CHUNK + "0\r\n" + ERROR_TRAILERS, True),
            ("a body that is shorter than its length", sized(9).text + "ok", True),
            ("a chunk of no size", begun(STREAMING) + "zz\r\n", False),
        ]
    ],
]

PATHS = [
    Case(
        "other paths",
        tuple(
            request("GET", path)
            for path in (
                "/",
                "/2018-06-01",
                "/2018-06-01/runtime",
                f"{BASE}/restore/next",
                f"{BASE}/invocation/next/",
                "/2015-03-31/runtime/invocation/next",
            )
        ),
        (NOT_FOUND,) * 6,
    ),
    Case("ping", (request("GET", "/2018-06-01/ping"), request("POST", "/2018-06-01/ping")), (PONG, WRONG_METHOD)),
    Case("a query", (request("GET", f"{BASE}/invocation/next?a=b"), response()), (EVENT, ACCEPTED)),
    Case(
        "ids that are none",
        tuple(
            request("POST", f"{BASE}/invocation/{name}/{call}")
            for name in ("", "a%2Fb")
            for call in ("response", "error")
        ),
        (WRONG_ID,) * 4,
    ),
    Case(
        "other methods",
        (
            request("POST", f"{BASE}/invocation/next"),
            request("GET", f"{BASE}/init/error"),
            request("PUT", f"{BASE}/invocation/x/response"),
            request("DELETE", f"{BASE}/invocation//error"),
        ),
        (WRONG_METHOD,) * 4,
    ),
    Case(
        "an extension",
        (request("POST", "/2020-01-01/extension/register", body="{}"),),
        (NOT_FOUND,),
        Difference((refused(403, "Extension.InvalidExtensionName", "Empty extension name"),), NO_EXTENSIONS),
    ),
    Case(
        "a subscription to logs",
        (request("PUT", "/2020-08-15/logs", body="{}"),),
        (NOT_FOUND,),
        Difference((refused(202, "Logs.NotSupported", "Logs API is not supported"),), NO_EXTENSIONS),
    ),
]

NOT_HTTP = [
    Case("no request line", (Step("hello\r\n\r\n"),), (BAD_REQUEST,)),
    Case("a header without a colon", (Step(f"GET {BASE}/invocation/next HTTP/1.1\r\nHost\r\n\r\n"),), (BAD_REQUEST,)),
    Case(
        "no host",
        (Step(f"GET {BASE}/invocation/next HTTP/1.1\r\n\r\n"),),
        (BAD_REQUEST,),
        Difference((Answer(400, "400 Bad Request: missing required Host header"),), PARSER),
    ),
    Case(
        "an unknown coding",
        (Step(f"POST {BASE}/init/error HTTP/1.1\r\nHost: runtime\r\nTransfer-Encoding: x\r\n\r\n"),),
        (Answer(501, "501 Not Implemented"),),
        Difference((Answer(501, "Unsupported transfer encoding"),), PARSER),
    ),
]

CASES = [*GOOD, *WRONG_IDS, *WRONG_STATES, *TOO_LONG, *BROKEN_OFF, *PATHS, *NOT_HTTP]
