"""What Lambda does with a function's execution role when the function is configured.

moto 5.2.5 takes any role that exists. Here a function in a VPC or with active tracing is refused while its role lacks
the permissions for that, and a key of the environment gets Lambda's grant to the role. As on AWS the grant is made when
key or role change, and not made again when somebody has revoked it.
"""

from __future__ import annotations

import re
from typing import Any

from moto.awslambda.exceptions import InvalidRoleFormat, LambdaClientError
from moto.awslambda.models import LambdaBackend

from localaws.execution_role import MissingPermissionError, RoleUse, check_role
from localaws.moto_patches import data_plane
from localaws.moto_patches.replace import replace

ROLE = re.compile(InvalidRoleFormat.pattern)
Settings = dict[str, Any]
"""Members of CreateFunction and UpdateFunctionConfiguration."""


def install() -> None:
    """Install the patch."""
    original_create = LambdaBackend.create_function
    original_update = LambdaBackend.update_function_configuration

    def create_function(self: Any, spec: Settings) -> Any:  # noqa: ANN401  moto's classes
        _check(spec, self.region_name)
        function = original_create(self, spec)
        _grant({}, spec)
        return function

    def update_function_configuration(self: Any, function_name: str, qualifier: str, body: Settings) -> Any:  # noqa: ANN401  moto's classes
        before = _settings_of(self.get_function(function_name, qualifier))
        after = before | body
        _check(after, self.region_name)
        answer = original_update(self, function_name, qualifier, body)
        _grant(before, after)
        return answer

    replace(LambdaBackend, "create_function", create_function)
    replace(LambdaBackend, "update_function_configuration", update_function_configuration)


def _settings_of(function: Any) -> Settings:  # noqa: ANN401  moto's LambdaFunction
    return {
        "Role": function.role,
        "KMSKeyArn": function.kms_key_arn,
        "VpcConfig": function.vpc_config,
        "TracingConfig": function.tracing_config,
    }


def _check(settings: Settings, region: str) -> None:
    if not ROLE.match(settings["Role"]):
        return  # moto refuses it
    use = RoleUse(
        role_arn=settings["Role"],
        region=region,
        in_vpc=bool((settings.get("VpcConfig") or {}).get("SubnetIds")),
        traced=(settings.get("TracingConfig") or {}).get("Mode") == "Active",
    )
    try:
        check_role(use, data_plane.current().roles.role_policies(use.role_arn))
    except MissingPermissionError as error:
        raise LambdaClientError("InvalidParameterValueException", str(error)) from error


def _grant(before: Settings, after: Settings) -> None:
    """An empty key ARN is none."""
    deciding = ("Role", "KMSKeyArn")
    if after.get("KMSKeyArn") and [before.get(member) for member in deciding] != [after[member] for member in deciding]:
        data_plane.current().roles.grant_decryption(after["Role"], after["KMSKeyArn"])
