"""What API Gateway makes of a function's response, its own answers, limits, permissions and URLs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.authorization import AccessDeniedError, Policies
from localaws.front.prelude import DELIMITER, PRELUDE_TYPE, PreludeError, ResponseHead
from localaws.rest.document import Integration, IntegrationType
from localaws.rest.function_access import check_invocation, check_invocation_as, function_of
from localaws.rest.gateway_responses import render
from localaws.rest.limits import Limits
from localaws.rest.proxy_response import BufferedProxy, streamed_head_decoder
from localaws.rest.refusal import Refusal, ResponseType
from localaws.rest.url import localised

JSON_TYPE = ("Content-Type", "application/json")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:chat"
URI = "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{}/response-streaming-invocations"
SOURCE = "arn:aws:execute-api:us-east-1:123456789012:api123/live/POST/chat"
ROLE = "arn:aws:iam::123456789012:role/gateway"


@pytest.mark.parametrize("length", [16_376, 16_377])
def test_the_delimiter_ends_within_sixteen_kilobytes(length: int) -> None:
    """Which its own eight bytes count to."""
    data = b"{}".ljust(length) + DELIMITER
    if length + len(DELIMITER) > 16 * 1024:
        with pytest.raises(PreludeError, match="longer"):
            streamed_head_decoder().feed(data)
    else:
        assert streamed_head_decoder().feed(data) == (ResponseHead(200, ()), b"")


@pytest.mark.parametrize(
    ("result", "decodes", "head", "body"),
    [
        ({}, False, ResponseHead(200, (JSON_TYPE,)), b""),
        ({"statusCode": 404, "body": "ž"}, False, ResponseHead(404, (JSON_TYPE,)), "ž".encode()),
        (
            {"headers": {"content-type": "text/plain"}, "multiValueHeaders": {"A": ["1", "2"]}, "body": None},
            False,
            ResponseHead(200, (("content-type", "text/plain"), ("A", "1"), ("A", "2"))),
            b"",
        ),
        ({"body": "YQ==", "isBase64Encoded": True}, True, ResponseHead(200, (JSON_TYPE,)), b"a"),
        ({"body": "YQ==", "isBase64Encoded": True}, False, ResponseHead(200, (JSON_TYPE,)), b"YQ=="),
        ({"body": "YQ==", "isBase64Encoded": False}, True, ResponseHead(200, (JSON_TYPE,)), b"YQ=="),
    ],
)
def test_buffered_responses(result: Any, decodes: bool, head: ResponseHead, body: bytes) -> None:
    """Bytes are decoded only for a client that accepts a binary media type of the API."""
    assert BufferedProxy(decodes)("application/json", json.dumps(result).encode()) == (head, body)


def test_a_streamed_form_behind_a_buffering_integration() -> None:
    """Status and headers count, and there is no body."""
    payload = b'{"statusCode":201,"headers":{"A":"b"}}' + DELIMITER + b"body"
    assert BufferedProxy(decodes=False)(PRELUDE_TYPE, payload) == (ResponseHead(201, (("A", "b"),)), b"")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"{", "not JSON"),
        (b"", "not an object with only"),
        (b'"text"', "not an object with only"),
        (b'{"statusCode":200,"extra":1}', "not an object with only"),
        (b'{"cookies":["a=b"]}', "not an object with only"),
        (b'{"statusCode":"x"}', "not an HTTP status"),
        (b'{"body":{"a":1}}', "the body is not a string"),
        (b'{"body":"%","isBase64Encoded":true}', "not base64"),
    ],
)
def test_results_that_are_no_proxy_responses(payload: bytes, words: str) -> None:
    """The function is misread by nobody."""
    with pytest.raises(PreludeError, match=words):
        BufferedProxy(decodes=True)("application/json", payload)


@pytest.mark.parametrize(
    ("kind", "status", "error_type", "body"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException", '"Missing Authentication Token"'),
        ("UNAUTHORIZED", 401, "UnauthorizedException", '"Unauthorized"'),
        ("INVALID_API_KEY", 403, "ForbiddenException", '"Forbidden"'),
        ("THROTTLED", 429, "TooManyRequestsException", '"Too Many Requests"'),
        ("QUOTA_EXCEEDED", 429, "LimitExceededException", '"Limit Exceeded"'),
        ("INTEGRATION_TIMEOUT", 504, "InternalServerErrorException", '"Endpoint request timed out"'),
        ("API_CONFIGURATION_ERROR", 500, "InternalServerErrorException", '"Internal server error"'),
        ("DEFAULT_5XX", 502, "InternalServerErrorException", '"Internal server error"'),
        ("AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", "null"),
    ],
)
def test_gateway_responses(kind: str, status: int, error_type: str, body: str) -> None:
    """With API Gateway's own status and message."""
    rendered = render(Refusal(ResponseType(kind)), None)
    assert rendered.status == status
    assert dict(rendered.headers) == {"Content-Type": "application/json", "x-amzn-ErrorType": error_type}
    assert rendered.body.decode() == f'{{"message":{body}}}'


def test_every_response_type_has_a_default() -> None:
    """And what a policy refuses is said as IAM says it."""
    assert all(Refusal(kind).status >= 400 for kind in ResponseType)
    rendered = render(Refusal(ResponseType.ACCESS_DENIED), None)
    assert rendered.body == b'{"Message":"User is not authorized to access this resource"}'


def test_a_refusal_of_ones_own() -> None:
    """Message and status may be others; the reason is for the terminal."""
    refusal = Refusal(ResponseType.DEFAULT_4XX, "no", status=418, reason="because")
    assert (refusal.status, refusal.message, str(refusal)) == (418, "no", "DEFAULT_4XX: because")


def test_limits() -> None:
    """Divided by the scale."""
    integration = Integration(IntegrationType.AWS_PROXY, timeout_ms=900_000)
    assert Limits().integration_seconds(integration) == 900
    assert Limits(100).integration_seconds(integration) == 9
    assert [Limits(10).idle_seconds(kind) for kind in ("EDGE", "REGIONAL", "PRIVATE")] == [3, 30, 30]


@pytest.mark.parametrize(
    ("function", "variables", "expected"),
    [
        (FUNCTION, {}, (FUNCTION, "chat", None)),
        (f"{FUNCTION}:live", {}, (f"{FUNCTION}:live", "chat", "live")),
        (f"{FUNCTION}:${{stageVariables.alias}}", {"alias": "blue"}, (f"{FUNCTION}:blue", "chat", "blue")),
        (f"{FUNCTION}:${{stageVariables.alias}}", {}, None),
        ("arn:aws:s3:::bucket", {}, None),
    ],
)
def test_functions_of_uris(function: str, variables: dict[str, str], expected: tuple[str, str, str | None]) -> None:
    """Stage variables are filled in; what is missing of them is nothing."""
    found = function_of(URI.format(function), variables)
    assert (found and (found.arn, found.name, found.qualifier)) == expected


def grant(source: str, **more: object) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
        **more,
    }


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (grant("arn:aws:execute-api:us-east-1:123456789012:api123/live/*"), True),
        (grant("arn:aws:execute-api:us-east-1:123456789012:api123/*/POST/chat"), True),
        (grant("arn:aws:execute-api:us-east-1:123456789012:api123/test/*"), False),
        (grant("arn:aws:execute-api:us-east-1:123456789012:other/*"), False),
        (grant(SOURCE, Principal={"Service": "events.amazonaws.com"}), False),
        (grant(SOURCE, Resource=f"{FUNCTION}:live"), False),
    ],
)
def test_permissions(statement: dict[str, object], allowed: bool) -> None:
    """The function's policy names API, stage, method and path."""
    if allowed:
        check_invocation(FUNCTION, SOURCE, [statement])
    else:
        with pytest.raises(AccessDeniedError):
            check_invocation(FUNCTION, SOURCE, [statement])


def test_a_role_needs_no_permission_of_the_functions() -> None:
    """Its own is enough, and without one it may not."""
    own = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": FUNCTION}
    check_invocation_as(ROLE, FUNCTION, Policies(identity=[own]))
    with pytest.raises(AccessDeniedError, match="assumed-role/gateway/"):
        check_invocation_as(ROLE, FUNCTION, Policies())


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("https://abc1.execute-api.us-east-1.amazonaws.com/live", "http://127.0.0.1:4000/live"),
        ('{"curl": "curl https://abc1.execute-api.us-east-1.amazonaws.com"}', '{"curl": "curl http://127.0.0.1:4000"}'),
        ("https://abc1.execute-api.cn-north-1.amazonaws.com.cn/a", "http://127.0.0.1:4000/a"),
        ("https://other.execute-api.us-east-1.amazonaws.com/live", None),
        ("https://abc1.execute-api.us-east-1.amazonaws.com.example.com/", None),
        ("arn:aws:execute-api:us-east-1:123456789012:abc1/live", None),
    ],
)
def test_urls(text: str, local: str | None) -> None:
    """Those of known APIs lead to this machine; anything else stays."""
    assert localised(text, {"abc1": 4000}) == (local or text)
