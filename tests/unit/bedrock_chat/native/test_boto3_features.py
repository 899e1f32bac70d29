"""When boto3 is needed after all."""

import pytest

from bedrock_chat.native.boto3_features import reason_for_boto3

LAMBDA = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c", "AWS_REGION": "us-east-1"}
FULL_URI, RELATIVE_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"


@pytest.mark.parametrize(
    "environment", [LAMBDA, {FULL_URI: "http://h"}, {RELATIVE_URI: "/c"}, {**LAMBDA, "HTTPS_PROXY": ""}]
)
def test_a_functions_own_environment_needs_no_boto3(environment: dict[str, str]) -> None:
    """With the key pair that Lambda sets, or the endpoint that SnapStart brings."""
    assert reason_for_boto3(environment) is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "AWS_BEARER_TOKEN_BEDROCK"])
def test_what_only_boto3_honours_is_named(name: str) -> None:
    """A proxy, and a token instead of a signature."""
    assert reason_for_boto3({**LAMBDA, name: "x"}) == f"{name} is set"


def test_credentials_of_a_profile_are_boto3s() -> None:
    """As on a developer's machine."""
    assert reason_for_boto3({"AWS_PROFILE": "me"}) == f"none of AWS_ACCESS_KEY_ID, {RELATIVE_URI}, {FULL_URI} is set"
