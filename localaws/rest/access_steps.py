"""What a request must pass before its integration: endpoint, policy, authorizer, API key, throttle, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from localaws.rest.document import AuthorizationType
from localaws.rest.event import ENDPOINT_HEADER
from localaws.rest.method_access import (
    PRIVATE,
    authenticate,
    check_endpoint,
    check_granted,
    check_not_denied,
    check_resource_policy,
    check_signed,
    signed_identity,
)
from localaws.rest.parameters import mapped
from localaws.rest.throttling import method_limit
from localaws.rest.user_pool import TokenRules, check_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localaws.authorization import Identities
    from localaws.rest.document import Authorizer
    from localaws.rest.exchange import Exchange, Stage, VpcEndpoint
    from localaws.rest.lambda_authorizer import LambdaAuthorizer
    from localaws.rest.usage_plan import ApiKey, UsageMeter, UsagePlan
    from localaws.rest.user_pool import UserPool

KEY_HEADER = "x-api-key"
FROM_AUTHORIZER = "AUTHORIZER"


class AccessTarget(Protocol):
    """What the control plane knows of callers, asked on every request."""

    def vpc_endpoint(self, endpoint_id: str) -> VpcEndpoint:
        """Return an endpoint, without its VPC when there is no such."""

    def user_pools(self, arns: Sequence[str]) -> Sequence[UserPool]:
        """Return those of the pools that exist."""

    def api_key(self, value: str) -> ApiKey | None:
        """Return the API key of this value, None when there is none."""

    def usage_plan(self, key: ApiKey, stage: Stage) -> UsagePlan | None:
        """Return the plan that has both the key and the stage, None when there is none."""


class AccessSteps:
    """Everything between a route and its integration; a step of the front."""

    def __init__(
        self, target: AccessTarget, identities: Identities, authorizer: LambdaAuthorizer, meter: UsageMeter
    ) -> None:
        self._target = target
        self._identities = identities
        self._authorizer = authorizer
        self._meter = meter

    async def __call__(self, exchange: Exchange) -> None:
        """Add to the exchange what is known of the caller; Refusal when it may not call."""
        self._locate_caller(exchange)
        check_endpoint(exchange)
        usage_key = await self._authorize(exchange)
        if exchange.route.method.authorization.api_key_required:
            self._use_key(exchange, usage_key)
        if limit := method_limit(exchange.stage, exchange.route, exchange.request.method):
            stage, route = exchange.stage, exchange.route
            name = (stage.api_id, stage.name, route.resource.path, route.method.name)
            self._meter.throttles.take(name, limit, exchange.arrival.now.timestamp())

    def _locate_caller(self, exchange: Exchange) -> None:
        """The endpoint's DNS name, which a request to a private API is sent to, is a header here."""
        endpoint_id = exchange.request.header(ENDPOINT_HEADER)
        if endpoint_id and exchange.stage.endpoint_type == PRIVATE:
            exchange.vpc_endpoint = self._target.vpc_endpoint(endpoint_id)
            exchange.identity["vpceId"] = endpoint_id
            if vpc_id := exchange.vpc_endpoint.vpc_id:
                exchange.identity["vpcId"] = vpc_id

    async def _authorize(self, exchange: Exchange) -> str | None:
        """Return the API key that an authorizer has named."""
        authorizer = exchange.method_authorizer
        if authorizer is None:
            self._authorize_by_policies(exchange)
        elif exchange.route.method.authorization.type is AuthorizationType.COGNITO_USER_POOLS:
            self._authorize_by_token(exchange, authorizer)
        else:
            return await self._authorize_by_function(exchange, authorizer)
        return None

    def _authorize_by_policies(self, exchange: Exchange) -> None:
        if exchange.route.method.authorization.type is AuthorizationType.NONE:
            check_resource_policy(exchange)
            return
        caller = authenticate(exchange, self._identities.credentials)
        exchange.identity |= signed_identity(caller)
        check_signed(exchange, caller, self._identities.policies(caller))

    def _authorize_by_token(self, exchange: Exchange, authorizer: Authorizer) -> None:
        rules = TokenRules.of(authorizer, exchange.route.method.authorization.scopes)
        pools = self._target.user_pools(authorizer.provider_arns)
        token = mapped(authorizer.identity_sources[0], exchange)
        exchange.authorizer["claims"] = check_token(token, pools, rules, exchange.arrival.now)
        check_resource_policy(exchange)

    async def _authorize_by_function(self, exchange: Exchange, authorizer: Authorizer) -> str | None:
        check_not_denied(exchange)
        decision, latency_ms = await self._authorizer.decide(authorizer, exchange)
        own = {"principalId": decision.principal_id, "integrationLatency": latency_ms}
        exchange.authorizer |= {**decision.context, **own}
        check_granted(exchange, decision.statements)
        return decision.usage_key

    def _use_key(self, exchange: Exchange, usage_key: str | None) -> None:
        from_authorizer = exchange.document.api_key_source == FROM_AUTHORIZER
        value = usage_key if from_authorizer else exchange.request.header(KEY_HEADER)
        key = self._target.api_key(value) if value else None
        plan = self._target.usage_plan(key, exchange.stage) if key else None
        if key:
            exchange.identity |= {"apiKey": key.value, "apiKeyId": key.id}
        self._meter.use(key, plan, exchange.arrival.now)
