"""What the data plane reads from moto's stores: the one module that knows how moto keeps things.

moto shows a function's code only in-process, never over its API; that is why the control plane runs in this process.
Written for moto 5.2.5.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.backends import get_backend

from localaws.authorization import Policies, check, global_keys, session_principal
from localaws.cdn.signing import EDGE
from localaws.execution.deployment import Deployment, Layer, LogSettings
from localaws.execution.variables import RoleCredentials
from localaws.execution_role import check_decryption, statement_of_grant
from localaws.identity import (
    ACCESS_KEY_ID,
    ACCOUNT_ID,
    CALLER_ARN,
    CALLER_ID,
    PARTITION,
    SECRET_ACCESS_KEY,
)
from localaws.policy import Access, Principal, statements_of
from localaws.sigv4 import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from localaws.bedrock.guardrail import Guardrail
    from localaws.execution.log_stream import LogLine
    from localaws.policy import Statement

ROLE_SESSION_SECONDS = 12 * 3600
LAMBDA = "lambda.amazonaws.com"
ADMINISTRATOR: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
"""What the caller that Terraform runs as may do."""


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
            key_arn=function.kms_key_arn or None,
            reserved_concurrency=self._reserved_concurrency(function),
            snap_start=_has_snapshots(config),
        )

    def guardrail(self, identifier: str, version: str) -> Guardrail | None:
        """Return a version of a guardrail by its id or ARN, None when there is none; see `moto_patches.guardrails`."""
        kept = vars(get_backend("bedrock")[ACCOUNT_ID][self.region]).get("guardrails", {})
        found: Guardrail | None = kept.get(identifier.rpartition("/")[2], {}).get(version)
        return found if found is not None and identifier in (found.arn, found.arn.rpartition("/")[2]) else None

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
        """Return the key pair of this local AWS, of CloudFront, of an IAM user, or of a role's session."""
        if access_key_id == ACCESS_KEY_ID:
            return Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, CALLER_ARN, CALLER_ID)
        if access_key_id == EDGE.access_key_id:
            return EDGE
        for account in self._accounts():
            session = get_backend("sts")[account][PARTITION].get_assumed_role_from_access_key(access_key_id)
            if session:
                keys = (access_key_id, session.secret_access_key, session.session_token)
                expires = session.expiration.replace(tzinfo=UTC)
                return Credentials(*keys, session.arn, session.user_id, session.role_arn, expires)
            iam = self._iam(account)
            key = iam.access_keys.get(access_key_id)
            if key and key.user_name in iam.users:
                user = iam.users[key.user_name]
                return Credentials(access_key_id, key.secret_access_key, None, user.arn, user.id)
        return None

    def policies(self, caller: Credentials) -> Policies:
        """Return all policies of a user and its groups, or of a role; none when it is gone."""
        if caller.access_key_id == ACCESS_KEY_ID:
            return Policies((ADMINISTRATOR,))
        if caller.role_arn:
            return self.role_policies(caller.role_arn)
        iam, name = self._iam(caller.arn.split(":")[4]), caller.arn.rpartition("/")[2]
        holders = (iam.users[name], *iam.get_groups_for_user(name)) if name in iam.users else ()
        return Policies(tuple(itertools.chain.from_iterable(map(_statements, holders))))

    def role_policies(self, role_arn: str) -> Policies:
        """Return all policies of a role, none when it is gone."""
        role = self._role(role_arn)
        if role is None:
            return Policies()
        bounding = self._iam(role_arn.split(":")[4]).managed_policies.get(role.permissions_boundary_arn)
        boundary = (_default_version(bounding) if bounding else ()) if role.permissions_boundary_arn else None
        return Policies(tuple(_statements(role)), boundary=boundary)

    def assume_role(self, role_arn: str, session: str) -> RoleCredentials:
        """Return fresh credentials of a role, known to moto as well; AccessDeniedError when it doesn't trust Lambda."""
        self.check_trust(role_arn, LAMBDA)
        role = self._sts().assume_role(
            region_name=self.region,
            role_session_name=session,
            role_arn=role_arn,
            policy=None,
            duration=ROLE_SESSION_SECONDS,
            external_id=None,
        )
        return RoleCredentials(role.access_key_id, role.secret_access_key, role.session_token)

    def check_trust(self, role_arn: str, service: str) -> None:
        """Raise AccessDeniedError unless the role's trust policy lets an AWS service assume it."""
        principal = Principal(service)
        access = Access(principal, "sts:AssumeRole", role_arn, global_keys(principal, self.region))
        check(access, Policies(resource=self._trust_policy(role_arn)))

    def grant_decryption(self, role_arn: str, key_arn: str) -> None:
        """Let the role decrypt with the key, whatever its policies say; nothing for a key that does not exist."""
        key = self._key(key_arn)
        if key and not self._grants(key_arn, role_arn):
            key.add_grant("", role_arn, ["Decrypt"], constraints={}, retiring_principal="")

    def check_decryption(self, role_arn: str, function: str, key_arn: str) -> None:
        """Raise KeyAccessDeniedError unless a function's role may decrypt with the key, by its policies or a grant."""
        policies = replace(self.role_policies(role_arn), resource=self._grants(key_arn, role_arn))
        check_decryption(session_principal(role_arn, function), key_arn, self.region, policies)

    def has_log_group(self, group: str) -> bool:
        """Tell whether a log group exists."""
        return group in self._logs().groups

    def create_log_group(self, group: str) -> None:
        """Create a log group, if it does not exist."""
        self._logs().ensure_log_group(group)

    def has_log_stream(self, group: str, stream: str) -> bool:
        """Tell whether a log stream exists."""
        return self.has_log_group(group) and stream in self._logs().groups[group].streams

    def create_log_stream(self, group: str, stream: str) -> None:
        """Create a log stream."""
        self._logs().create_log_stream(group, stream)

    def put_log_events(self, group: str, stream: str, lines: list[LogLine]) -> None:
        """Append lines to a log stream."""
        events = [{"timestamp": at, "message": text} for at, text in lines]
        self._logs().put_log_events(group, stream, events)

    def _trust_policy(self, role_arn: str) -> Sequence[Statement]:
        role = self._role(role_arn)
        return statements_of(role.assume_role_policy_document) if role else ()

    def _role(self, arn: str) -> Any:  # noqa: ANN401  moto's Role
        """Return a role, None when it is gone."""
        roles = list(self._iam(arn.split(":")[4]).roles.values())
        return next((role for role in roles if role.arn == arn), None)

    def _grants(self, key_arn: str, role_arn: str) -> Sequence[Statement]:
        """Return the key's grants that let the role decrypt."""
        key = self._key(key_arn)
        grants = key.list_grants("") if key else ()
        found = [each for each in grants if each.grantee_principal == role_arn and "Decrypt" in each.operations]
        return tuple(statement_of_grant(role_arn, key_arn) for _ in found)

    def _key(self, arn: str) -> Any:  # noqa: ANN401  moto's Key
        """Return a key of this account, None when there is no such."""
        keys = list(get_backend("kms")[ACCOUNT_ID][self.region].keys.values())
        return next((key for key in keys if key.arn == arn), None)

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

    def _iam(self, account: str) -> Any:  # noqa: ANN401  moto's IAMBackend
        return get_backend("iam")[account][PARTITION]

    def _accounts(self) -> list[str]:
        """Every account that anybody has used: moto makes one whenever it is named."""
        return list(dict.fromkeys([ACCOUNT_ID, *get_backend("sts"), *get_backend("iam")]))


def _statements(holder: Any) -> Iterator[Statement]:  # noqa: ANN401  moto's Role, User or Group
    yield from itertools.chain.from_iterable(map(statements_of, list(holder.policies.values())))
    for policy in list(holder.managed_policies.values()):
        yield from _default_version(policy)


def _default_version(policy: Any) -> tuple[Statement, ...]:  # noqa: ANN401  moto's ManagedPolicy
    return statements_of(next(version.document for version in policy.versions if version.is_default))


def _has_snapshots(config: dict[str, Any]) -> bool:
    """Tell whether a function's configuration is that of a version with SnapStart."""
    return bool(config["Version"] != "$LATEST" and config["SnapStart"]["ApplyOn"] == "PublishedVersions")


def _log_settings(name: str, config: dict[str, str]) -> LogSettings:
    group = config.get("LogGroup") or f"/aws/lambda/{name}"
    return LogSettings(group, config.get("LogFormat") or "Text", config.get("ApplicationLogLevel"))
