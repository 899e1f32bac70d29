"""AWS's own managed policies, each when it is named.

moto 5.2.5 brings all of them, but gives an account either none or all 1,300, made anew whenever an account is first
named. Here an account has those that were attached or asked for.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from localaws.moto_patches.replace import replace

METHODS = ("attach_role_policy", "attach_group_policy", "attach_user_policy", "get_policy")


def install() -> None:
    """Install the patch."""
    for name in METHODS:
        _offer_first(name)


def _offer_first(name: str) -> None:
    original = getattr(IAMBackend, name)

    def method(self: Any, policy_arn: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401  moto's class
        if policy_arn not in self.managed_policies and (policy := _policy(self, policy_arn)):
            self.managed_policies[policy_arn] = policy
            self.aws_managed_policies.append(policy)
        return original(self, policy_arn, *arguments, **named)

    replace(IAMBackend, name, method)


def _policy(backend: Any, arn: str) -> AWSManagedPolicy | None:  # noqa: ANN401  moto's class
    """Return AWS's policy of that ARN, None when AWS has no such."""
    data = _published().get(arn.rpartition("/")[2])
    if data is None:
        return None
    policy = AWSManagedPolicy.from_data(arn.rpartition("/")[2], backend.account_id, backend.region_name, data)
    return policy if policy.arn == arn else None


@cache
def _published() -> dict[str, dict[str, Any]]:
    """Return AWS's managed policies by name, as moto brings them."""
    found: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return found
