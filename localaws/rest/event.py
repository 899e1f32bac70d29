"""The event of a proxy integration: payload format 1.0. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
#api-gateway-simple-proxy-for-lambda-input-format
"""

from __future__ import annotations

import base64
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from localaws.rest.context import request_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from localaws.rest.exchange import Exchange, Location

HOP_BY_HOP = {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
"""Headers of one connection, which API Gateway doesn't pass on."""
ENDPOINT_HEADER = "x-localaws-vpc-endpoint"
"""Stands for the name under which a VPC endpoint is called, and exists on this machine only."""


def build_event(exchange: Exchange) -> dict[str, object]:
    """Return the event of a request."""
    headers = _gathered(_headers(exchange))
    query = _gathered(_query(exchange.query))
    body, encoded = _body(exchange)
    return {
        "resource": exchange.route.resource.path,
        "path": _path(exchange.location),
        "httpMethod": exchange.request.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(exchange.route.parameters) or None,
        "stageVariables": dict(exchange.stage.variables) or None,
        "requestContext": request_context(exchange),
        "body": body,
        "isBase64Encoded": encoded,
    }


def _path(location: Location) -> str:
    """The stage is no part of the path, the base path of a custom domain is."""
    return location.base + location.path if location.is_custom else location.path


def _headers(exchange: Exchange) -> Iterable[tuple[str, str]]:
    """Those of the client, names as they were sent, and those that API Gateway adds."""
    added = {
        "X-Amzn-Trace-Id": exchange.arrival.trace_id.partition(";")[0],
        "X-Forwarded-For": ", ".join(
            filter(None, (exchange.request.header("x-forwarded-for"), exchange.arrival.source_ip))
        ),
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    own = HOP_BY_HOP | {ENDPOINT_HEADER} | {name.lower() for name in added}
    yield from ((name, value) for name, value in exchange.headers if name.lower() not in own)
    yield from added.items()


def _query(query: str) -> Iterable[tuple[str, str]]:
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name:
            yield unquote_plus(name), unquote_plus(value)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def _last(gathered: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in gathered.items()}


def _body(exchange: Exchange) -> tuple[str | None, bool]:
    """A body is text, unless its content type is one of the API's binary media types."""
    body = exchange.request.body
    if not body:
        return None, False
    media_type = (exchange.request.header("content-type") or "application/json").partition(";")[0].strip().lower()
    if is_binary(media_type, exchange.document.binary_media_types):
        return base64.b64encode(body).decode(), True
    return body.decode(errors="replace"), False


def is_binary(media_type: str, binary: Sequence[str]) -> bool:
    """Tell whether a media type, in lower case and without parameters, is one of an API's binary ones."""
    return any(fnmatchcase(media_type, pattern.lower()) for pattern in binary)
