"""The function that decides who may call a method: asked once, and its decision kept for a while."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from localaws.authorization import AccessDeniedError
from localaws.execution.invocation import Failure, Tail
from localaws.execution.service import ThrottledError
from localaws.front.relay import collect
from localaws.rest.function_access import function_of
from localaws.rest.invocation_access import check_call
from localaws.rest.lambda_decision import (
    Decision,
    Decisions,
    authorizer_event,
    identity_values,
    misconfigured,
    parse_decision,
    parse_failure,
)

if TYPE_CHECKING:
    from localaws.execution.invocation import Invocation
    from localaws.execution.service import LambdaService
    from localaws.rest.document import Authorizer
    from localaws.rest.exchange import Exchange
    from localaws.rest.invocation_access import Functions


class LambdaAuthorizer:
    """Asks functions."""

    def __init__(self, functions: Functions, service: LambdaService) -> None:
        self._functions = functions
        self._service = service
        self._decisions = Decisions()

    async def decide(self, authorizer: Authorizer, exchange: Exchange) -> tuple[Decision, int]:
        """Return the decision and how many milliseconds it took, 0 for one that was kept; Refusal without one."""
        identity = identity_values(authorizer, exchange)
        key = (exchange.stage.api_id, exchange.stage.name, authorizer, identity)
        now = exchange.arrival.now
        if kept := self._decisions.find(key, now):
            return kept, 0
        started = time.perf_counter()
        decision = await self._ask(authorizer, exchange, identity)
        if authorizer.ttl_seconds:
            self._decisions.keep(key, decision, authorizer.ttl_seconds, now)
        return decision, round((time.perf_counter() - started) * 1000)

    async def _ask(self, authorizer: Authorizer, exchange: Exchange, identity: tuple[str, ...]) -> Decision:
        invocation = await self._invoke(authorizer, exchange, identity)
        _, body, last = await collect(invocation.output)
        match last:
            case Tail(None):
                return parse_decision(body)
            case Tail():
                raise parse_failure(body)
            case Failure(_, payload):
                raise parse_failure(payload)
        raise parse_failure(last.message.encode())

    async def _invoke(self, authorizer: Authorizer, exchange: Exchange, identity: tuple[str, ...]) -> Invocation:
        function = function_of(authorizer.uri, exchange.stage.variables)
        deployment = self._functions.deployment(function) if function else None
        if function is None or deployment is None:
            raise misconfigured(f"there is no function {authorizer.uri}")
        source = exchange.stage.arn(f"authorizers/{exchange.stage.authorizer_ids[authorizer.name]}")
        try:
            check_call(self._functions, function, source, authorizer.credentials)
        except AccessDeniedError as error:
            raise misconfigured(f"Invalid permissions on Lambda function. {error}") from None
        event = json.dumps(authorizer_event(authorizer, exchange, identity), separators=(",", ":")).encode()
        try:
            return await self._service.begin(deployment, event, function.arn)
        except ThrottledError:
            raise misconfigured("the function's reserved concurrency is used up") from None
