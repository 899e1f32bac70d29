"""CloudFront Functions: the event that they get, and what may come back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.cdn.distribution import Behaviour, Countries, Distribution, Origin
from localaws.cdn.viewer_event import FunctionValidationError, ViewerRequest, ViewerResponse, outcome, viewer_event

DISTRIBUTION = Distribution(
    "E1",
    "arn:aws:cloudfront::123456789012:distribution/E1",
    ("d1.cloudfront.net",),
    Countries(),
    Origin("127.0.0.1:1"),
    Behaviour(frozenset({"GET"})),
)
ASKED = ViewerRequest(
    "GET",
    "/a%20b?q=1&q=%32&x",
    [
        ("Host", "d1.cloudfront.net"),
        ("Accept", "text/html"),
        ("accept", "*/*"),
        ("Cookie", "a=1;b=2"),
        ("X-Forwarded-Proto", "https"),
        ("X-Amzn-Trace-Id", "Root=1"),
    ],
)


def event_of(request: ViewerRequest = ASKED) -> dict[str, Any]:
    return viewer_event(request, DISTRIBUTION, "id-1", "192.0.2.7")


def result(change: Any = None, request: ViewerRequest = ASKED) -> ViewerRequest | ViewerResponse:
    """The outcome when a function returns its request, changed."""
    sent = event_of(request)["request"]
    returned = json.loads(json.dumps(sent))
    if change is not None:
        change(returned)
    return outcome(request, sent, returned)


def test_the_event() -> None:
    """Names of headers in small letters, all values of each; cookies apart; what functions don't see is not there."""
    assert event_of() == {
        "version": "1.0",
        "context": {
            "distributionDomainName": "d1.cloudfront.net",
            "distributionId": "E1",
            "eventType": "viewer-request",
            "requestId": "id-1",
        },
        "viewer": {"ip": "192.0.2.7"},
        "request": {
            "method": "GET",
            "uri": "/a%20b",
            "querystring": {"q": {"value": "1", "multiValue": [{"value": "1"}, {"value": "%32"}]}, "x": {"value": ""}},
            "headers": {
                "host": {"value": "d1.cloudfront.net"},
                "accept": {"value": "text/html", "multiValue": [{"value": "text/html"}, {"value": "*/*"}]},
            },
            "cookies": {"a": {"value": "1"}, "b": {"value": "2"}},
        },
    }


TOKENS = st.text(alphabet="abcXYZ-", min_size=1, max_size=6)
VALUES = st.text(alphabet="abc =;,/%20&?", max_size=10)


@given(st.text(alphabet="ab/%20", max_size=8), VALUES, st.lists(st.tuples(TOKENS | st.just("cookie"), VALUES)))
def test_a_request_that_comes_back_goes_on_as_it_was(path: str, query: str, headers: list[tuple[str, str]]) -> None:
    """The same target, and every header with each of its values in order."""
    request = ViewerRequest("GET", f"/{path}?{query}" if query else f"/{path}", headers)
    after = result(request=request)
    assert isinstance(after, ViewerRequest)
    assert after.target == request.target
    for name in {name.lower() for name, _ in headers}:
        values = [[value for known, value in each if known.lower() == name] for each in (headers, after.headers)]
        assert values[0] == values[1]
    assert len(after.headers) == len(headers)


def test_a_function_changes_a_request() -> None:
    """Path, query, headers and cookies; what it doesn't see stays."""

    def change(request: dict[str, Any]) -> None:
        request["uri"] = "/other"
        request["querystring"] = {"n": {"value": "1"}, "m": {"value": ""}, "k": {"multiValue": [{"value": "a"}] * 2}}
        del request["headers"]["accept"]
        request["headers"]["x-own"] = {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]}
        request["cookies"] = {"c": {"value": "3"}, "d": {"value": "4"}}

    assert result(change) == ViewerRequest(
        "GET",
        "/other?n=1&m&k=a&k=a",
        [
            ("X-Forwarded-Proto", "https"),
            ("X-Amzn-Trace-Id", "Root=1"),
            ("host", "d1.cloudfront.net"),
            ("x-own", "1"),
            ("x-own", "2"),
            ("cookie", "c=3; d=4"),
        ],
    )


def test_a_function_takes_things_away() -> None:
    """A query or a set of cookies that is gone leaves nothing behind."""

    def change(request: dict[str, Any]) -> None:
        request["querystring"], request["cookies"] = {}, None

    after = result(change)
    assert isinstance(after, ViewerRequest)
    assert after.target == "/a%20b"
    assert "cookie" not in dict(after.headers)


@pytest.mark.parametrize(
    ("body", "text"),
    [("no", "no"), ({"encoding": "text", "data": "no"}, "no"), (None, "")],
    ids=["text", "object", "none"],
)
def test_a_function_answers_itself(body: object, text: str) -> None:
    """With a status, headers, cookies and a body."""
    own = {
        "statusCode": 302,
        "headers": {"location": {"value": "/login"}},
        "cookies": {"a": {"value": "1"}},
        "body": body,
    }
    expected = ViewerResponse(302, [("location", "/login"), ("set-cookie", "a=1")], text)
    assert outcome(ASKED, event_of()["request"], own) == expected


def changed(**members: object) -> dict[str, Any]:
    request: dict[str, Any] = event_of()["request"]
    return request | members


HEADERS = event_of()["request"]["headers"]


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        pytest.param(None, "no object", id="nothing"),
        pytest.param([], "no object", id="a list"),
        pytest.param(changed(method="POST"), "method", id="another method"),
        pytest.param(changed(uri="a"), "'a'", id="a relative uri"),
        pytest.param(changed(uri=None), "None", id="no uri"),
        pytest.param(changed(headers=HEADERS | {"x-amz-cf-id": {"value": "1"}}), "x-amz-cf-id", id="not exposed"),
        pytest.param(changed(headers=HEADERS | {"X-Own": {"value": "1"}}), "X-Own", id="capitals"),
        pytest.param(changed(headers=HEADERS | {"host": {"value": "a"}}), "host", id="read only"),
        pytest.param(changed(headers={}), "host", id="read only, taken away"),
        pytest.param(changed(headers="x"), "headers is no object", id="text for headers"),
        pytest.param(changed(headers=HEADERS | {"x-own": "1"}), "headers is no object", id="text for a value"),
        pytest.param(changed(headers=HEADERS | {"x-own": {}}), "'x-own' has no value", id="no value"),
        pytest.param({"statusCode": "200"}, "'200'", id="a status of text"),
    ],
)
def test_what_cloudfront_does_not_take(returned: object, words: str) -> None:
    """The text names it."""
    with pytest.raises(FunctionValidationError, match=words):
        outcome(ASKED, event_of()["request"], returned)
