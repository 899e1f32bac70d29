"""The Lambda Runtime API: every path, header and trailer name, one builder for each request. No input or output here.

Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and runtimes-custom.html (response streaming).
"""

from lambda_stream.errors import ProtocolViolation
from lambda_stream.http1 import HttpResponse, encode_head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lambda_stream.failure import Failure

PATH = "/2018-06-01/runtime"

REQUEST_ID = "lambda-runtime-aws-request-id"
DEADLINE_MS = "lambda-runtime-deadline-ms"
FUNCTION_ARN = "lambda-runtime-invoked-function-arn"
TRACE_ID = "lambda-runtime-trace-id"
CLIENT_CONTEXT = "lambda-runtime-client-context"
COGNITO_IDENTITY = "lambda-runtime-cognito-identity"
TENANT_ID = "lambda-runtime-aws-tenant-id"
INVOCATION_ID = "lambda-runtime-invocation-id"

RESPONSE_MODE = "Lambda-Runtime-Function-Response-Mode"
ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
ERROR_BODY = "Lambda-Runtime-Function-Error-Body"

JSON = "application/json"
# The body starts with a prelude: status, headers and cookies as JSON, then eight NUL bytes.
HTTP_INTEGRATION = "application/vnd.awslambda.http-integration-response"
OCTET_STREAM = "application/octet-stream"

OK = 200
ACCEPTED = 202


class Invocation:
    """One answer of `/next`: an event and what Lambda says about it.

    `deadline_ms` is in milliseconds since the epoch; `invocation_id` is echoed to Lambda where it sent one.
    """

    __slots__ = (
        "client_context",
        "cognito_identity",
        "deadline_ms",
        "event",
        "function_arn",
        "invocation_id",
        "request_id",
        "tenant_id",
        "trace_id",
    )

    def __init__(self, response: HttpResponse) -> None:
        headers = response.headers
        if response.status != OK or REQUEST_ID not in headers:
            raise ProtocolViolation(f"/next answered {response.status} {response.body[:200]!r}")
        deadline = headers.get(DEADLINE_MS, "0")
        if not (deadline.isascii() and deadline.isdigit()):
            raise ProtocolViolation(f"{DEADLINE_MS} is not a number: {deadline!r}")
        self.event = response.body
        self.request_id = headers[REQUEST_ID]
        self.deadline_ms = int(deadline)
        self.function_arn = headers.get(FUNCTION_ARN, "")
        self.trace_id = headers.get(TRACE_ID)
        self.client_context = headers.get(CLIENT_CONTEXT)
        self.cognito_identity = headers.get(COGNITO_IDENTITY)
        self.tenant_id = headers.get(TENANT_ID)
        self.invocation_id = headers.get(INVOCATION_ID)


def next_request(host: str) -> bytes:
    """Asks for the next invocation."""
    return encode_head(f"GET {PATH}/invocation/next", [("Host", host)])


def streaming_response_head(host: str, invocation: Invocation, content_type: str) -> bytes:
    """Begins a streamed response: a chunked body follows, whose trailers may report an error.

    Trailers that the head does not declare are lost, so it always declares them.
    """
    headers = [
        ("Host", host),
        ("Content-Type", content_type),
        (RESPONSE_MODE, "streaming"),
        ("Transfer-Encoding", "chunked"),
        ("Trailer", f"{ERROR_TYPE}, {ERROR_BODY}"),
        *_echo(invocation),
    ]
    return encode_head(f"POST {PATH}/invocation/{invocation.request_id}/response", headers)


def buffered_response(host: str, invocation: Invocation, body: bytes) -> bytes:
    """A whole JSON response."""
    headers = [("Host", host), ("Content-Type", JSON), ("Content-Length", str(len(body))), *_echo(invocation)]
    return encode_head(f"POST {PATH}/invocation/{invocation.request_id}/response", headers) + body


def invocation_error(host: str, invocation: Invocation, failure: "Failure") -> bytes:
    """Reports that the handler failed before its response began."""
    return _error(host, f"invocation/{invocation.request_id}/error", failure, _echo(invocation))


def init_error(host: str, failure: "Failure", error_type: str | None = None) -> bytes:
    """Reports that the handler can't be loaded, or what else went wrong before the first invocation.

    `error_type` is what Lambda is to call it, where that is not the failure's own type.
    """
    return _error(host, "init/error", failure, [], error_type)


def restore_next(host: str) -> bytes:
    """Says that a snapshot of this process may be taken; the answer comes after a restore from it."""
    return encode_head(f"GET {PATH}/restore/next", [("Host", host)])


def restore_error(host: str, failure: "Failure", error_type: str) -> bytes:
    """Reports that the process can't go on after a restore."""
    return _error(host, "restore/error", failure, [], error_type)


def error_trailers(failure: "Failure") -> list[tuple[str, str]]:
    """Reports that the handler failed after its response began."""
    return [(ERROR_TYPE, failure.category_type), (ERROR_BODY, failure.to_trailer())]


def _error(
    host: str, path: str, failure: "Failure", echo: list[tuple[str, str]], error_type: str | None = None
) -> bytes:
    body = failure.to_json()
    headers = [
        ("Host", host),
        ("Content-Type", JSON),
        ("Content-Length", str(len(body))),
        (ERROR_TYPE, error_type or failure.category_type),
        *echo,
    ]
    return encode_head(f"POST {PATH}/{path}", headers) + body


def _echo(invocation: Invocation) -> list[tuple[str, str]]:
    return [("Lambda-Runtime-Invocation-Id", invocation.invocation_id)] if invocation.invocation_id else []
