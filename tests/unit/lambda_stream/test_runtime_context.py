"""What an invocation knows of itself: its context, its trace, its caller."""

import time
from typing import Any

import pytest

from lambda_stream import Context
from support.loop import ERROR_TYPE, error_of, serve
from support.runtime_api import Invoke, RuntimeApiServer


@pytest.mark.parametrize("name", ["Client-Context", "Cognito-Identity"])
def test_a_caller_context_that_is_not_json_is_an_error(api: RuntimeApiServer, name: str) -> None:
    """Named as the managed runtime names it."""
    (error,) = serve(api, lambda _event, _context: "never", Invoke(b"1", {f"Lambda-Runtime-{name}": "{"}))
    assert error.headers[ERROR_TYPE] == "Runtime.LambdaContextUnmarshalError"
    assert error_of(error)["errorMessage"].startswith(f"Unable to parse {name.replace('-', ' ')} JSON: ")


def test_the_trace_id_is_set_for_its_invocation_only(api: RuntimeApiServer) -> None:
    """X-Ray's SDK reads it from the environment."""
    environment: dict[str, str] = {}
    seen: list[str | None] = []
    trace = {"Lambda-Runtime-Trace-Id": "Root=1-a"}

    def handler(_event: object, _context: Context) -> None:
        seen.append(environment.get("_X_AMZN_TRACE_ID"))

    serve(api, handler, Invoke(b"1", trace), Invoke(b"2"), environment=environment)
    assert seen == ["Root=1-a", None]


def test_the_context_is_that_of_the_managed_runtime(api: RuntimeApiServer) -> None:
    """Every attribute of AWS's documentation."""
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "chat", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/chat",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/20/[$LATEST]0",
    }  # fmt: skip
    headers = {
        "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 10) * 1000)),
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}',
        "Lambda-Runtime-Client-Context": '{"client": {"app_title": "Zoë"}, "custom": {"a": "b"}, "env": {"c": "d"}}',
        "Lambda-Runtime-Aws-Tenant-Id": "tenant",
    }
    contexts: list[Context] = []

    def handler(_event: object, context: Context) -> None:
        contexts.append(context)

    past = {"Lambda-Runtime-Deadline-Ms": "1542409706888"}
    serve(api, handler, Invoke(b"1", headers), Invoke(b"2", past), environment=environment)
    full, bare = contexts
    assert (full.function_name, full.function_version, full.memory_limit_in_mb) == ("chat", "$LATEST", "256")
    assert (full.log_group_name, full.log_stream_name) == ("/aws/lambda/chat", "2026/11/20/[$LATEST]0")
    assert full.aws_request_id == "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
    assert full.invoked_function_arn == "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime"
    assert (full.identity.cognito_identity_id, full.identity.cognito_identity_pool_id) == ("i", "p")
    assert full.client_context is not None
    assert full.client_context.client is not None
    assert (full.client_context.client.app_title, full.client_context.custom, full.client_context.env) == (
        "Zoë", {"a": "b"}, {"c": "d"},
    )  # fmt: skip
    assert full.tenant_id == "tenant"
    assert 0 < full.get_remaining_time_in_millis() <= 10_000
    assert bare.get_remaining_time_in_millis() == 0
    assert (bare.client_context, bare.tenant_id, bare.identity.cognito_identity_id) == (None, None, None)


@pytest.mark.parametrize(
    ("client_context", "fields"),
    [
        ('{"w3c": {"traceparent": "00-1-2-01", "tracestate": 5, "other": "x"}}', {"traceparent": "00-1-2-01"}),
        ('{"w3c": "x"}', {}),
        ("{}", {}),
    ],
)
def test_the_callers_trace_context_is_told(api: RuntimeApiServer, client_context: str, fields: dict[str, str]) -> None:
    """As on the managed runtime; and a context can be printed and given attributes."""
    seen: list[object] = []

    def handler(_event: object, context: Any) -> None:
        context.user = "u"
        seen.extend([context.w3c(), context.client_context, repr(context)])

    serve(api, handler, Invoke(b"1", {"Lambda-Runtime-Client-Context": client_context}))
    assert seen[:2] == [fields, None]
    assert str(seen[2]).startswith("Context(aws_request_id='8476a536-")


def test_context_log_writes_to_the_log(api: RuntimeApiServer, capfd: pytest.CaptureFixture[str]) -> None:
    """As it does on the managed runtime."""

    def handler(_event: object, context: Context) -> None:
        context.log("noted")

    serve(api, handler, Invoke(b"1"))
    assert "noted" in capfd.readouterr().out
