"""Stages of REST APIs that log.

moto 5.2.5 lets any stage log. API Gateway writes logs as a role that is set once for the account and region, refuses a
stage that shall log before, and refuses a role that it can't assume.
"""

from __future__ import annotations

from typing import Any

from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.models import APIGatewayBackend

from localaws.authorization import AccessDeniedError
from localaws.moto_patches import data_plane
from localaws.moto_patches.replace import replace

LOG_LEVELS = {"ERROR", "INFO"}


def install() -> None:
    """Install the patch."""
    original_update, original_account = APIGatewayBackend.update_stage, APIGatewayBackend.update_account

    def update_stage(self: Any, function_id: str, stage_name: str, patch_operations: Any) -> Any:  # noqa: ANN401
        if any(map(_logs, patch_operations)) and not self.account.cloudwatch_role_arn:
            raise BadRequestException("CloudWatch Logs role ARN must be set in account settings to enable logging")
        return original_update(self, function_id, stage_name, patch_operations)

    def update_account(self: Any, patch_operations: list[dict[str, Any]]) -> Any:  # noqa: ANN401  moto's classes
        for operation in patch_operations:
            if operation["path"] == "/cloudwatchRoleArn" and operation.get("value"):
                _check_role(operation["value"])
        return original_account(self, patch_operations)

    replace(APIGatewayBackend, "update_stage", update_stage)
    replace(APIGatewayBackend, "update_account", update_account)


def _logs(operation: dict[str, Any]) -> bool:
    path = operation["path"]
    if operation["op"] == "remove":
        return False
    return path.startswith("/accessLogSettings") or (
        path.endswith("/logging/loglevel") and operation.get("value") in LOG_LEVELS
    )


def _check_role(role_arn: str) -> None:
    try:
        data_plane.current().identities.check_trust(role_arn, "apigateway.amazonaws.com")
    except AccessDeniedError:
        raise BadRequestException(
            "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway "
            "and add the required role policy."
        ) from None
