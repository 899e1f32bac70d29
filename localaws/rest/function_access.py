"""Whether an API may invoke the function behind a method. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.authorization import Policies, check, global_keys, session_principal
from localaws.policy import Access, Principal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localaws.policy import Statement

INVOKE_ACTION = "lambda:InvokeFunction"
SERVICE = "apigateway.amazonaws.com"
GATEWAY = Principal(SERVICE)
SESSION = "BackplaneAssumeRoleSession"
FUNCTION_URI = re.compile(
    r"arn:[\w-]+:apigateway:[\w-]+:lambda:path/[\d-]+/functions/"
    r"(?P<arn>arn:[\w-]+:lambda:[\w-]+:\d+:function:(?P<name>[\w-]+)(?::(?P<qualifier>[\w$-]+))?)/"
)
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")


@dataclass(frozen=True, slots=True)
class FunctionTarget:
    """A function, version or alias that a URI names."""

    arn: str
    name: str
    qualifier: str | None


def function_of(uri: str, stage_variables: Mapping[str, str]) -> FunctionTarget | None:
    """Return the function of an integration's or authorizer's URI, None when it names none."""
    filled = STAGE_VARIABLE.sub(lambda found: stage_variables.get(found[1], ""), uri)
    found = FUNCTION_URI.match(filled)
    return FunctionTarget(found["arn"], found["name"], found["qualifier"]) if found else None


def check_invocation_as(role_arn: str, function_arn: str, policies: Policies) -> None:
    """Raise AccessDeniedError unless a role that API Gateway has assumed may invoke the function."""
    principal, region = session_principal(role_arn, SESSION), function_arn.split(":")[3]
    check(Access(principal, INVOKE_ACTION, function_arn, global_keys(principal, region)), policies)


def check_invocation(function_arn: str, source_arn: str, policy: Sequence[Statement]) -> None:
    """Raise AccessDeniedError unless the function's resource policy lets API Gateway invoke it for a source."""
    region, account = source_arn.split(":")[3:5]
    keys = {"aws:sourcearn": source_arn, "aws:sourceaccount": account} | global_keys(GATEWAY, region)
    check(Access(GATEWAY, INVOKE_ACTION, function_arn, keys), Policies(resource=policy, owner=account))
