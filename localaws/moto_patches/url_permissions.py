"""The two grants of a Function URL as real policy statements.

moto 5.2.5 leaves FunctionUrlAuthType as a member of the statement, where neither Terraform nor an evaluation finds it,
and does not know InvokedViaFunctionUrl. Its AWS::Lambda::Permission copies the template's properties into the policy
and can't be removed again with its stack.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException, UnknownPolicyException
from moto.awslambda.models import Permission
from moto.awslambda.policy import Policy
from moto.awslambda.utils import get_backend

from localaws.moto_patches.replace import add, replace

CONDITIONS = {
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}
REQUEST_MEMBERS = (
    "Action",
    "Principal",
    "SourceArn",
    "SourceAccount",
    "PrincipalOrgID",
    "EventSourceToken",
    *CONDITIONS,
)


def install() -> None:
    """Install the patch."""
    _patch_conditions()
    _patch_stack_resource()


def _patch_conditions() -> None:
    original = Policy.condition_merge

    def condition_merge(self: Any, obj: dict[str, Any]) -> None:  # noqa: ANN401  moto's class
        original(self, obj)
        for member, (operator, key) in CONDITIONS.items():
            if (value := obj.pop(member, None)) is not None:
                text = str(value).lower() if operator == "Bool" else str(value)
                obj.setdefault("Condition", {}).setdefault(operator, {})[key] = text

    replace(Policy, "condition_merge", condition_merge)


def _patch_stack_resource() -> None:
    def create(  # the signature that moto's CloudFormation calls
        cls: type[Permission],
        /,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        properties = cloudformation_json["Properties"]
        request = {member: properties[member] for member in REQUEST_MEMBERS if member in properties}
        name, qualifier = _function(properties["FunctionName"])
        function = get_backend(account_id, region_name).get_function(name, qualifier)
        function.policy.add_statement(json.dumps({"StatementId": resource_name, **request}), qualifier)
        permission: Any = cls(region=region_name)
        permission.physical_resource_id = resource_name
        permission.function_name = name
        return permission

    def delete(self: Any, account_id: str, region_name: str) -> None:  # noqa: ANN401  moto's class
        # The function may have gone first, and its policy with it.
        with contextlib.suppress(UnknownFunctionException, UnknownPolicyException):
            get_backend(account_id, region_name).remove_permission(self.function_name, self.physical_resource_id)

    replace(Permission, "create_from_cloudformation_json", classmethod(create))
    add(Permission, "delete", delete)


def _function(name_or_arn: str) -> tuple[str, str | None]:
    """Return name and qualifier of a function's name, `name:alias` or ARN."""
    _, _, rest = name_or_arn.rpartition(":function:")
    name, _, qualifier = rest.partition(":")
    return name, qualifier or None
