"""What a REST API's front reads from moto: beside `store`, the one module that knows how moto keeps things.

Written for moto 5.2.5, with `moto_patches.rest_apis`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from localaws.identity import ACCOUNT_ID
from localaws.rest.access_log import log_group_of, log_stream_of
from localaws.rest.exchange import AccessLog, Location, Stage, VpcEndpoint
from localaws.rest.throttling import rate_limit
from localaws.rest.usage_plan import ApiKey, Quota, UsagePlan
from localaws.rest.user_pool import UserPool
from localaws.role_logs import RoleLogs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localaws.authorization import Policies
    from localaws.execution.deployment import Deployment
    from localaws.policy import Statement
    from localaws.rest.function_access import FunctionTarget
    from localaws.store import Store


NO_BASE_PATH = "(none)"


class RestApiStore:
    """One REST API as the control plane has it at the moment of each request."""

    def __init__(self, store: Store, api_id: str) -> None:
        self._store = store
        self._api_id = api_id

    def locate(self, host: str, path: str) -> Location | None:
        """Return where in the API an undecoded path leads, None when there is no such stage."""
        domain = host.partition(":")[0].lower()
        if domain in self._backend().domain_names:
            return self._locate_in_domain(domain, path)
        name, inner = _first_part(path)
        stage = self._stage(self._api_id, name)
        if stage is None or stage.document.endpoint_disabled:
            return None
        own = f"{self._api_id}.execute-api.{self._store.region}.amazonaws.com"
        return Location(stage, own, f"/{name}", inner)

    def deployment(self, function: FunctionTarget) -> Deployment | None:
        """Return what a function's name stands for, None when it is gone."""
        return self._store.deployment(function.name, function.qualifier)

    def policy(self, function: FunctionTarget) -> Sequence[Statement]:
        """Return the statements of the function's resource policy."""
        return self._store.policy(function.name)

    def check_trust(self, role_arn: str, service: str) -> None:
        """Raise AccessDeniedError unless the role's trust policy lets an AWS service assume it."""
        self._store.check_trust(role_arn, service)

    def role_policies(self, role_arn: str) -> Policies:
        """Return a role's own policies, none when it is gone."""
        return self._store.role_policies(role_arn)

    def vpc_endpoint(self, endpoint_id: str) -> VpcEndpoint:
        """Return an endpoint, without its VPC when there is no such."""
        endpoint = get_backend("ec2")[ACCOUNT_ID][self._store.region].vpc_end_points.get(endpoint_id)
        return VpcEndpoint(endpoint_id, endpoint.vpc_id if endpoint else None)

    def user_pools(self, arns: Sequence[str]) -> list[UserPool]:
        """Return those of the pools that exist."""
        return [pool for arn in arns if (pool := _user_pool(arn))]

    def api_key(self, value: str) -> ApiKey | None:
        """Return the API key of this value, None when there is none."""
        key = next((key for key in list(self._backend().keys.values()) if key.value == value), None)
        return ApiKey(key.id, key.value, enabled=bool(key.enabled)) if key else None

    def usage_plan(self, key: ApiKey, stage: Stage) -> UsagePlan | None:
        """Return the plan that has both the key and the stage, None when there is none."""
        backend = self._backend()
        for plan in list(backend.usage_plans.values()):
            stages = [(each["apiId"], each["stage"]) for each in plan.api_stages]
            if (stage.api_id, stage.name) in stages and key.id in backend.usage_plan_keys.get(plan.id, {}):
                return _usage_plan(plan)
        return None

    def log_access(self, stage: Stage, line: str) -> None:
        """Append a line to the stage's access log, as far as the account's role may."""
        group = log_group_of(stage.access_log.destination_arn) if stage.access_log else None
        role_arn = self._backend().account.cloudwatch_role_arn
        if group and role_arn:
            logs, stream = RoleLogs(self._store, role_arn, "apigateway"), log_stream_of(stage.api_id, stage.name)
            logs.create_stream(group, stream)
            logs.put(group, stream, [(time.time_ns() // 1_000_000, line)])

    def _locate_in_domain(self, domain: str, path: str) -> Location | None:
        """Return where a path of a custom domain leads: its first part may name a mapping, and then one a stage."""
        mappings = self._backend().base_path_mappings.get(domain, {})
        base, rest = _first_part(path)
        if base not in mappings:
            base, rest = "", path
        mapping = mappings.get(base or NO_BASE_PATH)
        if mapping is None:
            return None
        prefix, name = f"/{base}" if base else "", mapping.stage
        if not name:
            name, rest = _first_part(rest)
        stage = self._stage(mapping.rest_api_id, name)
        return Location(stage, domain, prefix, rest, is_custom=True) if stage else None

    def _stage(self, api_id: str, name: str) -> Stage | None:
        api = self._backend().apis.get(api_id)
        stage = api.stages.get(name) if api else None
        deployment = api.deployments.get(stage.deployment_id) if stage else None
        if stage is None or deployment is None or deployment.local_snapshot is None:
            return None
        snapshot = deployment.local_snapshot
        return Stage(
            api_id=api_id,
            region=self._store.region,
            name=name,
            deployment_id=deployment.id,
            document=snapshot.document,
            resource_ids=snapshot.resource_ids,
            authorizer_ids=snapshot.authorizer_ids,
            endpoint_type=snapshot.endpoint_type,
            variables=dict(stage.variables),
            method_settings=dict(stage.method_settings),
            tracing=bool(stage.tracing_enabled),
            access_log=_access_log(stage.access_log_settings or {}),
        )

    def _backend(self) -> Any:  # noqa: ANN401  moto's APIGatewayBackend
        return get_backend("apigateway")[ACCOUNT_ID][self._store.region]


def _user_pool(arn: str) -> UserPool | None:
    region, account = arn.split(":")[3:5]
    pool_id = arn.rpartition("/")[2]
    pool = get_backend("cognito-idp")[account][region].user_pools.get(pool_id)
    return UserPool(f"https://cognito-idp.{region}.amazonaws.com/{pool_id}", pool.json_web_key) if pool else None


def _usage_plan(plan: Any) -> UsagePlan:  # noqa: ANN401  moto's UsagePlan
    quota = plan.quota or {}
    return UsagePlan(
        id=plan.id,
        throttle=rate_limit(plan.throttle or {}, "rateLimit", "burstLimit"),
        quota=Quota(int(quota["limit"]), quota["period"], int(quota.get("offset") or 0)) if "limit" in quota else None,
    )


def _first_part(path: str) -> tuple[str, str]:
    """Return the first part of a path and the path behind it."""
    first, _, rest = path.removeprefix("/").partition("/")
    return first, f"/{rest}"


def _access_log(settings: Mapping[str, str]) -> AccessLog | None:
    destination, template = settings.get("destinationArn"), settings.get("format")
    return AccessLog(destination, template) if destination and template else None
