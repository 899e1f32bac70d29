"""What a REST API's front reads from moto: beside `store`, the one module that knows how moto keeps things.

Written for moto 5.2.5, with `moto_patches.rest_apis`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.backends import get_backend

from localaws.identity import ACCOUNT_ID
from localaws.rest.exchange import Location, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localaws.execution.deployment import Deployment
    from localaws.policy import Statement
    from localaws.rest.function_access import FunctionTarget
    from localaws.store import Store


class RestApiStore:
    """One REST API as the control plane has it at the moment of each request."""

    def __init__(self, store: Store, api_id: str) -> None:
        self._store = store
        self._api_id = api_id

    def locate(self, host: str, path: str) -> Location | None:
        """Return where in the API an undecoded path leads, None when there is no such stage."""
        del host
        _, _, rest = path.partition("/")
        name, _, inner = rest.partition("/")
        stage = self._stage(name)
        if stage is None or stage.document.endpoint_disabled:
            return None
        domain = f"{self._api_id}.execute-api.{self._store.region}.amazonaws.com"
        return Location(stage, domain, f"/{name}", f"/{inner}")

    def deployment(self, function: FunctionTarget) -> Deployment | None:
        """Return what a function's name stands for, None when it is gone."""
        return self._store.deployment(function.name, function.qualifier)

    def policy(self, function: FunctionTarget) -> Sequence[Statement]:
        """Return the statements of the function's resource policy."""
        return self._store.policy(function.name)

    def _stage(self, name: str) -> Stage | None:
        api = self._backend().apis.get(self._api_id)
        stage = api.stages.get(name) if api else None
        deployment = api.deployments.get(stage.deployment_id) if stage else None
        if stage is None or deployment is None or deployment.local_snapshot is None:
            return None
        snapshot = deployment.local_snapshot
        return Stage(
            api_id=self._api_id,
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
        )

    def _backend(self) -> Any:  # noqa: ANN401  moto's APIGatewayBackend
        return get_backend("apigateway")[ACCOUNT_ID][self._store.region]
