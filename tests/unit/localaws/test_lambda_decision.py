"""What a Lambda authorizer is asked, what its answers mean, and how long they count."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.rest.document import Authorizer, AuthorizerType
from localaws.rest.lambda_decision import (
    Decision,
    Decisions,
    authorizer_event,
    identity_values,
    parse_decision,
    parse_failure,
)
from localaws.rest.refusal import Refusal, ResponseType
from support.rest import NOW, make_exchange

METHOD_ARN = "arn:aws:execute-api:us-east-1:123456789012:api123/live/POST/chat/1"
TOKEN = Authorizer("own", AuthorizerType.TOKEN, ("method.request.header.Authorization",), "^Bearer \\w+$")
SOURCES = (
    "method.request.header.X-Tenant",
    "method.request.querystring.q",
    "stageVariables.colour",
    "context.identity.sourceIp",
)
REQUEST = Authorizer("own", AuthorizerType.REQUEST, SOURCES, "ignored")
STATEMENT = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
ANSWER = {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [STATEMENT]}}


def test_a_token_is_found_in_its_header() -> None:
    """The function gets it whole, with the method's ARN."""
    exchange = make_exchange(headers={"authorization": "Bearer abc"})
    assert identity_values(TOKEN, exchange) == ("Bearer abc",)
    assert authorizer_event(TOKEN, exchange, ("Bearer abc",)) == {
        "type": "TOKEN",
        "methodArn": METHOD_ARN,
        "authorizationToken": "Bearer abc",
    }


def test_a_request_is_identified_by_all_its_sources() -> None:
    """In their order."""
    exchange = make_exchange("/live/chat/1?q=x", {"X-Tenant": "blue"}, variables={"colour": "red"})
    assert identity_values(REQUEST, exchange) == ("blue", "x", "red", "127.0.0.1")


def test_a_requests_event_has_all_but_the_body() -> None:
    """What is null for an integration is empty for an authorizer."""
    event = authorizer_event(REQUEST, make_exchange("/live/", {"X-Tenant": "blue"}, b"body"), ())
    assert (event["type"], event["methodArn"]) == ("REQUEST", METHOD_ARN.replace("chat/1", ""))
    assert (event["path"], event["resource"], event["httpMethod"]) == ("/", "/", "POST")
    assert not {"body", "isBase64Encoded"} & set(event)
    headers, context = event["headers"], event["requestContext"]
    assert isinstance(headers, dict)
    assert isinstance(context, dict)
    assert (headers["X-Tenant"], context["stage"]) == ("blue", "live")
    names = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables")
    assert [event[name] for name in names] == [{}, {}, {}, {}]


@pytest.mark.parametrize(
    ("authorizer", "target", "headers"),
    [
        pytest.param(TOKEN, "/live/chat/1", {}, id="no token"),
        pytest.param(TOKEN, "/live/chat/1", {"Authorization": ""}, id="an empty token"),
        pytest.param(TOKEN, "/live/chat/1", {"Authorization": "Basic abc"}, id="another form"),
        pytest.param(TOKEN, "/live/chat/1", {"Authorization": "Bearer abc "}, id="more than the form"),
        pytest.param(REQUEST, "/live/chat/1", {"X-Tenant": "blue"}, id="one of the sources"),
        pytest.param(REQUEST, "/live/chat/1?q=", {"X-Tenant": "blue"}, id="an empty source"),
    ],
)
def test_without_identity_nobody_is_asked(authorizer: Authorizer, target: str, headers: dict[str, str]) -> None:
    """It is a 401 at once."""
    with pytest.raises(Refusal) as refused:
        identity_values(authorizer, make_exchange(target, headers, variables={"colour": "red"}))
    assert refused.value.kind is ResponseType.UNAUTHORIZED


def test_a_decision() -> None:
    """What it says of the caller is text."""
    context = {"text": "a", "number": 1, "part": 0.5, "yes": True, "nothing": None}
    decision = parse_decision(json.dumps({**ANSWER, "context": context, "usageIdentifierKey": "key"}).encode())
    texts = {"text": "a", "number": "1", "part": "0.5", "yes": "true"}
    assert decision == Decision("ada", (STATEMENT,), texts, "key")
    single = {**ANSWER, "policyDocument": {"Statement": STATEMENT}, "usageIdentifierKey": 1}
    assert parse_decision(json.dumps(single).encode()) == Decision("ada", (STATEMENT,))


def without(name: str) -> dict[str, object]:
    return {known: value for known, value in ANSWER.items() if known != name}


def with_statement(**changes: object) -> dict[str, object]:
    return {**ANSWER, "policyDocument": {"Statement": [{**STATEMENT, **changes}]}}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="nothing"),
        pytest.param("text", id="a text"),
        pytest.param([], id="a list"),
        pytest.param(without("principalId"), id="nobody"),
        pytest.param({**ANSWER, "principalId": ""}, id="an empty principal"),
        pytest.param({**ANSWER, "principalId": 1}, id="a number as principal"),
        pytest.param(without("policyDocument"), id="no policy"),
        pytest.param({**ANSWER, "policyDocument": "text"}, id="a text as policy"),
        pytest.param({**ANSWER, "policyDocument": {}}, id="no statements"),
        pytest.param({**ANSWER, "policyDocument": {"Statement": ["text"]}}, id="a text as statement"),
        pytest.param({**ANSWER, "policyDocument": {"Statement": [{"Effect": "Allow"}]}}, id="part of a statement"),
        pytest.param(with_statement(Effect="allow"), id="no effect"),
        pytest.param(with_statement(Effect=["Allow"]), id="a list as effect"),
        pytest.param(
            {**ANSWER, "policyDocument": {"Statement": [{"Effect": "Allow", "Action": "*"}]}}, id="on nothing"
        ),
        pytest.param({**ANSWER, "context": "text"}, id="a text as context"),
        pytest.param({**ANSWER, "context": {"a": {}}}, id="an object in the context"),
        pytest.param({**ANSWER, "context": {"a": []}}, id="a list in the context"),
    ],
)
def test_what_is_no_decision(answer: Any) -> None:
    """The API is misconfigured."""
    with pytest.raises(Refusal) as refused:
        parse_decision(json.dumps(answer).encode())
    assert (refused.value.kind, refused.value.message) == (ResponseType.AUTHORIZER_CONFIGURATION_ERROR, None)


@given(
    st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from([*ANSWER, "context", "Statement", "Effect"]), inner)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_answer_breaks(payload: bytes) -> None:
    """It is a decision or a refusal."""
    try:
        assert parse_decision(payload).principal_id
    except Refusal as refusal:
        assert refusal.status == 500  # noqa: PT017  either way is right


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b'{"errorMessage":"Unauthorized","errorType":"Exception"}', ResponseType.UNAUTHORIZED),
        (b'{"errorMessage":"unauthorized"}', ResponseType.AUTHORIZER_FAILURE),
        (b'{"errorMessage":"Task timed out"}', ResponseType.AUTHORIZER_FAILURE),
        (b"[]", ResponseType.AUTHORIZER_FAILURE),
        (b"not JSON \xff", ResponseType.AUTHORIZER_FAILURE),
    ],
)
def test_errors_of_the_function(payload: bytes, kind: ResponseType) -> None:
    """One of them is an answer."""
    assert parse_failure(payload).kind is kind


def test_a_decision_is_kept_for_its_time() -> None:
    """By its key."""
    decisions, decision = Decisions(), Decision("ada", ())
    decisions.keep("a", decision, 60, NOW)
    assert decisions.find("a", NOW + timedelta(seconds=59)) is decision
    assert decisions.find("a", NOW + timedelta(seconds=60)) is None
    assert decisions.find("b", NOW) is None
