"""The answers that API Gateway gives itself: one per cause, with its defaults and an API's own changes. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localaws.rest.context import context_variables
from localaws.rest.parameters import mapped
from localaws.rest.refusal import ResponseType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from localaws.rest.document import GatewayResponse
    from localaws.rest.exchange import Exchange
    from localaws.rest.refusal import Refusal

BODY_TYPE = "application/json"
UPPER_CASE = {ResponseType.ACCESS_DENIED, ResponseType.EXPIRED_TOKEN}
"""Those whose default body says `Message`, as IAM's refusals do."""
HEADER = "gatewayresponse.header."
VARIABLE = re.compile(r"\$(context|stageVariables)\.([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)")
FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Rendered:
    """A response of API Gateway's own, ready to be sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def render(refusal: Refusal, exchange: Exchange | None) -> Rendered:
    """Return the answer to a refused request; `exchange` is None when it is not known which API is meant."""
    error = ("x-amzn-ErrorType", refusal.error_type)
    custom = _custom(refusal, exchange)
    if exchange is None or custom is None:
        return Rendered(refusal.status, (("Content-Type", BODY_TYPE), error), _default_body(refusal))
    content_type, body = _body(refusal, custom, exchange)
    headers = _merged((("Content-Type", content_type), error), _own_headers(custom, exchange))
    return Rendered(custom.status or refusal.status, headers, body)


def _custom(refusal: Refusal, exchange: Exchange | None) -> GatewayResponse | None:
    """Return what the API says about this kind, or about all of its class."""
    known = exchange.document.gateway_responses if exchange else {}
    of_class = ResponseType.DEFAULT_5XX if refusal.status >= FIRST_SERVER_ERROR else ResponseType.DEFAULT_4XX
    return known.get(refusal.kind) or known.get(of_class)


def _default_body(refusal: Refusal) -> bytes:
    name = "Message" if refusal.kind in UPPER_CASE else "message"
    return json.dumps({name: refusal.message}, separators=(",", ":")).encode()


def _body(refusal: Refusal, custom: GatewayResponse, exchange: Exchange) -> tuple[str, bytes]:
    """The template is that for what the client accepts, else the one for JSON; variables are put in, no more."""
    accepted = (exchange.request.header("accept") or "").split(",")[0].partition(";")[0].strip().lower()
    content_type = accepted if accepted in custom.templates else BODY_TYPE
    template = custom.templates.get(content_type)
    if template is None:
        return BODY_TYPE, _default_body(refusal)
    values = {
        "context": {"error.messageString": "null"} | context_variables(exchange),
        "stageVariables": dict(exchange.stage.variables),
    }
    return content_type, VARIABLE.sub(lambda found: values[found[1]].get(found[2], ""), template).encode()


def _own_headers(custom: GatewayResponse, exchange: Exchange) -> Iterable[tuple[str, str]]:
    """A value that isn't there leaves its header out."""
    for name, expression in custom.parameters.items():
        value = mapped(expression, exchange)
        if name.startswith(HEADER) and value is not None:
            yield name.removeprefix(HEADER), value


def _merged(first: Iterable[tuple[str, str]], second: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return headers in which the second ones replace the first, whatever the case of their names."""
    merged = {name.lower(): (name, value) for name, value in (*first, *second)}
    return tuple(merged.values())
