"""Whether API Gateway may call a function: in its own name, or as a role."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from localaws.rest.function_access import SERVICE, check_invocation, check_invocation_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localaws.authorization import Policies
    from localaws.execution.deployment import Deployment
    from localaws.policy import Statement
    from localaws.rest.function_access import FunctionTarget


class Functions(Protocol):
    """Lambda's control plane and IAM, as far as a call of a function needs them."""

    def deployment(self, function: FunctionTarget) -> Deployment | None:
        """Return what a function's name stands for, None when it is gone."""

    def policy(self, function: FunctionTarget) -> Sequence[Statement]:
        """Return the statements of the function's resource policy."""

    def check_trust(self, role_arn: str, service: str) -> None:
        """Raise AccessDeniedError unless the role's trust policy lets an AWS service assume it."""

    def role_policies(self, role_arn: str) -> Policies:
        """Return a role's own policies, none when it is gone."""


def check_call(functions: Functions, function: FunctionTarget, source_arn: str, role_arn: str | None) -> None:
    """Raise AccessDeniedError unless the function may be called for a source, or by the role when there is one."""
    policy = functions.policy(function)
    if role_arn is None:
        check_invocation(function.arn, source_arn, policy)
        return
    functions.check_trust(role_arn, SERVICE)
    own = functions.role_policies(role_arn)
    check_invocation_as(role_arn, function.arn, replace(own, resource=policy, owner=function.arn.split(":")[4]))
