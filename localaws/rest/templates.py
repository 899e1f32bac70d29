"""Mapping templates, in Velocity. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import airspeed

from localaws.rest.context import request_context
from localaws.rest.parameters import path_parameter, query_parameter

if TYPE_CHECKING:
    from localaws.rest.exchange import Exchange


class TemplateError(Exception):
    """A template can't be understood; the text says where."""


@dataclass(frozen=True, slots=True)
class Override:
    """What a template has set of the response."""

    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None


class _Input:
    """`$input`."""

    def __init__(self, exchange: Exchange, body: str) -> None:
        self._exchange = exchange
        self.body = body

    def params(self, name: str) -> str:
        """Return a parameter of the path, the query or the headers, in this order; as it is spelt, or nothing."""
        found = (path_parameter(self._exchange, name), query_parameter(self._exchange, name), self._header(name))
        return next((value for value in found if value is not None), "")

    def _header(self, name: str) -> str | None:
        values = [value for known, value in self._exchange.headers if known == name]
        return values[-1] if values else None


def evaluate(template: str, exchange: Exchange, body: str) -> tuple[str, Override]:
    """Return what a template makes of a request, and what it overrides; TemplateError when it is none."""
    override: dict[str, object] = {"header": {}}
    context = request_context(exchange) | {"responseOverride": override}
    names = {
        "input": _Input(exchange, body),
        "context": context,
        "stageVariables": dict(exchange.stage.variables),
    }
    try:
        text = airspeed.Template(template).merge(names)
    except airspeed.TemplateError as error:
        raise TemplateError(str(error)) from error
    headers = override["header"] if isinstance(override["header"], dict) else {}
    status = str(override.get("status", ""))
    set_headers = {str(name): str(value) for name, value in headers.items() if value is not None}
    return text, Override(set_headers, int(status) if status.isdecimal() else None)
