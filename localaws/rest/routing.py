"""Which resource and method answer a request. No I/O.

Of the paths that match, the one that is more exact in the first part in which they differ is taken: a word before a
variable before a greedy variable. The method is looked for in that resource alone, its own before ANY.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from localaws.rest.document import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localaws.rest.document import Document, Method, Resource

EXACT, VARIABLE, GREEDY = range(3)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes; the path's parameters are decoded."""

    resource: Resource
    method: Method
    parameters: Mapping[str, str]


def find_route(document: Document, http_method: str, path: str) -> Route | None:
    """Return the route of a request by its undecoded path, without stage; None when there is none."""
    parts = _parts(path)
    found = [
        (_ranks(template), resource, template)
        for resource in document.resources
        if resource.methods and _matches(template := _parts(resource.path), parts)
    ]
    if not found:
        return None
    _, resource, template = min(found, key=lambda each: each[0])
    method = resource.methods.get(http_method) or resource.methods.get(ANY)
    return Route(resource, method, _parameters(template, parts)) if method else None


def _parts(path: str) -> list[str]:
    """Empty parts, as a slash at the end makes one, don't count."""
    return [part for part in path.split("/") if part]


def _rank(part: str) -> int:
    if part.endswith("+}"):
        return GREEDY
    return VARIABLE if part.startswith("{") else EXACT


def _ranks(template: Sequence[str]) -> tuple[int, ...]:
    return tuple(map(_rank, template))


def _matches(template: Sequence[str], parts: Sequence[str]) -> bool:
    if template and _rank(template[-1]) == GREEDY:
        return len(parts) >= len(template) and _matches(template[:-1], parts[: len(template) - 1])
    same = len(template) == len(parts)
    return same and all(
        _rank(wanted) == VARIABLE or wanted == unquote(part) for wanted, part in zip(template, parts, strict=True)
    )


def _parameters(template: Sequence[str], parts: Sequence[str]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for index, wanted in enumerate(template):
        rank = _rank(wanted)
        if rank == VARIABLE:
            parameters[wanted[1:-1]] = unquote(parts[index])
        elif rank == GREEDY:
            parameters[wanted[1:-2]] = unquote("/".join(parts[index:]))
    return parameters
