"""SnapStart: a version that is published is initialised, and tells how that went.

moto 5.2.5 knows the setting's name only. Here a version is published when its init phase has ended; one that failed in
it is `Failed`, and neither an alias nor an invocation can have it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html and
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from __future__ import annotations

from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction

from localaws.moto_patches import data_plane
from localaws.moto_patches.replace import replace

FAILED = "Failed"
REASON_CODE = "FunctionError"
NOTE = "local_snapshot_failure"
"""The member of a version with a snapshot; empty where there was no failure."""


class _NotPossibleNowError(LambdaClientError):
    code = 409

    def __init__(self) -> None:
        super().__init__(
            "ResourceConflictException",
            "The operation cannot be performed at this time. The function is currently in the following state: "
            f"'{FAILED}', StateReasonCode: '{REASON_CODE}'",
        )


def refuse_failed(function: Any) -> None:  # noqa: ANN401  moto's LambdaFunction
    """Raise a ResourceConflictException for a version whose init phase failed."""
    if function.state == FAILED:
        raise _NotPossibleNowError


def install() -> None:
    """Install the patch."""
    _patch_publishing()
    _patch_answers()
    _patch_aliases()


def _patch_publishing() -> None:
    original = LambdaBackend.publish_version

    def publish_version(self: Any, function_name: str, description: str = "") -> Any:  # noqa: ANN401  moto's classes
        version = original(self, function_name, description)
        # Without a change since the last version that one is what is published.
        if version is not None and NOTE not in vars(version):
            plane = data_plane.current()
            deployment = plane.deployment_of(version)
            if deployment.snap_start:
                failure = vars(version)[NOTE] = plane.take_snapshot(deployment)
                version.state = FAILED if failure else "Active"
        return version

    replace(LambdaBackend, "publish_version", publish_version)


def _patch_answers() -> None:
    original = LambdaFunction.get_configuration

    def get_configuration(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  moto's class
        config = original(self, *args, **kwargs)
        if NOTE not in vars(self):
            return config
        if failure := vars(self)[NOTE]:
            return config | {
                "StateReason": failure,
                "StateReasonCode": REASON_CODE,
                "LastUpdateStatus": FAILED,
                "LastUpdateStatusReason": failure,
                "LastUpdateStatusReasonCode": REASON_CODE,
            }
        return config | {"SnapStart": config["SnapStart"] | {"OptimizationStatus": "On"}}

    replace(LambdaFunction, "get_configuration", get_configuration)


def _patch_aliases() -> None:
    original_create, original_update = LambdaBackend.create_alias, LambdaBackend.update_alias

    def create_alias(self: Any, name: str, function_name: str, function_version: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  moto's classes
        refuse_failed(self.get_function(function_name, function_version))
        return original_create(self, name, function_name, function_version, *args, **kwargs)

    def update_alias(self: Any, name: str, function_name: str, function_version: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  moto's classes
        if function_version:
            refuse_failed(self.get_function(function_name, function_version))
        return original_update(self, name, function_name, function_version, *args, **kwargs)

    replace(LambdaBackend, "create_alias", create_alias)
    replace(LambdaBackend, "update_alias", update_alias)
