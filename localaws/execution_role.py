"""What Lambda itself needs a function's execution role to allow. No I/O.

For a VPC and for traces it asks when a function is configured, for the environment's key when an execution environment
starts. There a grant of the key counts as much as the role's policies: Lambda makes one when the key is configured.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (execution role permissions),
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html and
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html. When they are given and the texts of
the refusals are known from reports only: https://github.com/hashicorp/terraform-provider-aws/issues/20698 (VPC),
https://github.com/serverless/serverless/issues/6931 (traces) and
https://github.com/github-aws-runners/terraform-aws-github-runner/issues/4775 (key).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from localaws.authorization import AccessDeniedError, check, global_keys, session_principal
from localaws.policy import ARN_PARTS, EVERYTHING, Access

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localaws.authorization import Policies
    from localaws.policy import Principal, Statement

DECRYPT = "kms:Decrypt"
CREATE_INTERFACE = "ec2:CreateNetworkInterface"
CHANGES_OF_INTERFACES = (
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
VIEWS_OF_THE_NETWORK = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
SENDING_OF_TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
SESSION = "awslambda"


class MissingPermissionError(Exception):
    """The role does not allow what a configuration needs; the text is Lambda's."""


class KeyAccessDeniedError(Exception):
    """The environment variables can't be decrypted; the text is Lambda's."""


class ExecutionRoles(Protocol):
    """IAM and KMS, as far as the configuration of a function needs them."""

    def role_policies(self, role_arn: str) -> Policies:
        """Return all policies of a role, none when it is gone."""

    def grant_decryption(self, role_arn: str, key_arn: str) -> None:
        """Let the role decrypt with the key, whatever its policies say."""


@dataclass(frozen=True, slots=True)
class RoleUse:
    """A function's role, and what the function's configuration needs it for."""

    role_arn: str
    region: str
    in_vpc: bool
    traced: bool


def check_role(use: RoleUse, policies: Policies) -> None:
    """Raise MissingPermissionError for the first action that the configuration needs and the role does not allow."""
    for access in _needed_accesses(use):
        try:
            check(access, policies)
        except AccessDeniedError as error:
            service, _, action = access.action.partition(":")
            message = f"The provided execution role does not have permissions to call {action} on {service.upper()}"
            raise MissingPermissionError(message) from error


def check_decryption(session: Principal, key_arn: str, region: str, policies: Policies) -> None:
    """Raise KeyAccessDeniedError unless the policies, with the key's grants among them, let the role decrypt."""
    access = Access(session, DECRYPT, key_arn, global_keys(session, region))
    try:
        check(access, policies)
    except AccessDeniedError as error:
        message = (
            "Lambda was unable to decrypt the environment variables because KMS access was denied. "
            f"Please check the function's KMS key settings. KMS Exception: AccessDeniedExceptionKMS Message: {error}"
        )
        raise KeyAccessDeniedError(message) from error


def statement_of_grant(role_arn: str, key_arn: str) -> Statement:
    """Return a key's grant to a role as a statement of the key's policy."""
    return {"Effect": "Allow", "Principal": {"AWS": role_arn}, "Action": DECRYPT, "Resource": key_arn}


def _needed_accesses(use: RoleUse) -> Iterator[Access]:
    """No interface exists yet, so changes of one are asked for on all resources of EC2, as an ARN and not as `*`.

    A creation is told to pass with a grant on some subnets and security groups: any grant without conditions counts.
    """
    session = session_principal(use.role_arn, SESSION)
    keys = global_keys(session, use.region)
    _, partition, _, _, account, _ = use.role_arn.split(":", ARN_PARTS - 1)
    if use.in_vpc:
        yield Access(session, CREATE_INTERFACE, None, keys)
        every_resource = f"arn:{partition}:ec2:{use.region}:{account}:*/*"
        yield from (Access(session, action, every_resource, keys) for action in CHANGES_OF_INTERFACES)
        yield from (Access(session, action, EVERYTHING, keys) for action in VIEWS_OF_THE_NETWORK)
    if use.traced:
        yield from (Access(session, action, EVERYTHING, keys) for action in SENDING_OF_TRACES)
