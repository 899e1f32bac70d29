"""The proxy integration of a function: invoked with the request's event, its response streamed or collected."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from localaws.authorization import AccessDeniedError
from localaws.execution.invocation import Cut, Failure
from localaws.execution.service import ThrottledError
from localaws.front.delivery import Delivery, Transfer
from localaws.front.prelude import PreludeError
from localaws.front.relay import Relay
from localaws.rest.answers import answer, gateway_headers
from localaws.rest.document import TransferMode
from localaws.rest.event import build_event, is_binary
from localaws.rest.exchange import Call
from localaws.rest.function_access import function_of
from localaws.rest.invocation_access import check_call
from localaws.rest.proxy_response import BufferedProxy, streamed_head_decoder
from localaws.rest.refusal import Refusal, ResponseType
from localaws.rest.timed_output import TIMED_OUT, Deadlines, TimedOutput

if TYPE_CHECKING:
    from aiohttp import web

    from localaws.execution.invocation import Invocation
    from localaws.execution.service import LambdaService
    from localaws.front.delivery import Fault
    from localaws.rest.document import Integration
    from localaws.rest.exchange import Exchange
    from localaws.rest.invocation_access import Functions
    from localaws.rest.limits import Limits


class LambdaProxy:
    """Answers requests with a function's response."""

    def __init__(self, functions: Functions, service: LambdaService, limits: Limits) -> None:
        self._functions = functions
        self._service = service
        self._limits = limits

    async def __call__(
        self, request: web.BaseRequest, exchange: Exchange, integration: Integration
    ) -> web.StreamResponse:
        """Return the function's response, sent already when it is streamed; Refusal when it can't be invoked."""
        invocation = await self._invoke(exchange, integration)
        call = exchange.call = Call(integration.transfer_mode, invocation.request_id, time.perf_counter(), Transfer())
        deadlines = Deadlines(
            self._limits.integration_seconds(integration), self._limits.idle_seconds(exchange.stage.endpoint_type)
        )
        relay = Relay(request, TimedOutput(invocation.output, deadlines), _delivery(exchange, call))
        streamed = integration.transfer_mode is TransferMode.STREAM
        return await (relay.stream() if streamed else relay.buffer())

    async def _invoke(self, exchange: Exchange, integration: Integration) -> Invocation:
        function = function_of(integration.uri, exchange.stage.variables)
        if function is None:
            raise _misconfigured(f"no function is named by {integration.uri}")
        deployment = self._functions.deployment(function)
        if deployment is None:
            raise _misconfigured(f"there is no function {function.arn}")
        try:
            check_call(self._functions, function, exchange.source_arn, integration.credentials)
        except AccessDeniedError as error:
            raise _misconfigured(f"Invalid permissions on Lambda function. {error}") from None
        event = json.dumps(build_event(exchange), separators=(",", ":")).encode()
        trace_id = exchange.arrival.trace_id if exchange.stage.tracing else None
        try:
            return await self._service.begin(deployment, event, function.arn, trace_id)
        except ThrottledError:
            raise _misconfigured("the function's reserved concurrency is used up") from None


def _misconfigured(reason: str) -> Refusal:
    """What is wrong with an integration is the API's fault, not the client's."""
    return Refusal(ResponseType.API_CONFIGURATION_ERROR, reason=reason)


def _delivery(exchange: Exchange, call: Call) -> Delivery:
    accepted = (exchange.request.header("accept") or "").split(",")[0].partition(";")[0].strip().lower()

    def refuse(fault: Fault) -> web.Response:
        exchange.refusal = _refusal(fault, call.transfer_mode)
        call.error = exchange.refusal.reason
        return answer(exchange.refusal, exchange, exchange.arrival)

    return Delivery(
        request_id=exchange.arrival.request_id,
        headers=gateway_headers(exchange.arrival) | {"X-Amzn-Trace-Id": exchange.arrival.trace_id},
        refuse=refuse,
        make_decoder=streamed_head_decoder,
        whole=BufferedProxy(is_binary(accepted, exchange.document.binary_media_types)),
        transfer=call.transfer,
    )


def _refusal(fault: Fault, mode: TransferMode) -> Refusal:
    """A stream without a valid head is a 500, a buffered response that is none a 502, and so is a function's error."""
    match fault:
        case PreludeError():
            status = 500 if mode is TransferMode.STREAM else None
            return Refusal(ResponseType.DEFAULT_5XX, status=status, reason=str(fault))
        case Failure(error_type, payload):
            reason = f"{error_type} {payload.decode(errors='replace')}"
        case Cut(error_type, message):
            if error_type == TIMED_OUT:
                return Refusal(ResponseType.INTEGRATION_TIMEOUT, reason=message)
            reason = f"{error_type} {message}"
        case _:
            reason = str(fault.error_type)
    return Refusal(ResponseType.DEFAULT_5XX, reason=reason)
