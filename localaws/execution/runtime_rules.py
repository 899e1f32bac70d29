"""The Runtime API's state machine: which call is allowed when, and what a refusal looks like. No I/O.

The phases, the order of the checks (id, then state, then mode) and the texts are those of AWS's own
Runtime Interface Emulator: tests/local/test_emulator.py asks both the same.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and
https://github.com/aws/aws-lambda-runtime-interface-emulator (internal/lambda/core/states.go, rapi/handler).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

API_VERSION = "2018-06-01"
MAX_BUFFERED_BYTES = 6 * 1024 * 1024 + 100
MAX_STREAMED_BYTES = 200 * 1024 * 1024
ACCEPTED_BODY = b'{"status":"OK"}\n'
STREAMING_MODE = "streaming"
JSON = "application/json"
PLAIN_TEXT = "text/plain; charset=utf-8"
ERROR_TYPE_PATTERN = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")
MAX_TRAILER_BYTES = 4096
"""AWS's server is Go's `net/http`, which takes trailers and the blank line after them in no more than its buffer."""


class Phase(Enum):
    """Where the runtime stands; the values are the names that AWS prints."""

    STARTED = "Started"
    INIT_ERROR = "InitError"
    RESTORE_READY = "RestoreReady"
    RESTORING = "Restoring"
    RESTORE_ERROR = "RuntimeRestoreErrorState"
    READY = "Ready"
    RUNNING = "Running"
    RESPONDING = "InvocationResponse"
    REPORTING_ERROR = "InvocationErrorResponse"
    RESPONSE_SENT = "RuntimeResponseSentState"


class Endpoint(Enum):
    """The calls a runtime can make; the value is the phase that a call leads to."""

    NEXT = Phase.READY
    RESPONSE = Phase.RESPONDING
    ERROR = Phase.REPORTING_ERROR
    INIT_ERROR = Phase.INIT_ERROR
    RESTORE_NEXT = Phase.RESTORE_READY
    RESTORE_ERROR = Phase.RESTORE_ERROR


ALLOWED_FROM = {
    Endpoint.NEXT: {Phase.STARTED, Phase.RESTORING, Phase.READY, Phase.RUNNING, Phase.RESPONSE_SENT},
    Endpoint.RESPONSE: {Phase.RUNNING},
    Endpoint.ERROR: {Phase.RUNNING},
    Endpoint.INIT_ERROR: {Phase.STARTED},
    Endpoint.RESTORE_NEXT: {Phase.STARTED},
    Endpoint.RESTORE_ERROR: {Phase.RESTORING},
}
# What AWS's refusal of a call says that it would have led to, where that is not so.
NAMED_INSTEAD = {Endpoint.RESTORE_NEXT: Phase.READY}


@dataclass(frozen=True, slots=True)
class Route:
    """A call that the API knows; `request_id` is empty where the path carries none."""

    endpoint: Endpoint
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    body: bytes
    content_type: str = JSON


ACCEPTED = Answer(202, ACCEPTED_BODY)
PONG = Answer(200, b"pong", PLAIN_TEXT)
NOT_FOUND = Answer(404, b"404 page not found\n", PLAIN_TEXT)
METHOD_NOT_ALLOWED = Answer(405, b"", PLAIN_TEXT)

_ROUTES = (
    ("GET", re.compile(r"/ping"), PONG),
    ("GET", re.compile(r"/runtime/invocation/next"), Endpoint.NEXT),
    ("POST", re.compile(r"/runtime/invocation/(?P<id>[^/]*)/response"), Endpoint.RESPONSE),
    ("POST", re.compile(r"/runtime/invocation/(?P<id>[^/]*)/error"), Endpoint.ERROR),
    ("POST", re.compile(r"/runtime/init/error"), Endpoint.INIT_ERROR),
)
_SNAP_START_ROUTES = (
    ("GET", re.compile(r"/runtime/restore/next"), Endpoint.RESTORE_NEXT),
    ("POST", re.compile(r"/runtime/restore/error"), Endpoint.RESTORE_ERROR),
)


def route(method: str, target: str, *, snap_start: bool = False) -> Route | Answer:
    """Return the call that a request line makes, or the answer where it makes none.

    Only a function with SnapStart has the calls of a restore.
    """
    path = target.partition("?")[0]
    prefix = f"/{API_VERSION}"
    if not path.startswith(f"{prefix}/"):
        return NOT_FOUND
    for known_method, pattern, found in (*_ROUTES, *(_SNAP_START_ROUTES if snap_start else ())):
        if match := pattern.fullmatch(path.removeprefix(prefix)):
            if method != known_method:
                return METHOD_NOT_ALLOWED
            return found if isinstance(found, Answer) else Route(found, match.groupdict().get("id", ""))
    return NOT_FOUND


def refusal(status: int, error_type: str, message: str) -> Answer:
    """Return an error answer in the form that the Runtime API gives."""
    body = json.dumps({"errorMessage": message, "errorType": error_type}, separators=(",", ":"))
    return Answer(status, body.encode() + b"\n")


def malformed(status: int) -> Answer:
    """Return the answer to a request whose head is not HTTP."""
    return Answer(status, f"{status} {HTTPStatus(status).phrase}".encode(), PLAIN_TEXT)


INVALID_REQUEST_ID = refusal(400, "InvalidRequestID", "Invalid request ID")
INVALID_MODE = refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode")
TRUNCATED = refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated")
TOO_LARGE = refusal(
    413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({MAX_BUFFERED_BYTES} bytes)."
)


def valid_error_type(header: str | None) -> str:
    """Return the error type that a runtime named, or AWS's stand-in when nothing in it looks like one."""
    if header and ERROR_TYPE_PATTERN.search(header):
        return header
    return "Runtime.Unknown" if not header or not header.startswith("Function.") else "Function.Unknown"


def size_limit(*, streaming: bool) -> int:
    """Return how many bytes a response may have."""
    return MAX_STREAMED_BYTES if streaming else MAX_BUFFERED_BYTES


def declared_trailers(declared: str | None, trailers: dict[str, str]) -> dict[str, str]:
    """Return only those trailers that the `Trailer` header announced: the others are never seen."""
    names = {name.strip().lower() for name in (declared or "").split(",")}
    return {name: value for name, value in trailers.items() if name.lower() in names}


def trailers_fit(trailers: dict[str, str]) -> bool:
    """Tell whether AWS's server would read the trailers, declared or not; it takes longer ones for a broken body."""
    lines = sum(len(f"{name}: {value}\r\n") for name, value in trailers.items())
    return lines + len("\r\n") <= MAX_TRAILER_BYTES


class RuntimeRules:
    """The phase of one runtime and the invocation that it holds."""

    def __init__(self) -> None:
        self.phase = Phase.STARTED
        self.request_id = ""

    def call(self, wanted: Route, mode: str | None = None) -> Answer | None:
        """Make the transition of a call, or return its refusal.

        A wrong mode is refused after the transition, as AWS does it: the invocation is spent.
        """
        if wanted.endpoint in (Endpoint.RESPONSE, Endpoint.ERROR) and not self._holds(wanted.request_id):
            return INVALID_REQUEST_ID
        if self.phase not in ALLOWED_FROM[wanted.endpoint]:
            return self._forbidden(wanted.endpoint)
        if not (wanted.endpoint is Endpoint.NEXT and self.phase is Phase.RUNNING):
            self.phase = wanted.endpoint.value
        if wanted.endpoint is Endpoint.RESPONSE and mode not in (None, "", STREAMING_MODE):
            return INVALID_MODE
        return None

    def assign(self, request_id: str) -> None:
        """Give the waiting runtime its invocation."""
        self.phase = Phase.RUNNING
        self.request_id = request_id

    def restored(self) -> None:
        """Note that the runtime goes on after a restore."""
        self.phase = Phase.RESTORING

    def sent(self) -> None:
        """Note that a response or an error report has been read to its end."""
        self.phase = Phase.RESPONSE_SENT

    def _holds(self, request_id: str) -> bool:
        return bool(self.request_id) and request_id == self.request_id

    def _forbidden(self, endpoint: Endpoint) -> Answer:
        wanted = NAMED_INSTEAD.get(endpoint, endpoint.value)
        message = (
            f"State transition from {self.phase.value} to {wanted.value} failed for runtime. "
            "Error: State transition is not allowed"
        )
        return refusal(403, "InvalidStateTransition", message)
