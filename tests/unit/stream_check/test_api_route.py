"""Which method of a REST API answers a request, and what it asks for."""

from typing import Any

import pytest

from stream_check.api_route import asked_by, method_for
from stream_check.settings import Authentication, SettingsError

RESOURCES: list[dict[str, Any]] = [
    {"path": path, "resourceMethods": {name: {"is": f"{name} {path}"} for name in methods}}
    for path, methods in (
        ("/", ["GET"]),
        ("/{proxy+}", ["ANY"]),
        ("/chat", ["POST"]),
        ("/models/{id}", ["GET", "ANY"]),
        ("/models/{id}/{rest+}", ["ANY"]),
        ("/models/a.b", ["GET"]),
    )
] + [{"path": "/empty"}]


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "", "GET /"),
        ("POST", "", None),
        ("POST", "chat", "POST /chat"),
        ("GET", "chat", None),
        ("POST", "other", "ANY /{proxy+}"),
        ("POST", "other/deep", "ANY /{proxy+}"),
        ("GET", "models/x", "GET /models/{id}"),
        ("PUT", "models/x", "ANY /models/{id}"),
        ("GET", "models/a.b", "GET /models/a.b"),
        ("GET", "models/a-b", "GET /models/{id}"),
        ("GET", "models/x/y/z", "ANY /models/{id}/{rest+}"),
        ("GET", "empty", None),
    ],
)
def test_the_most_exact_path_answers(method: str, path: str, found: str | None) -> None:
    """Part by part; its own method before ANY, and no other path is asked for it."""
    for resources in (RESOURCES, RESOURCES[::-1]):
        assert (method_for(resources, method, path) or {}).get("is") == found
    assert method_for([], method, path) is None


@pytest.mark.parametrize(
    ("method", "asked"),
    [
        ({}, Authentication.NONE),
        ({"authorizationType": "NONE", "apiKeyRequired": True}, Authentication.API_KEY),
        ({"authorizationType": "AWS_IAM", "apiKeyRequired": False}, Authentication.IAM),
        ({"authorizationType": "COGNITO_USER_POOLS"}, Authentication.BEARER),
    ],
)
def test_what_a_method_asks_for(method: dict[str, Any], asked: Authentication) -> None:
    """As its configuration says."""
    assert asked_by(method) is asked


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ({"authorizationType": "CUSTOM"}, "asks for CUSTOM: say"),
        ({"authorizationType": "AWS_IAM", "apiKeyRequired": True}, "asks for AWS_IAM and an API key: say"),
    ],
)
def test_what_nobody_can_know_must_be_said(method: dict[str, Any], said: str) -> None:
    """Only its author knows what a Lambda authorizer looks at; two proofs at once no option has."""
    with pytest.raises(SettingsError, match=said):
        asked_by(method)
