"""MOCK integrations: a response made from the request by templates, as preflights are. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from localaws.rest.event import is_binary
from localaws.rest.gateway_responses import BODY_TYPE, Rendered
from localaws.rest.parameters import mapped
from localaws.rest.refusal import Refusal, ResponseType
from localaws.rest.templates import Override, TemplateError, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localaws.rest.document import Integration, IntegrationResponse
    from localaws.rest.exchange import Exchange

DEFAULT = "default"
AS_TEXT = "CONVERT_TO_TEXT"
HEADER = "method.response.header."
"""How a response of an integration names a header of the method's response."""


def mock_response(exchange: Exchange, integration: Integration) -> Rendered:
    """Return the response that the API's templates make; Refusal when they don't."""
    chosen = _chosen(integration, _status(exchange, integration))
    content_type, template = next(iter(_preferred(chosen.templates)), (BODY_TYPE, ""))
    body, override = _evaluated(template, exchange)
    status = override.status or chosen.status
    headers = {"Content-Type": content_type} | _headers(exchange, chosen, override, status)
    return Rendered(status, tuple(headers.items()), body.encode())


def _status(exchange: Exchange, integration: Integration) -> int:
    """Return the status that the request, once mapped, asks for."""
    content_type = exchange.request.header("content-type") or BODY_TYPE
    media_type = content_type.partition(";")[0].strip().lower()
    as_text = integration.content_handling == AS_TEXT
    if not as_text and is_binary(media_type, exchange.document.binary_media_types):
        raise _misconfigured("a mock can't read a binary request: set contentHandling to CONVERT_TO_TEXT")
    body = exchange.request.body.decode(errors="replace")
    template = integration.request_templates.get(media_type)
    mapped_body = body if template is None else _evaluated(template, exchange)[0]
    try:
        return int(json.loads(mapped_body)["statusCode"])
    except (ValueError, TypeError, KeyError):
        raise _misconfigured(f"the mapped request of a mock has no statusCode: {mapped_body}") from None


def _chosen(integration: Integration, status: int) -> IntegrationResponse:
    """Return the response whose pattern matches the status, else the default one."""
    by_pattern = {response.pattern: response for response in integration.responses}
    patterns = [pattern for pattern in by_pattern if pattern != DEFAULT and re.fullmatch(pattern, str(status))]
    chosen = by_pattern.get(patterns[0] if patterns else DEFAULT)
    if chosen is None:
        raise _misconfigured(f"no response of the mock is for the status {status}")
    return chosen


def _preferred(templates: Mapping[str, str]) -> list[tuple[str, str]]:
    """JSON comes first."""
    return sorted(templates.items(), key=lambda each: each[0] != BODY_TYPE)


def _evaluated(template: str, exchange: Exchange) -> tuple[str, Override]:
    try:
        return evaluate(template, exchange, exchange.request.body.decode(errors="replace"))
    except TemplateError as error:
        raise _misconfigured(f"a mapping template is wrong: {error}") from None


def _headers(exchange: Exchange, chosen: IntegrationResponse, override: Override, status: int) -> dict[str, str]:
    """Only what the method's response declares is sent, under its name there."""
    declared = exchange.route.method.response_headers.get(str(status), ())
    values = {
        name.removeprefix(HEADER).lower(): mapped(expression, exchange)
        for name, expression in chosen.parameters.items()
        if name.startswith(HEADER)
    }
    values |= {name.lower(): value for name, value in override.headers.items()}
    found = {name: values.get(name.lower()) for name in declared}
    return {name: value for name, value in found.items() if value is not None}


def _misconfigured(reason: str) -> Refusal:
    return Refusal(ResponseType.API_CONFIGURATION_ERROR, reason=reason)
