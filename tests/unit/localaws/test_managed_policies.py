"""AWS's own managed policies in an account that has named none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from localaws import LocalAws
from support.clients import aws_client

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "arn:aws:iam::aws:policy"
LOGGING = f"{PREFIX}/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


@pytest.fixture(scope="module")
def iam() -> Iterator[Any]:
    with LocalAws() as aws:
        yield aws_client(aws.environment(), "iam")


def test_a_policy_of_awss_own_can_be_attached(iam: Any) -> None:
    """To a role, a group and a user; and it says what it allows."""
    iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    iam.create_group(GroupName="g")
    iam.create_user(UserName="u")
    iam.attach_role_policy(RoleName="r", PolicyArn=LOGGING)
    iam.attach_group_policy(GroupName="g", PolicyArn=f"{PREFIX}/ReadOnlyAccess")
    iam.attach_user_policy(UserName="u", PolicyArn=f"{PREFIX}/AmazonBedrockReadOnly")
    (attached,) = iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]
    assert attached["PolicyArn"] == LOGGING
    version = iam.get_policy(PolicyArn=LOGGING)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=LOGGING, VersionId=version)["PolicyVersion"]["Document"]
    assert "logs:PutLogEvents" in document["Statement"][0]["Action"]
    assert not iam.list_policies(Scope="Local")["Policies"]


@pytest.mark.parametrize("name", ["Invented", "AmazonAPIGatewayPushToCloudWatchLogs"])
def test_what_aws_does_not_publish_is_not_found(iam: Any, name: str) -> None:
    """An invented name; a true one at a wrong path."""
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=f"{PREFIX}/{name}")
