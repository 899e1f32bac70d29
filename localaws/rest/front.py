"""The front of one REST API: where a request goes, who may send it, what answers, and what is logged of it."""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from base64 import b64encode
from datetime import UTC, datetime
from secrets import token_bytes
from typing import TYPE_CHECKING, Protocol

from localaws.execution.service import new_trace_id
from localaws.http_body import BodyTooLargeError, receive
from localaws.rest.access_log import access_log_line
from localaws.rest.answers import answer, answer_mock
from localaws.rest.context import context_variables
from localaws.rest.document import IntegrationType
from localaws.rest.exchange import Arrival, Exchange
from localaws.rest.invocation_access import Functions
from localaws.rest.lambda_proxy import LambdaProxy
from localaws.rest.refusal import Refusal, ResponseType
from localaws.rest.routing import find_route
from localaws.sigv4 import ReceivedRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiohttp import web

    from localaws.execution.service import LambdaService
    from localaws.rest.document import Integration
    from localaws.rest.exchange import Location, Stage
    from localaws.rest.limits import Limits

    RequestStep = Callable[[Exchange], Awaitable[None]]
    Runner = Callable[[web.BaseRequest, Exchange, Integration], Awaitable[web.StreamResponse]]

MAX_REQUEST_BYTES = 10 * 1024 * 1024


class RestApiTarget(Functions, Protocol):
    """What the front asks the control plane on every request, so that changes count at once."""

    def locate(self, host: str, path: str) -> Location | None:
        """Return where in an API an undecoded path leads, None when there is no such stage."""

    def log_access(self, stage: Stage, line: str) -> None:
        """Append a line to the stage's access log."""


class RestApiFront:
    """Answers one API's requests.

    `steps` run in order once the route is known, before the integration is called: each may add to the exchange, or
    raise Refusal to end the request there.
    """

    def __init__(
        self, target: RestApiTarget, service: LambdaService, limits: Limits, steps: Sequence[RequestStep] = ()
    ) -> None:
        self._target = target
        self._steps = steps
        self._runners: dict[IntegrationType, Runner] = {
            IntegrationType.AWS_PROXY: LambdaProxy(target, service, limits),
            IntegrationType.MOCK: answer_mock,
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to one request."""
        location = self._target.locate(request.headers.get("Host", ""), request.raw_path.partition("?")[0])
        arrival = _arrival(request, location)
        if location is None:
            sys.stderr.write(f"localaws: 403 {request.method} {request.path}: no stage answers\n")
            return answer(Refusal(ResponseType.INVALID_API_KEY), None, arrival)
        headers = tuple(request.headers.items())
        lower = [(name.lower(), value) for name, value in headers]
        head = ReceivedRequest(request.method, request.raw_path, lower, b"")
        exchange = Exchange(head, headers, arrival, location)
        response = await self._answer(request, exchange)
        if log := exchange.stage.access_log:
            line = access_log_line(log.format, context_variables(exchange) | _outcome(exchange, response))
            await asyncio.to_thread(self._target.log_access, exchange.stage, line)
        return response

    async def _answer(self, request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
        try:
            await _receive(request, exchange)
            for step in self._steps:
                await step(exchange)
            return await self._integrate(request, exchange)
        except Refusal as refusal:
            sys.stderr.write(f"localaws: {exchange.arrival.request_id} {refusal.status} {refusal}\n")
            exchange.refusal = refusal
            return answer(refusal, exchange, exchange.arrival)

    async def _integrate(self, request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
        integration = exchange.route.method.integration
        runner = self._runners.get(integration.type) if integration else None
        if integration is None or runner is None:
            reason = f"the local AWS runs no integration of the type {integration.type if integration else None}"
            raise Refusal(ResponseType.API_CONFIGURATION_ERROR, reason=reason)
        return await runner(request, exchange, integration)


def _arrival(request: web.BaseRequest, location: Location | None) -> Arrival:
    """A trace that the client has begun goes on; a stage that traces samples its own."""
    now, tracing = datetime.now(UTC), bool(location and location.stage.tracing)
    return Arrival(
        request_id=str(uuid.uuid4()),
        extended_request_id=b64encode(token_bytes(11)).decode(),
        trace_id=request.headers.get("X-Amzn-Trace-Id") or new_trace_id(now.timestamp(), sampled=tracing),
        source_ip=request.remote or "127.0.0.1",
        now=now,
        started=time.perf_counter(),
    )


async def _receive(request: web.BaseRequest, exchange: Exchange) -> None:
    """Complete the exchange with body and route; Refusal when it is too large or leads nowhere."""
    try:
        exchange.request = await receive(request, MAX_REQUEST_BYTES)
    except BodyTooLargeError:
        raise Refusal(ResponseType.REQUEST_TOO_LARGE) from None
    exchange.matched = find_route(exchange.document, exchange.request.method, exchange.location.path)
    if exchange.matched is None:
        reason = f"no resource and method answer {exchange.request.method} {exchange.location.path}"
        raise Refusal(ResponseType.MISSING_AUTHENTICATION_TOKEN, reason=reason)


def _outcome(exchange: Exchange, response: web.StreamResponse) -> dict[str, str]:
    """Return the variables of the response, once it has ended."""
    transferred = exchange.call.transfer.body_bytes if exchange.call and not exchange.refusal else None
    body = getattr(response, "body", None)
    return {
        "status": str(response.status),
        "responseLength": str(len(body or b"") if transferred is None else transferred),
        "responseLatency": str(round((time.perf_counter() - exchange.arrival.started) * 1000)),
    }
