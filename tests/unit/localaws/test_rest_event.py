"""The event of a REST API, the `$context` variables, and a line of the access log."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from localaws.front.delivery import Transfer
from localaws.front.prelude import ResponseHead
from localaws.rest.access_log import access_log_line, log_group_of, log_stream_of
from localaws.rest.context import context_variables
from localaws.rest.document import (
    Authorization,
    AuthorizationType,
    Authorizer,
    AuthorizerType,
    Document,
    Method,
    Resource,
    TransferMode,
)
from localaws.rest.event import build_event
from localaws.rest.exchange import Call
from localaws.rest.refusal import Refusal, ResponseType
from support.rest import DOCUMENT, make_exchange


def event(*args: Any, **kwargs: Any) -> Any:
    return build_event(make_exchange(*args, **kwargs))


def test_the_frame() -> None:
    """The members that every event has, null where there is nothing."""
    built = event(headers={"User-Agent": "me", "Host": "h"})
    context = built.pop("requestContext")
    assert built == {
        "resource": "/chat/{id}",
        "path": "/chat/1",
        "httpMethod": "POST",
        "headers": {
            "User-Agent": "me",
            "Host": "h",
            "X-Amzn-Trace-Id": "Root=1-2-3",
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
        },
        "multiValueHeaders": {name: [value] for name, value in built["headers"].items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"id": "1"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    identity = context.pop("identity")
    assert context == {
        "accountId": "123456789012",
        "apiId": "api123",
        "deploymentId": "dep1",
        "domainName": "api123.execute-api.us-east-1.amazonaws.com",
        "domainPrefix": "api123",
        "extendedRequestId": "ext-1",
        "httpMethod": "POST",
        "path": "/live/chat/1",
        "protocol": "HTTP/1.1",
        "requestId": "req-1",
        "requestTime": "20/Nov/2026:06:07:08 +0000",
        "requestTimeEpoch": 1795154828900,
        "resourceId": "id0",
        "resourcePath": "/chat/{id}",
        "stage": "live",
    }
    assert (identity["sourceIp"], identity["userAgent"], identity["userArn"]) == ("127.0.0.1", "me", None)


def test_what_repeats() -> None:
    """The last of each, and all of them; names as they were sent, but those of the connection."""
    headers = [("X-A", "1"), ("X-A", "2"), ("Connection", "close"), ("X-Forwarded-For", "1.2.3.4")]
    built = event("/live/chat/1?a=1&a=2%20b&=x&flag", headers, variables={"model": "nova"})
    assert built["headers"]["X-A"] == "2"
    assert built["multiValueHeaders"]["X-A"] == ["1", "2"]
    assert "Connection" not in built["headers"]
    assert built["headers"]["X-Forwarded-For"] == "1.2.3.4, 127.0.0.1"
    assert built["queryStringParameters"] == {"a": "2 b", "flag": ""}
    assert built["multiValueQueryStringParameters"] == {"a": ["1", "2 b"], "flag": [""]}
    assert built["stageVariables"] == {"model": "nova"}


@pytest.mark.parametrize(
    ("content_type", "binary", "body", "expected"),
    [
        ("text/plain", (), "ž".encode(), ("ž", False)),
        ("image/png", (), b"a\xff", ("a\ufffd", False)),
        ("image/png", ("image/png",), b"a", ("YQ==", True)),
        ("Image/PNG; q=1", ("image/*",), b"a", ("YQ==", True)),
        ("text/plain", ("*/*",), b"a", ("YQ==", True)),
        ("text/plain", ("image/png",), b"a", ("a", False)),
        (None, ("application/json",), b"a", ("YQ==", True)),
    ],
)
def test_bodies(content_type: str | None, binary: tuple[str, ...], body: bytes, expected: tuple[str, bool]) -> None:
    """Only a binary media type of the API is encoded."""
    headers = {"Content-Type": content_type} if content_type else {}
    built = event(headers=headers, body=body, document=replace(DOCUMENT, binary_media_types=binary))
    assert (built["body"], built["isBase64Encoded"]) == expected


def test_a_custom_domain() -> None:
    """The base path is part of the path, the stage is not."""
    exchange = make_exchange()
    exchange.location = replace(exchange.location, base="/v1", domain="api.example.com", is_custom=True)
    built: Any = build_event(exchange)
    assert (built["path"], built["requestContext"]["path"]) == ("/v1/chat/1", "/v1/chat/1")
    assert built["requestContext"]["domainPrefix"] == "api"
    assert context_variables(exchange)["customDomain.basePathMatched"] == "v1"


def test_a_caller_is_described() -> None:
    """By what authorizers and API keys found out."""
    exchange = make_exchange()
    exchange.identity["apiKeyId"] = "key1"
    exchange.authorizer |= {"principalId": "me", "claims": {"sub": "1"}, "n": 5}
    context: Any = build_event(exchange)["requestContext"]
    assert context["identity"]["apiKeyId"] == "key1"
    assert context["authorizer"] == {"principalId": "me", "claims": {"sub": "1"}, "n": 5}
    variables = context_variables(exchange)
    assert (variables["authorizer.principalId"], variables["authorizer.claims.sub"]) == ("me", "1")
    assert (variables["authorizer.n"], variables["identity.apiKeyId"]) == ("5", "key1")


def test_arns() -> None:
    """The method's has the path as it was sent, the source's the resource's."""
    exchange = make_exchange("/live/chat/a%20b")
    prefix = "arn:aws:execute-api:us-east-1:123456789012:api123/live/POST"
    assert (exchange.method_arn, exchange.source_arn) == (f"{prefix}/chat/a%20b", f"{prefix}/chat/{{id}}")


def test_the_methods_authorizer() -> None:
    """The document's of that name."""
    assert make_exchange().method_authorizer is None
    mine = Authorizer("mine", AuthorizerType.TOKEN)
    method = Method("ANY", None, Authorization(AuthorizationType.CUSTOM, "mine"))
    document = Document("api", resources=(Resource("/chat/{id}", {"ANY": method}),), authorizers={"mine": mine})
    assert make_exchange(document=document).method_authorizer is mine


def test_before_the_route_is_known() -> None:
    """There is no resource, and no event."""
    exchange = make_exchange("/live/unknown")
    assert "resourcePath" not in context_variables(exchange)
    with pytest.raises(RuntimeError, match="no route yet"):
        build_event(exchange)


def test_variables_of_a_refused_request() -> None:
    """What is absent is missing; a message is there as text and as JSON."""
    exchange = make_exchange()
    exchange.refusal = Refusal(ResponseType.THROTTLED, 'say "no"')
    variables = context_variables(exchange)
    assert variables["error.responseType"] == "THROTTLED"
    assert (variables["error.message"], json.loads(variables["error.messageString"])) == ('say "no"', 'say "no"')
    assert not {"integration.status", "xrayTraceId", "identity.userArn"} & variables.keys()
    exchange.refusal = Refusal(ResponseType.AUTHORIZER_FAILURE)
    assert "error.message" not in context_variables(exchange)


def test_variables_of_a_streamed_response() -> None:
    """Times are milliseconds since the call began."""
    exchange = make_exchange(tracing=True)
    transfer = Transfer(status=201, head_at=10.1, content_at=10.25, ended_at=12.0, body_bytes=7)
    exchange.call = Call(TransferMode.STREAM, "lambda-1", 10.0, transfer)
    variables = context_variables(exchange)
    wanted = {
        "awsEndpointRequestId": "lambda-1",
        "integration.requestId": "lambda-1",
        "integration.responseTransferMode": "STREAMED",
        "integration.integrationStatus": "200",
        "integrationStatus": "200",
        "integration.status": "201",
        "integration.timeToAllHeaders": "100",
        "integration.timeToFirstContent": "250",
        "integration.latency": "2000",
        "integrationLatency": "2000",
        "xrayTraceId": "1-2-3",
    }
    assert {name: variables[name] for name in wanted} == wanted


def test_variables_of_a_failed_call() -> None:
    """What never came has no time."""
    exchange = make_exchange()
    exchange.call = Call(TransferMode.BUFFERED, "lambda-1", 10.0, Transfer(ended_at=11.0), error="timed out")
    variables = context_variables(exchange)
    assert variables["integration.responseTransferMode"] == "BUFFERED"
    assert variables["integration.error"] == variables["integrationErrorMessage"] == "timed out"
    assert not {"integration.status", "integration.timeToAllHeaders"} & variables.keys()


def test_a_transfer_counts_from_the_first_byte() -> None:
    """An empty piece is no content."""
    transfer = Transfer()
    transfer.begin(ResponseHead(200, ()))
    transfer.count(b"")
    assert (transfer.status, transfer.content_at) == (200, None)
    transfer.count(b"ab")
    first = transfer.content_at
    transfer.count(b"c")
    transfer.end()
    assert (transfer.content_at, transfer.body_bytes) == (first, 3)
    assert transfer.head_at is not None
    assert transfer.ended_at is not None
    assert first is not None
    assert transfer.head_at <= first <= transfer.ended_at


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ('{"id":"$context.requestId","x":"$context.unknown"}', '{"id":"r-1","x":"-"}'),
        ("$context.identity.sourceIp - [$context.requestId].", "1.2.3.4 - [r-1]."),
        ("$context.identity $contextual $input $", "- $contextual $input $"),
    ],
)
def test_lines(template: str, line: str) -> None:
    """In any form; what has no value is a dash."""
    assert access_log_line(template, {"requestId": "r-1", "identity.sourceIp": "1.2.3.4"}) == line


def test_where_a_line_goes() -> None:
    """To a log group, whose ARN may end in a star, and to one stream for each stage."""
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/apigateway/chat"
    assert log_group_of(arn) == log_group_of(f"{arn}:*") == "/aws/apigateway/chat"
    assert log_group_of("arn:aws:firehose:us-east-1:123456789012:deliverystream/x") is None
    assert len(log_stream_of("a", "live")) == 32
    assert log_stream_of("a", "live") != log_stream_of("a", "test")
