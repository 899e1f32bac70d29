"""Whose a conversation is."""

import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.errors import InvalidRequest
from bedrock_chat.history.identity import ANONYMOUS, conversation_key, new_session, session_name, subject_of
from lambda_stream import Request

CLOUDFRONT = "arn:aws:sts::856369053181:assumed-role/OriginAccessControlRole/OriginAccessSession"
USER = "arn:aws:iam::111122223333:user/ada"


def request(context: dict[str, Any], version: str = "2.0") -> Request:
    if version == "2.0":
        return Request({"rawPath": "/chat", "requestContext": {"http": {"method": "POST"}, **context}})
    return Request({"httpMethod": "POST", "path": "/chat", "requestContext": context})


@pytest.mark.parametrize(
    ("context", "version", "subject"),
    [
        pytest.param({"authorizer": {"iam": {"userArn": USER}}}, "2.0", ("iam", USER), id="signed for the URL"),
        pytest.param({"identity": {"userArn": USER}}, "1.0", ("iam", USER), id="signed for the API"),
        pytest.param({"identity": {"userArn": None, "sourceIp": "192.0.2.1"}}, "1.0", ANONYMOUS, id="open API"),
        pytest.param({}, "2.0", ANONYMOUS, id="open URL"),
        pytest.param({"authorizer": {"iam": {"userArn": CLOUDFRONT}}}, "2.0", ANONYMOUS, id="CloudFront"),
        pytest.param(
            {"authorizer": {"claims": {"sub": "u1", "iss": "https://pool"}}, "identity": {"userArn": None}},
            "1.0",
            ("claims", "https://pool", "u1"),
            id="Cognito",
        ),
        pytest.param(
            {"authorizer": {"jwt": {"claims": {"sub": "u1"}}}}, "2.0", ("claims", "", "u1"), id="JWT without an issuer"
        ),
        pytest.param(
            {"authorizer": {"principalId": "u1", "integrationLatency": 5}},
            "1.0",
            ("authorizer", "u1"),
            id="Lambda authorizer",
        ),
        pytest.param({"authorizer": "x", "identity": []}, "1.0", ANONYMOUS, id="of no known shape"),
    ],
)
def test_the_subject_is_who_aws_says(context: dict[str, Any], version: str, subject: tuple[str, ...]) -> None:
    """CloudFront signs for all of its viewers, so it is nobody."""
    assert subject_of(request(context, version)) == subject


def test_cloudfront_is_nobody_under_any_name() -> None:
    """Its role is not documented; the distribution that it signs for is in a header."""
    context = {"http": {"method": "POST"}, "authorizer": {"iam": {"userArn": USER}}}
    distribution = "arn:aws:cloudfront::111122223333:distribution/E1"
    for source, subject in ((distribution, ANONYMOUS), ("arn:aws:s3:::bucket", ("iam", USER))):
        event = {"rawPath": "/chat", "requestContext": context, "headers": {"x-amz-source-arn": source}}
        assert subject_of(Request(event)) == subject


def test_no_header_makes_a_subject() -> None:
    """What a client writes counts for nothing."""
    event = {
        "rawPath": "/chat",
        "headers": {"authorization": "Bearer x", "x-viewer-authorization": "Bearer y"},
        "body": '{"requestContext": {"authorizer": {"principalId": "root"}}}',
        "requestContext": {"http": {"method": "POST"}},
    }
    assert subject_of(Request(event)) == ANONYMOUS


def test_a_session_cannot_be_guessed() -> None:
    """Its name has 144 bits of what it is given, and only characters that a URL takes as they are."""
    assert new_session(lambda count: b"\xff" * count) == "_" * 24
    assert new_session(lambda count: b"\xfb\xef\xbe" * (count // 3)) == "-" * 24
    names = {new_session(os.urandom) for _ in range(100)}
    assert len(names) == 100
    assert all(session_name(name) == name for name in names)


@pytest.mark.parametrize("name", [5, "", "main", "A" * 23, "A" * 25, "A" * 23 + "=", "A" * 23 + "é", ["A" * 24]])
def test_other_names_are_refused(name: object) -> None:
    """The server makes the names; the error says where they come from."""
    with pytest.raises(InvalidRequest, match="start event") as caught:
        session_name(name)
    assert caught.value.param == "session"


def test_a_missing_name_is_said_to_be_missing() -> None:
    """Not to be None, which no client has sent."""
    with pytest.raises(InvalidRequest, match="session is missing") as caught:
        session_name(None)
    assert caught.value.param == "session"


NAMES = st.text(max_size=4)


@given(st.lists(NAMES, max_size=3).map(tuple), NAMES, st.lists(NAMES, max_size=3).map(tuple), NAMES)
def test_keys_differ_where_subject_or_session_do(
    subject: tuple[str, ...], session: str, other_subject: tuple[str, ...], other_session: str
) -> None:
    """However the texts are cut: nobody can build another's key out of names of their own."""
    same = (*subject, session) == (*other_subject, other_session)
    assert (conversation_key(subject, session) == conversation_key(other_subject, other_session)) == same
