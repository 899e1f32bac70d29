"""The event of a Function URL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from localaws.front.event import Arrival, build_event
from localaws.sigv4 import Credentials, ReceivedRequest

ARRIVAL = Arrival("req-1", "Root=1-2-3;Sampled=0", "127.0.0.1", datetime(2026, 11, 20, 6, 7, 8, 900000, UTC))
CALLER = Credentials("AKIA", "secret", None, "arn:aws:iam::123456789012:user/local", "AIDA")


def event(
    headers: list[tuple[str, str]] | None = None,
    body: bytes = b"",
    target: str = "/",
    caller: Credentials | None = None,
) -> Any:
    """Return the event of a POST."""
    return build_event(ReceivedRequest("POST", target, headers or [], body), ARRIVAL, caller)


def test_the_frame() -> None:
    """The members that every event has."""
    built = event([("host", "127.0.0.1:4000"), ("user-agent", "me")], target="/a%20b?x=1")
    assert (built["version"], built["routeKey"], built["rawPath"]) == ("2.0", "$default", "/a%20b")
    context = built["requestContext"]
    assert context["accountId"] == "anonymous"
    assert context["http"] == {
        "method": "POST",
        "path": "/a%20b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "me",
    }
    assert (context["time"], context["timeEpoch"]) == ("20/Nov/2026:06:07:08 +0000", 1795154828900)
    assert "body" not in built
    assert "cookies" not in built


def test_headers_are_joined_and_cookies_set_apart() -> None:
    """Repeated headers become one; cookies from any number of headers become a list."""
    built = event([("accept", "a/b"), ("accept", "c/d"), ("cookie", "a=1; b=2"), ("cookie", "c=3")])
    assert built["headers"]["accept"] == "a/b,c/d"
    assert "cookie" not in built["headers"]
    assert built["cookies"] == ["a=1", "b=2", "c=3"]
    assert built["headers"]["x-amzn-trace-id"] == "Root=1-2-3"


def test_a_signature_is_not_passed_on() -> None:
    """It has become the caller, with its account; on an open URL the header is the function's own business."""
    headers = [("authorization", "anything")]
    signed = event(headers, caller=replace(CALLER, arn="arn:aws:sts::856369053181:assumed-role/a/b"))
    assert "authorization" not in signed["headers"]
    assert signed["requestContext"]["accountId"] == "856369053181"
    assert event(headers)["headers"]["authorization"] == "anything"


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("a=1&a=2&b=x%2Cy", {"a": "1,2", "b": "x,y"}),
        ("flag&e=", {"flag": "", "e": ""}),
        ("q=a+b%20c&&", {"q": "a b c"}),
    ],
)
def test_query_parameters(query: str, parameters: dict[str, str]) -> None:
    """They are decoded, and repeated ones joined."""
    built = event(target=f"/?{query}")
    assert built["rawQueryString"] == query
    assert built["queryStringParameters"] == parameters


def test_no_query_no_parameters() -> None:
    """Without a query the member is absent."""
    assert "queryStringParameters" not in event()


@pytest.mark.parametrize(
    ("content_type", "body", "expected", "encoded"),
    [
        ("application/json", b'{"a":1}', '{"a":1}', False),
        ("application/json; charset=utf-8", "ž".encode(), "ž", False),
        ("application/problem+json", b"{}", "{}", False),
        ("text/plain", b"hi", "hi", False),
        ("TEXT/HTML", b"hi", "hi", False),
        ("text/plain", b"\xff", "/w==", True),
        ("application/octet-stream", b"hi", "aGk=", True),
        ("application/x-www-form-urlencoded", b"a=1", "YT0x", True),
        (None, b"hi", "aGk=", True),
    ],
)
def test_bodies(content_type: str | None, body: bytes, expected: str, encoded: bool) -> None:
    """Text types stay text, anything else is base64."""
    built = event([("content-type", content_type)] if content_type else [], body)
    assert (built["body"], built["isBase64Encoded"]) == (expected, encoded)


def test_a_caller_is_described() -> None:
    """On AWS_IAM URLs the function learns who called."""
    context = event(caller=CALLER)["requestContext"]
    assert context["accountId"] == "123456789012"
    assert context["authorizer"]["iam"]["userArn"] == CALLER.arn
    assert context["authorizer"]["iam"]["accessKey"] == "AKIA"
