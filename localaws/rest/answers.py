"""Answers of API Gateway itself as HTTP responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from localaws.rest.gateway_responses import Rendered, render
from localaws.rest.mock import mock_response

if TYPE_CHECKING:
    from localaws.rest.document import Integration
    from localaws.rest.exchange import Arrival, Exchange
    from localaws.rest.refusal import Refusal


def gateway_headers(arrival: Arrival) -> dict[str, str]:
    """Return the headers of every response."""
    return {"x-amzn-RequestId": arrival.request_id, "x-amz-apigw-id": arrival.extended_request_id}


def answer(refusal: Refusal, exchange: Exchange | None, arrival: Arrival) -> web.Response:
    """Return the response to a refused request."""
    return _response(render(refusal, exchange), arrival)


async def answer_mock(request: web.BaseRequest, exchange: Exchange, integration: Integration) -> web.StreamResponse:
    """Return the response of a MOCK integration; Refusal when the API's templates don't make one."""
    del request  # its content is in the exchange
    return _response(mock_response(exchange, integration), exchange.arrival)


def _response(rendered: Rendered, arrival: Arrival) -> web.Response:
    response = web.Response(status=rendered.status, body=rendered.body)
    for name, value in (*rendered.headers, *gateway_headers(arrival).items()):
        response.headers[name] = value
    return response
