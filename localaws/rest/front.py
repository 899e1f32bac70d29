"""The front of one REST API: where a request goes, who may send it, and what answers."""

from __future__ import annotations

import functools
import json
import sys
import uuid
from base64 import b64encode
from datetime import UTC, datetime
from secrets import token_bytes
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from localaws.authorization import AccessDeniedError
from localaws.execution.invocation import Cut, Failure
from localaws.execution.service import ThrottledError, new_trace_id
from localaws.front.prelude import DELIMITER, PreludeDecoder, PreludeError
from localaws.front.relay import Delivery, Relay
from localaws.http_body import BodyTooLargeError, receive
from localaws.rest.document import IntegrationType, TransferMode
from localaws.rest.event import build_event
from localaws.rest.exchange import Arrival, Exchange, Location
from localaws.rest.function_access import check_invocation, function_of
from localaws.rest.gateway_responses import Refusal, ResponseType, render
from localaws.rest.routing import find_route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from localaws.execution.deployment import Deployment
    from localaws.execution.service import LambdaService
    from localaws.front.relay import Fault
    from localaws.policy import Statement
    from localaws.rest.document import Document
    from localaws.rest.function_access import FunctionTarget

    RequestStep = Callable[[Exchange], Awaitable[None]]

MAX_REQUEST_BYTES = 10 * 1024 * 1024
MAX_DELIMITER_END = 16 * 1024


class RestApiTarget(Protocol):
    """What the front asks the control plane on every request, so that changes count at once."""

    def locate(self, host: str, path: str) -> Location | None:
        """Return where in the API an undecoded path leads, None when there is no such stage."""

    def deployment(self, function: FunctionTarget) -> Deployment | None:
        """Return what a function's name stands for, None when it is gone."""

    def policy(self, function: FunctionTarget) -> Sequence[Statement]:
        """Return the statements of the function's resource policy."""


class RestApiFront:
    """Answers one API's requests.

    `steps` run in order once the route is known, before the integration is called: each may add to the exchange, or
    raise Refusal to end the request there.
    """

    def __init__(
        self,
        target: RestApiTarget,
        service: LambdaService,
        steps: Sequence[RequestStep] = (),
    ) -> None:
        self._target = target
        self._service = service
        self._steps = steps

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to one request."""
        now = datetime.now(UTC)
        arrival = Arrival(
            request_id=str(uuid.uuid4()),
            extended_request_id=b64encode(token_bytes(11)).decode(),
            trace_id=new_trace_id(now.timestamp()),
            source_ip=request.remote or "127.0.0.1",
            now=now,
        )
        location = self._target.locate(request.headers.get("Host", ""), request.raw_path.partition("?")[0])
        document = location.stage.document if location else None
        try:
            exchange = await _exchange(request, arrival, location)
            for step in self._steps:
                await step(exchange)
            return await self._integrate(request, exchange)
        except Refusal as refusal:
            sys.stderr.write(f"localaws: {arrival.request_id} {refusal.status} {refusal}\n")
            return _answer(refusal, document, arrival)

    async def _integrate(self, request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
        integration = exchange.route.method.integration
        if integration is None or integration.type is not IntegrationType.AWS_PROXY:
            reason = f"the local AWS does not run integrations of this type: {integration}"
            raise Refusal(ResponseType.API_CONFIGURATION_ERROR, reason=reason)
        function = function_of(integration.uri, exchange.stage.variables)
        if function is None:
            raise Refusal(ResponseType.API_CONFIGURATION_ERROR, reason=f"no function is named by {integration.uri}")
        deployment = self._permitted(function, exchange)
        event = json.dumps(build_event(exchange), separators=(",", ":")).encode()
        try:
            invocation = await self._service.begin(deployment, event, function.arn)
        except ThrottledError:
            reason = "the function's reserved concurrency is used up"
            raise Refusal(ResponseType.API_CONFIGURATION_ERROR, reason=reason) from None
        document, arrival = exchange.stage.document, exchange.arrival
        delivery = Delivery(
            headers=_headers(arrival) | {"X-Amzn-Trace-Id": arrival.trace_id},
            refuse=lambda fault: _answer(_refusal(fault), document, arrival),
            make_decoder=functools.partial(PreludeDecoder, MAX_DELIMITER_END - len(DELIMITER)),
        )
        relay = Relay(request, invocation, delivery)
        streamed = integration.transfer_mode is TransferMode.STREAM
        return await (relay.stream() if streamed else relay.buffer())

    def _permitted(self, function: FunctionTarget, exchange: Exchange) -> Deployment:
        """Return the function that may be invoked; a missing permission is the API's fault, not the client's."""
        deployment = self._target.deployment(function)
        if deployment is None:
            raise Refusal(ResponseType.API_CONFIGURATION_ERROR, reason=f"there is no function {function.arn}")
        try:
            check_invocation(function.arn, exchange.source_arn, self._target.policy(function))
        except AccessDeniedError as error:
            reason = f"Invalid permissions on Lambda function. {error}"
            raise Refusal(ResponseType.API_CONFIGURATION_ERROR, reason=reason) from None
        return deployment


async def _exchange(request: web.BaseRequest, arrival: Arrival, location: Location | None) -> Exchange:
    """Return the request with its route; Refusal when it is too large or leads nowhere."""
    if location is None:
        raise Refusal(ResponseType.INVALID_API_KEY, reason=f"no stage answers {request.path}")
    try:
        received = await receive(request, MAX_REQUEST_BYTES)
    except BodyTooLargeError:
        raise Refusal(ResponseType.REQUEST_TOO_LARGE) from None
    route = find_route(location.stage.document, received.method, location.path)
    if route is None:
        reason = f"no resource and method answer {received.method} {location.path}"
        raise Refusal(ResponseType.MISSING_AUTHENTICATION_TOKEN, reason=reason)
    return Exchange(received, tuple(request.headers.items()), arrival, location, route)


def _refusal(fault: Fault) -> Refusal:
    """An output that has no valid head is a 500, a function that failed before it a 502."""
    match fault:
        case PreludeError():
            return Refusal(ResponseType.DEFAULT_5XX, status=500, reason=str(fault))
        case Failure(error_type, payload):
            reason = f"{error_type} {payload.decode(errors='replace')}"
        case Cut(error_type, message):
            reason = f"{error_type} {message}"
        case _:
            reason = str(fault.error_type)
    return Refusal(ResponseType.DEFAULT_5XX, reason=reason)


def _answer(refusal: Refusal, document: Document | None, arrival: Arrival) -> web.Response:
    rendered = render(refusal, document)
    response = web.Response(status=rendered.status, body=rendered.body)
    for name, value in (*rendered.headers, *_headers(arrival).items()):
        response.headers[name] = value
    return response


def _headers(arrival: Arrival) -> dict[str, str]:
    return {"x-amzn-RequestId": arrival.request_id, "x-amz-apigw-id": arrival.extended_request_id}
