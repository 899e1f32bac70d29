"""HTTP requests out of events."""

from typing import Any

import pytest

from lambda_stream import Request, payload_version

FUNCTION_URL_EVENT: dict[str, Any] = {
    "version": "2.0",
    "rawPath": "/chat",
    "rawQueryString": "format=sse&tag=a&tag=b",
    "headers": {"Content-Type": "application/json", "x-a": "1,2"},
    "queryStringParameters": {"format": "sse", "tag": "a,b"},
    "requestContext": {"http": {"method": "post", "path": "/chat"}, "stage": "$default"},
    "body": '{"message": "hi"}',
    "isBase64Encoded": False,
}
REST_API_EVENT: dict[str, Any] = {
    "resource": "/{proxy+}",
    "path": "/chat",
    "httpMethod": "POST",
    "headers": {"Content-Type": "application/json", "X-A": "1"},
    "queryStringParameters": None,
    "requestContext": {"stage": "prod"},
    "body": "aGk=",
    "isBase64Encoded": True,
}


def test_a_function_url_event_is_a_request() -> None:
    """Payload 2.0."""
    request = Request(FUNCTION_URL_EVENT)
    assert (request.version, request.method, request.path) == ("2.0", "POST", "/chat")
    assert request.headers == {"content-type": "application/json", "x-a": "1,2"}
    assert request.query == {"format": "sse", "tag": "a,b"}
    assert request.body == b'{"message": "hi"}'


def test_a_rest_api_event_is_a_request() -> None:
    """Payload 1.0, with a body in base64 and no query."""
    request = Request(REST_API_EVENT)
    assert (request.version, request.method, request.path) == ("1.0", "POST", "/chat")
    assert request.headers == {"content-type": "application/json", "x-a": "1"}
    assert (request.query, request.body) == ({}, b"hi")


@pytest.mark.parametrize(
    ("resource", "parameters", "path"),
    [
        ("/{proxy+}", {"proxy": "chat/1"}, "/chat/1"),
        ("/", None, "/"),
        ("/chat", None, "/chat"),
        ("/chat/{session}", {"session": "a b"}, "/chat/a b"),
        ("/a/{b}/{c+}", {"b": "1", "c": "2/3", "other": "4"}, "/a/1/2/3"),
        ("/{proxy+}", None, "/base/chat"),
        ("/{proxy+}", {"other": "chat"}, "/base/chat"),
        ("", {"proxy": "chat"}, "/base/chat"),
        (None, None, "/base/chat"),
    ],
)
def test_the_base_path_of_a_domain_is_not_the_handlers(resource: object, parameters: object, path: str) -> None:
    """A REST API's event has it in front; where the resource can't tell, the path is what the event says."""
    event = {**REST_API_EVENT, "path": "/base/chat", "resource": resource, "pathParameters": parameters}
    assert Request(event).path == path


@pytest.mark.parametrize("event", [FUNCTION_URL_EVENT, REST_API_EVENT], ids=["2.0", "1.0"])
def test_what_an_event_leaves_out_is_empty(event: dict[str, Any]) -> None:
    """A GET has no body; a test event may have no headers."""
    bare = {key: event[key] for key in ("requestContext", "httpMethod") if key in event}
    request = Request(bare)
    assert (request.path, request.headers, request.query, request.body) == ("/", {}, {}, b"")


@pytest.mark.parametrize(
    "event",
    [None, [], "text", {}, {"requestContext": None}, {"requestContext": {"http": "x"}}, {"httpMethod": "GET"},
     {"requestContext": {}, "httpMethod": 1}],
)  # fmt: skip
def test_any_other_event_is_not_http(event: object) -> None:
    """Such an event gets no prelude."""
    assert payload_version(event) is None
    with pytest.raises(ValueError, match="not an HTTP event"):
        Request(event)


def test_repeated_headers_and_cookies_are_joined() -> None:
    """Events keep them as lists."""
    assert Request({**REST_API_EVENT, "multiValueHeaders": {"X-A": ["1", "2"]}}).headers["x-a"] == "1,2"
    assert Request({**FUNCTION_URL_EVENT, "cookies": ["a=1", "b=2"]}).headers["cookie"] == "a=1; b=2"


def test_a_load_balancers_event_is_not_http() -> None:
    """It can't read a prelude, though its event looks like a REST API's."""
    assert payload_version({"requestContext": {"elb": {}}, "httpMethod": "GET"}) is None


def test_an_empty_body_in_base64_is_empty() -> None:
    """Lambda marks it as base64 all the same."""
    assert Request({**REST_API_EVENT, "body": ""}).body == b""


@pytest.mark.parametrize("body", ["a", "====", "aGk", "ä", "aGk=\n"])
def test_a_body_that_is_not_base64_is_refused(body: str) -> None:
    """A direct invocation may claim anything."""
    with pytest.raises(ValueError, match=r".+"):
        Request({**REST_API_EVENT, "body": body})
