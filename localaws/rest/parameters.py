"""Values that an API's settings take from a request: what mapping expressions name. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-data-mapping.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from localaws.rest.context import context_variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.rest.exchange import Exchange

STATIC = re.compile(r"'(.*)'", re.DOTALL)
EXPRESSION = re.compile(r"(method\.request\.(?:header|querystring|path)|stageVariables|context)\.(.+)")


def mapped(expression: str, exchange: Exchange) -> str | None:
    """Return what an expression such as `method.request.header.Origin` or `'static'` stands for, None for nothing."""
    if static := STATIC.fullmatch(expression):
        return static[1]
    found = EXPRESSION.fullmatch(expression)
    return SOURCES[found[1]](exchange, found[2]) if found else None


def query_parameter(exchange: Exchange, name: str) -> str | None:
    """Return the last value of a parameter of the query, decoded; None when it is absent."""
    pairs = (pair.partition("=") for pair in exchange.query.split("&"))
    values = [unquote_plus(value) for known, _, value in pairs if unquote_plus(known) == name]
    return values[-1] if values else None


def path_parameter(exchange: Exchange, name: str) -> str | None:
    """Return a parameter of the path, decoded; None when there is none, or no route yet."""
    return exchange.matched.parameters.get(name) if exchange.matched else None


def _header(exchange: Exchange, name: str) -> str | None:
    return exchange.request.header(name.lower())


def _stage_variable(exchange: Exchange, name: str) -> str | None:
    return exchange.stage.variables.get(name)


def _context(exchange: Exchange, name: str) -> str | None:
    return context_variables(exchange).get(name)


SOURCES: dict[str, Callable[[Exchange, str], str | None]] = {
    "method.request.header": _header,
    "method.request.querystring": query_parameter,
    "method.request.path": path_parameter,
    "stageVariables": _stage_variable,
    "context": _context,
}
