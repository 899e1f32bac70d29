"""What Lambda needs of an execution role: which policies are enough, and what a refusal says."""

from __future__ import annotations

import pytest

from localaws.authorization import Policies, session_principal
from localaws.execution_role import (
    KeyAccessDeniedError,
    MissingPermissionError,
    RoleUse,
    check_decryption,
    check_role,
    statement_of_grant,
)
from localaws.policy import Statement

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/team/chat"
OTHER_ROLE = "arn:aws:iam::123456789012:role/other"
KEY = f"arn:aws:kms:{REGION}:123456789012:key/1"
OF_EC2 = [
    f"ec2:{action}"
    for action in (
        "CreateNetworkInterface",
        "DeleteNetworkInterface",
        "AssignPrivateIpAddresses",
        "UnassignPrivateIpAddresses",
        "DescribeNetworkInterfaces",
        "DescribeSubnets",
    )
]
OF_XRAY = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
DECRYPTION: Statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}


def use(*, in_vpc: bool = False, traced: bool = False) -> RoleUse:
    return RoleUse(ROLE, REGION, in_vpc=in_vpc, traced=traced)


def allow(actions: list[str], resource: str = "*", **condition: object) -> Policies:
    return Policies(({"Effect": "Allow", "Action": actions, "Resource": resource, **condition},))


def refusal(asked: RoleUse, policies: Policies) -> str:
    try:
        check_role(asked, policies)
    except MissingPermissionError as error:
        return str(error).removeprefix("The provided execution role does not have permissions to call ")
    return ""


def test_a_role_needs_nothing_for_a_function_without_vpc_and_traces() -> None:
    """Not even to exist, here."""
    assert refusal(use(), Policies()) == ""


@pytest.mark.parametrize("missing", OF_EC2)
def test_every_action_on_the_network_is_needed(missing: str) -> None:
    """Those of AWS's own AWSLambdaVPCAccessExecutionRole, and no other."""
    assert refusal(use(in_vpc=True), allow(OF_EC2)) == ""
    others = [action for action in OF_EC2 if action != missing]
    assert refusal(use(in_vpc=True), allow(others)) == f"{missing.removeprefix('ec2:')} on EC2"


@pytest.mark.parametrize("missing", OF_XRAY)
def test_every_action_on_traces_is_needed(missing: str) -> None:
    """Both that AWS documents."""
    assert refusal(use(traced=True), allow(OF_XRAY)) == ""
    others = [action for action in OF_XRAY if action != missing]
    assert refusal(use(traced=True), allow(others)) == f"{missing.removeprefix('xray:')} on XRAY"


@pytest.mark.parametrize(
    ("resource", "refused"),
    [
        # AWS documents that this is enough for DeleteNetworkInterface, and `*` for the Describe actions alone.
        (f"arn:aws:ec2:{REGION}:123456789012:*/*", "DescribeNetworkInterfaces on EC2"),
        # hashicorp/terraform-provider-aws#20698: no interface exists yet whose ARN could match.
        (f"arn:aws:ec2:{REGION}:123456789012:network-interface/*", "DeleteNetworkInterface on EC2"),
        ("arn:aws:ec2:us-east-1:123456789012:*/*", "DeleteNetworkInterface on EC2"),
    ],
)
def test_lambda_asks_for_all_resources(resource: str, refused: str) -> None:
    """A narrower grant is none, but for the creation of an interface."""
    assert refusal(use(in_vpc=True), allow(OF_EC2, resource)) == refused


def test_lambda_asks_without_conditions() -> None:
    """A grant under the condition of a VPC is none either: METR/inspect-action#138."""
    condition = {"StringEquals": {"ec2:Vpc": "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1"}}
    assert refusal(use(in_vpc=True), allow(OF_EC2, Condition=condition)) == "CreateNetworkInterface on EC2"


@pytest.mark.parametrize(
    ("identity", "granted_to", "reason"),
    [
        pytest.param([DECRYPTION], (), "", id="policy"),
        pytest.param([], (ROLE,), "", id="grant"),
        pytest.param([], (OTHER_ROLE,), "because no identity-based policy allows", id="another role's grant"),
        pytest.param([], (), "because no identity-based policy allows", id="neither"),
        pytest.param([{**DECRYPTION, "Resource": f"{KEY}2"}], (), "because no identity-based", id="another key"),
        pytest.param([{**DECRYPTION, "Effect": "Deny"}], (ROLE,), "with an explicit deny in an identity", id="denied"),
    ],
)
def test_who_may_decrypt(identity: list[Statement], granted_to: tuple[str, ...], reason: str) -> None:
    """A policy or a grant is enough, and an explicit deny wins."""
    policies = Policies(identity, tuple(statement_of_grant(role, KEY) for role in granted_to))
    session = session_principal(ROLE, "f")
    if not reason:
        check_decryption(session, KEY, REGION, policies)
        return
    who = "User: arn:aws:sts::123456789012:assumed-role/chat/f"
    with pytest.raises(KeyAccessDeniedError) as caught:
        check_decryption(session, KEY, REGION, policies)
    assert f"{who} is not authorized to perform: kms:Decrypt on resource: {KEY} {reason}" in str(caught.value)
