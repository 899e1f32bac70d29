"""The requests that the runtime sends, and the invocations it reads."""

import base64
import json
import re

import pytest

from lambda_stream import runtime_api
from lambda_stream.errors import ProtocolViolation
from lambda_stream.failure import Failure
from lambda_stream.http1 import HttpResponse
from lambda_stream.runtime_api import Invocation

HEADERS = {
    "lambda-runtime-aws-request-id": "id-1",
    "lambda-runtime-deadline-ms": "1542409706888",
    "lambda-runtime-invoked-function-arn": "arn:f",
    "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1",
    "lambda-runtime-client-context": '{"custom": {}}',
    "lambda-runtime-cognito-identity": '{"cognitoIdentityId": "i"}',
    "lambda-runtime-aws-tenant-id": "tenant",
}


def answer(headers: dict[str, str], status: int = 200) -> HttpResponse:
    return HttpResponse(status, headers, b"{}", keep_alive=True)


def test_an_invocation_has_what_next_says() -> None:
    """Every header of the Runtime API's documentation is read."""
    invocation = Invocation(answer(HEADERS))
    assert (invocation.request_id, invocation.deadline_ms, invocation.function_arn, invocation.event) == (
        "id-1", 1542409706888, "arn:f", b"{}",
    )  # fmt: skip
    assert invocation.trace_id == HEADERS["lambda-runtime-trace-id"]
    assert invocation.client_context == '{"custom": {}}'
    assert invocation.cognito_identity == '{"cognitoIdentityId": "i"}'
    assert invocation.tenant_id == "tenant"


def test_what_next_does_not_say_is_none() -> None:
    """Only the request id is always there."""
    invocation = Invocation(answer({"lambda-runtime-aws-request-id": "id-1"}))
    assert (invocation.trace_id, invocation.tenant_id, invocation.deadline_ms) == (None, None, 0)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (answer(HEADERS, status=500), "/next answered 500"),
        (answer({}), "/next answered 200"),
        (answer({**HEADERS, "lambda-runtime-deadline-ms": "soon"}), "not a number: 'soon'"),
    ],
    ids=["an error", "no request id", "no deadline"],
)
def test_an_answer_that_is_no_invocation_is_refused(response: HttpResponse, message: str) -> None:
    """The message quotes it."""
    with pytest.raises(ProtocolViolation, match=message):
        Invocation(response)


def test_the_head_of_a_streamed_response_declares_mode_and_trailers() -> None:
    """Lambda streams only on this mode, and drops trailers that aren't declared."""
    head = runtime_api.streaming_response_head("api:9001", Invocation(answer(HEADERS)), "text/plain")
    assert head == (
        b"POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\n"
        b"Host: api:9001\r\n"
        b"Content-Type: text/plain\r\n"
        b"Lambda-Runtime-Function-Response-Mode: streaming\r\n"
        b"Transfer-Encoding: chunked\r\n"
        b"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
        b"\r\n"
    )


def test_the_invocation_id_is_echoed_where_lambda_sent_one() -> None:
    """On the response, whole or streamed, and on the error."""
    invocation = Invocation(answer({**HEADERS, "lambda-runtime-invocation-id": "inv-7"}))
    failure = Failure("E", "m", [])
    for request in (
        runtime_api.streaming_response_head("h", invocation, "t"),
        runtime_api.buffered_response("h", invocation, b"1"),
        runtime_api.invocation_error("h", invocation, failure),
    ):
        assert b"\r\nLambda-Runtime-Invocation-Id: inv-7\r\n" in request


def test_a_buffered_response_has_its_length() -> None:
    """A JSON body in one piece, without the streaming mode."""
    request = runtime_api.buffered_response("h", Invocation(answer(HEADERS)), b'{"a":1}')
    assert b"Content-Length: 7\r\n\r\n" in request
    assert request.endswith(b'{"a":1}')
    assert b"Response-Mode" not in request


def test_errors_go_to_their_endpoints_with_type_and_body() -> None:
    """`/init/error` before the first invocation, `/invocation/{id}/error` after."""
    failure = Failure("ValueError", "bad", ["frame"], "id-1")
    init = runtime_api.init_error("h", failure)
    invocation = runtime_api.invocation_error("h", Invocation(answer(HEADERS)), failure)
    assert init.startswith(b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\n")
    assert invocation.startswith(b"POST /2018-06-01/runtime/invocation/id-1/error HTTP/1.1\r\n")
    for request in (init, invocation):
        assert b"\r\nLambda-Runtime-Function-Error-Type: Function.ValueError\r\n" in request
        assert json.loads(request.partition(b"\r\n\r\n")[2])["errorMessage"] == "bad"


def test_errors_around_a_snapshot_have_lambdas_own_type() -> None:
    """In the header; the body names the exception."""
    failure = Failure("ValueError", "bad", [])
    for request, path in (
        (runtime_api.init_error("h", failure, "Runtime.BeforeSnapshotError"), b"init"),
        (runtime_api.restore_error("h", failure, "Runtime.AfterRestoreError"), b"restore"),
    ):
        assert request.startswith(b"POST /2018-06-01/runtime/" + path + b"/error HTTP/1.1\r\n")
        assert re.search(rb"\r\nLambda-Runtime-Function-Error-Type: Runtime\.[A-Za-z]+Error\r\n", request)
        assert json.loads(request.partition(b"\r\n\r\n")[2])["errorType"] == "ValueError"


def test_a_restore_is_asked_for() -> None:
    """Without a body."""
    assert runtime_api.restore_next("h") == b"GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: h\r\n\r\n"


def test_error_trailers_carry_type_and_body() -> None:
    """The body is base64 of the error JSON, on one line."""
    (type_name, error_type), (body_name, body) = runtime_api.error_trailers(Failure("Runtime.Odd", "bad" * 100, []))
    assert (type_name, error_type) == ("Lambda-Runtime-Function-Error-Type", "Runtime.Odd")
    assert body_name == "Lambda-Runtime-Function-Error-Body"
    assert "\n" not in body
    assert json.loads(base64.b64decode(body, validate=True))["errorMessage"] == "bad" * 100
