"""Function settings that survive.

moto 5.2.5 drops SnapStart and LoggingConfig, forgets several settings when a function's configuration or code is
updated, and hides a reserved concurrency of zero. Terraform would plan a change for each of them on every run.
"""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaFunction

from localaws.moto_patches.replace import replace

KEPT = ("SnapStart", "LoggingConfig")
UPDATABLE = {
    "TracingConfig": "tracing_config",
    "KMSKeyArn": "kms_key_arn",
    "Architectures": "architectures",
}


def install() -> None:
    """Install the patch."""
    _patch_creation()
    _patch_updates()
    _patch_answers()


def _patch_creation() -> None:
    original = LambdaFunction.__init__

    def init(self: Any, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  moto's class
        original(self, account_id, spec, *args, **kwargs)
        self.local_settings = {key: spec[key] for key in KEPT if spec.get(key)}

    replace(LambdaFunction, "__init__", init)


def _patch_updates() -> None:
    original_configuration = LambdaFunction.update_configuration
    original_code = LambdaFunction.update_function_code

    def update_configuration(self: Any, config_updates: dict[str, Any]) -> Any:  # noqa: ANN401  moto's class
        _update(self, config_updates)
        return original_configuration(self, config_updates)

    def update_function_code(self: Any, updated_spec: dict[str, Any]) -> Any:  # noqa: ANN401  moto's class
        _update(self, updated_spec)
        return original_code(self, updated_spec)

    replace(LambdaFunction, "update_configuration", update_configuration)
    replace(LambdaFunction, "update_function_code", update_function_code)


def _update(function: Any, updates: dict[str, Any]) -> None:  # noqa: ANN401  moto's class
    """A new dictionary, because published versions share the old one."""
    changed = {key: updates[key] for key in KEPT if updates.get(key)}
    function.local_settings = {**function.local_settings, **changed}
    for key, attribute in UPDATABLE.items():
        if key in updates:  # an empty KMSKeyArn removes the key
            setattr(function, attribute, updates[key])
    if storage := updates.get("EphemeralStorage"):
        function.ephemeral_storage = storage["Size"]


def _patch_answers() -> None:
    original_configuration, original_code = LambdaFunction.get_configuration, LambdaFunction.get_code

    def get_configuration(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  moto's class
        config = original_configuration(self, *args, **kwargs)
        settings = self.local_settings
        config["LoggingConfig"] = {
            "LogFormat": "Text",
            "LogGroup": self.logs_group_name,
            **settings.get("LoggingConfig", {}),
        }
        if snap_start := settings.get("SnapStart"):
            config["SnapStart"] = {"OptimizationStatus": "Off", **snap_start}
        return config

    def get_code(self: Any) -> Any:  # noqa: ANN401  moto's class
        answer = original_code(self)
        if self.reserved_concurrency is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": self.reserved_concurrency}
        return answer

    replace(LambdaFunction, "get_configuration", get_configuration)
    replace(LambdaFunction, "get_code", get_code)
