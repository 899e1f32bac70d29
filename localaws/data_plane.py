"""The data plane: function environments, Function URL fronts and the Bedrock stand-in on one event loop."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from localaws.breakage.access import LenientVerifier, UnlockableDistribution, UnlockableSteps, UnlockableUrl
from localaws.breakage.active import ActiveBreakages
from localaws.breakage.middlebox import Middlebox
from localaws.cdn import url as distribution_url
from localaws.cdn.front import DistributionFront
from localaws.distribution_store import DistributionStore
from localaws.execution.invocation import Failure, Tail
from localaws.execution.service import LambdaService, ThrottledError
from localaws.execution.snapshot import MIN_INIT_SECONDS
from localaws.front.cors import Cors
from localaws.front.function_url import FunctionUrlFront, UrlSettings
from localaws.front.relay import collect
from localaws.identity import ACCOUNT_ID, PARTITION
from localaws.listener import Listener
from localaws.moto_patches.data_plane import InvokeResult
from localaws.outages import Outages
from localaws.rest import url as rest_url
from localaws.rest.access_steps import AccessSteps
from localaws.rest.front import RestApiFront
from localaws.rest.lambda_authorizer import LambdaAuthorizer
from localaws.rest.throttling import Throttles
from localaws.rest.usage_plan import UsageMeter
from localaws.rest_api_store import RestApiStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localaws.authorization import Identities
    from localaws.background import BackgroundLoop
    from localaws.cdn.front import DistributionTarget
    from localaws.execution.deployment import Deployment
    from localaws.execution.environment import Surroundings
    from localaws.execution.invocation import Invocation
    from localaws.execution_role import ExecutionRoles
    from localaws.policy import Statement
    from localaws.rest.limits import Limits
    from localaws.store import Store

CALL_SECONDS = 15.0
INVOKE_MARGIN_SECONDS = 30.0
THROTTLED = b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'


class FunctionUrlTarget:
    """One Function URL as the control plane has it at the moment of each request."""

    def __init__(self, store: Store, name: str, qualifier: str | None) -> None:
        self._store = store
        self._name = name
        self._qualifier = qualifier

    def settings(self) -> UrlSettings:
        """Return the URL's configuration."""
        config = self._store.url_config(self._name)
        suffix = f":{self._qualifier}" if self._qualifier else ""
        arn = f"arn:{PARTITION}:lambda:{self._store.region}:{ACCOUNT_ID}:function:{self._name}{suffix}"
        return UrlSettings(
            region=self._store.region,
            function_arn=arn,
            auth_type=str(config.get("AuthType")),
            invoke_mode=str(config.get("InvokeMode") or "BUFFERED"),
            cors=Cors.from_api(config.get("Cors")),
        )

    def deployment(self) -> Deployment | None:
        """Return what the URL invokes."""
        return self._store.deployment(self._name, self._qualifier)

    def policy(self) -> Sequence[Statement]:
        """Return the function's resource policy."""
        return self._store.policy(self._name)


class OpenDistribution:
    """One distribution's port, and the front behind it."""

    def __init__(self, target: DistributionTarget, front: DistributionFront, listener: Listener) -> None:
        self._target = target
        self._front = front
        self._listener = listener
        self.port = listener.port

    @classmethod
    async def open(cls, target: DistributionTarget) -> OpenDistribution:
        """Listen and return the distribution."""
        front = DistributionFront(target)
        return cls(target, front, await Listener.open(front.handle))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the domain names that lead to it."""
        return self._target.distribution().names

    async def close(self) -> None:
        """Stop listening and end the connections."""
        await self._listener.close()
        await self._front.close()


class LocalDataPlane:
    """What the patched control plane calls, from its own threads."""

    def __init__(self, background: BackgroundLoop, store: Store, surroundings: Surroundings, limits: Limits) -> None:
        self._background = background
        self._store = store
        self._limits = limits
        self._service = LambdaService(surroundings)
        self._urls: dict[int, Middlebox] = {}
        self._rest_apis: dict[str, Middlebox] = {}
        self._distributions: dict[str, OpenDistribution] = {}
        self.breakages = ActiveBreakages()
        self._outages = Outages()
        self._meter = UsageMeter(Throttles())

    @property
    def identities(self) -> Identities:
        """Return whose credentials are whose, and what they may do."""
        return self._store

    @property
    def roles(self) -> ExecutionRoles:
        """Return the roles that functions run as."""
        return self._store

    @property
    def outages(self) -> Outages:
        """Return which services fail, and how."""
        return self._outages

    def open_url(self, function_name: str, qualifier: str | None) -> int:
        """Listen for a Function URL and return the port."""
        target = UnlockableUrl(FunctionUrlTarget(self._store, function_name, qualifier), self.breakages)
        front = FunctionUrlFront(target, self._service, self._store, LenientVerifier(self.breakages))
        opened = self._background.call(Middlebox.open(front.handle, self.breakages), CALL_SECONDS)
        self._urls[opened.port] = opened
        return opened.port

    def close_url(self, port: int) -> None:
        """Stop listening."""
        if opened := self._urls.pop(port, None):
            self._background.call(opened.close(), CALL_SECONDS)

    def open_rest_api(self, api_id: str) -> int:
        """Listen for a REST API and return the port."""
        target = RestApiStore(self._store, api_id)
        steps = AccessSteps(target, self._store, LambdaAuthorizer(target, self._service), self._meter)
        front = RestApiFront(target, self._service, self._limits, [UnlockableSteps(steps, self.breakages)])
        opened = self._background.call(Middlebox.open(front.handle, self.breakages), CALL_SECONDS)
        self._rest_apis[api_id] = opened
        return opened.port

    def close_rest_api(self, api_id: str) -> None:
        """Stop listening for it."""
        if opened := self._rest_apis.pop(api_id, None):
            self._background.call(opened.close(), CALL_SECONDS)

    def open_distribution(self, identifier: str) -> None:
        """Listen for a CloudFront distribution."""
        target = UnlockableDistribution(DistributionStore(self._store.region, identifier), self.breakages)
        self._distributions[identifier] = self._background.call(OpenDistribution.open(target), CALL_SECONDS)

    def close_distribution(self, identifier: str) -> None:
        """Stop listening for it."""
        if opened := self._distributions.pop(identifier, None):
            self._background.call(opened.close(), CALL_SECONDS)

    def localised(self, text: str) -> str:
        """Return a text in which the URL of every REST API and distribution leads to this machine."""
        text = rest_url.localised(text, {api_id: opened.port for api_id, opened in self._rest_apis.items()})
        opened = self._distributions.values()
        return distribution_url.localised(text, {name: each.port for each in opened for name in each.names})

    def kill(self, function_name: str) -> None:
        """Kill a function's processes."""
        self._background.call(self._service.kill(function_name), CALL_SECONDS)

    def end_function(self, function_name: str) -> None:
        """End a deleted function's environments."""
        self._background.call(self._service.end_function(function_name), CALL_SECONDS)

    def deployment_of(self, function: object) -> Deployment:
        """Return moto's function as a deployment."""
        return self._store.deployment_of(function)

    def take_snapshot(self, deployment: Deployment) -> str | None:
        """Initialise a version that is published with SnapStart; return why that failed."""
        limit = max(MIN_INIT_SECONDS, deployment.timeout_seconds) + INVOKE_MARGIN_SECONDS
        failure = self._background.call(self._service.take_snapshot(deployment), limit)
        return f"{failure.error_type}: {failure.payload.decode(errors='replace')}" if failure else None

    def invoke(self, deployment: Deployment, event: bytes, function_arn: str) -> InvokeResult:
        """Invoke and wait for the result."""
        limit = 2 * deployment.timeout_seconds + INVOKE_MARGIN_SECONDS  # init and invocation each have the timeout
        return self._background.call(self._invoke(deployment, event, function_arn), limit)

    def invoke_later(self, deployment: Deployment, event: bytes, function_arn: str) -> None:
        """Invoke and forget the result."""
        asyncio.run_coroutine_threadsafe(self._invoke(deployment, event, function_arn), self._background.loop)

    def close(self) -> None:
        """Close every URL and end every environment."""
        for port in list(self._urls):
            self.close_url(port)
        for api_id in list(self._rest_apis):
            self.close_rest_api(api_id)
        for identifier in list(self._distributions):
            self.close_distribution(identifier)
        self._background.call(self._service.close(), CALL_SECONDS)

    async def _invoke(self, deployment: Deployment, event: bytes, function_arn: str) -> InvokeResult:
        try:
            invocation = await self._service.begin(deployment, event, function_arn)
        except ThrottledError:
            return InvokeResult(429, THROTTLED, error_type="TooManyRequestsException")
        return await _result(invocation)


async def _result(invocation: Invocation) -> InvokeResult:
    _, body, last = await collect(invocation.output)
    match last:
        case Tail(None):
            return InvokeResult(200, body)
        case Tail():
            return InvokeResult(200, body, function_error="Unhandled")
        case Failure(error_type, payload, int(status)):
            return InvokeResult(status, payload, error_type=error_type)
        case Failure(_, payload):
            return InvokeResult(200, payload, function_error="Unhandled")
        case _:
            error = {"errorType": last.error_type, "errorMessage": f"{invocation.request_id} {last.message}"}
            return InvokeResult(200, json.dumps(error).encode(), function_error="Unhandled")
