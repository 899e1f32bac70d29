"""Answers of API Gateway itself as HTTP responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from localaws.rest.gateway_responses import render

if TYPE_CHECKING:
    from localaws.rest.exchange import Arrival, Exchange
    from localaws.rest.refusal import Refusal


def gateway_headers(arrival: Arrival) -> dict[str, str]:
    """Return the headers of every response."""
    return {"x-amzn-RequestId": arrival.request_id, "x-amz-apigw-id": arrival.extended_request_id}


def answer(refusal: Refusal, exchange: Exchange | None, arrival: Arrival) -> web.Response:
    """Return the response to a refused request."""
    rendered = render(refusal, exchange)
    response = web.Response(status=rendered.status, body=rendered.body)
    for name, value in (*rendered.headers, *gateway_headers(arrival).items()):
        response.headers[name] = value
    return response
