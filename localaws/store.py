"""What the data plane reads from moto's stores: the one module that knows how moto keeps things.

moto shows a function's code only in-process, never over its API; that is why the control plane runs in this process.
Written for moto 5.2.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.backends import get_backend

from localaws.execution.deployment import Deployment, Layer, LogSettings
from localaws.execution.variables import RoleCredentials
from localaws.identity import (
    ACCESS_KEY_ID,
    ACCOUNT_ID,
    CALLER_ARN,
    CALLER_ID,
    PARTITION,
    SECRET_ACCESS_KEY,
)
from localaws.sigv4 import Credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localaws.execution.log_stream import LogLine
    from localaws.front.resource_policy import Statement

ROLE_SESSION_SECONDS = 12 * 3600


class Store:
    """The account's functions, policies, credentials and logs in one region."""

    def __init__(self, region: str) -> None:
        self.region = region

    def deployment(self, name: str, qualifier: str | None = None) -> Deployment | None:
        """Return what a function's version or alias is now, None when there is no such."""
        try:
            function = self._lambda().get_function(name, qualifier)
        except UnknownFunctionException:
            return None
        return self.deployment_of(function)

    def deployment_of(self, function: Any) -> Deployment:  # noqa: ANN401  moto's LambdaFunction
        """Return moto's function as a deployment."""
        config = function.get_configuration()
        variables = config.get("Environment", {}).get("Variables", {})
        return Deployment(
            name=function.function_name,
            version=str(function.version),
            runtime=function.run_time or "",  # an image has none, and nothing here can run it
            handler=function.handler or "",
            role_arn=function.role,
            region=self.region,
            archive=function.code_bytes,
            code_sha256=function.code_sha_256,
            layers=tuple(self._layer(layer["Arn"]) for layer in function.layers),
            variables=tuple(sorted(variables.items())),
            memory_mb=int(function.memory_size),
            timeout_seconds=float(function.timeout),
            logs=_log_settings(function.function_name, config.get("LoggingConfig") or {}),
            reserved_concurrency=self._reserved_concurrency(function),
        )

    def url_config(self, name: str) -> dict[str, Any]:
        """Return a Function URL's configuration in the API's form, empty when there is none."""
        try:
            config = self._lambda().get_function(name).url_config
        except UnknownFunctionException:
            return {}
        return config.to_dict() if config else {}

    def policy(self, name: str) -> Sequence[Statement]:
        """Return the statements of a function's resource policy."""
        try:
            return tuple(self._lambda().get_function(name).policy.statements)
        except UnknownFunctionException:
            return ()

    def credentials(self, access_key_id: str) -> Credentials | None:
        """Return the key pair of this local AWS, of an IAM user, or of a role's session."""
        if access_key_id == ACCESS_KEY_ID:
            return Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, CALLER_ARN, CALLER_ID)
        role = self._sts().get_assumed_role_from_access_key(access_key_id)
        if role:
            return Credentials(access_key_id, role.secret_access_key, role.session_token, role.arn, role.user_id)
        key = get_backend("iam")[ACCOUNT_ID][PARTITION].access_keys.get(access_key_id)
        if key is None or not key.user_name:
            return None
        arn = f"arn:{PARTITION}:iam::{ACCOUNT_ID}:user/{key.user_name}"
        return Credentials(access_key_id, key.secret_access_key, None, arn, CALLER_ID)

    def assume_role(self, role_arn: str, session: str) -> RoleCredentials:
        """Return fresh credentials of a role, known to moto as well."""
        role = self._sts().assume_role(
            region_name=self.region,
            role_session_name=session,
            role_arn=role_arn,
            policy=None,
            duration=ROLE_SESSION_SECONDS,
            external_id=None,
        )
        return RoleCredentials(role.access_key_id, role.secret_access_key, role.session_token)

    def create_stream(self, group: str, stream: str) -> None:
        """Create a log stream, and its group when Terraform did not."""
        logs = self._logs()
        logs.ensure_log_group(group)
        logs.create_log_stream(group, stream)

    def put(self, group: str, stream: str, lines: list[LogLine]) -> None:
        """Append lines to a log stream; a deleted group stays deleted."""
        logs = self._logs()
        if group in logs.groups and stream in logs.groups[group].streams:
            logs.put_log_events(group, stream, [{"timestamp": at, "message": text} for at, text in lines])

    def _layer(self, arn: str) -> Layer:
        version = self._lambda().layers_versions_by_arn(arn)
        return Layer(arn, version.code_bytes if version else b"")

    def _reserved_concurrency(self, function: Any) -> int | None:  # noqa: ANN401  moto's LambdaFunction
        """A version's own copy of the number may be old: the function's counts."""
        reserved = self._lambda().get_function(function.function_name).reserved_concurrency
        return None if reserved is None else int(reserved)

    def _lambda(self) -> Any:  # noqa: ANN401  moto's LambdaBackend
        return get_backend("lambda")[ACCOUNT_ID][self.region]

    def _logs(self) -> Any:  # noqa: ANN401  moto's LogsBackend
        return get_backend("logs")[ACCOUNT_ID][self.region]

    def _sts(self) -> Any:  # noqa: ANN401  moto's STSBackend
        return get_backend("sts")[ACCOUNT_ID][PARTITION]


def _log_settings(name: str, config: dict[str, str]) -> LogSettings:
    group = config.get("LogGroup") or f"/aws/lambda/{name}"
    return LogSettings(group, config.get("LogFormat") or "Text", config.get("ApplicationLogLevel"))
