"""A viewer's request as a CloudFront Function gets it, and what the function makes of it. No I/O.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html and
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from localaws.cdn.distribution import Distribution

    Header = tuple[str, str]
    Value = Mapping[str, object]

NOT_EXPOSED = {"connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"}
NOT_EXPOSED |= {"trailer", "upgrade", "x-cache", "x-forwarded-proto", "x-real-ip"}
NOT_EXPOSED_PREFIXES = ("x-accel-", "x-amz-cf-", "x-amzn-", "x-edge-")
READ_ONLY = {"cdn-loop", "content-length", "host", "transfer-encoding", "via"}


class FunctionValidationError(Exception):
    """A function returned what CloudFront doesn't take; the text says what."""


@dataclass(frozen=True, slots=True)
class ViewerRequest:
    """Head of a request: `target` undecoded, headers in order."""

    method: str
    target: str
    headers: Sequence[Header]


@dataclass(frozen=True, slots=True)
class ViewerResponse:
    """An answer that a function gives itself."""

    status: int
    headers: Sequence[Header]
    body: str


def viewer_event(
    request: ViewerRequest, distribution: Distribution, request_id: str, address: str
) -> dict[str, object]:
    """Return the event for a function at `viewer-request`."""
    path, _, query = request.target.partition("?")
    exposed = [(name.lower(), value) for name, value in request.headers if _is_exposed(name)]
    return {
        "version": "1.0",
        "context": {
            "distributionDomainName": distribution.names[0],
            "distributionId": distribution.identifier,
            "eventType": "viewer-request",
            "requestId": request_id,
        },
        "viewer": {"ip": address},
        "request": {
            "method": request.method,
            "uri": path,
            "querystring": _values(pair.partition("=")[::2] for pair in query.split("&") if pair),
            "headers": _values(pair for pair in exposed if pair[0] != "cookie"),
            "cookies": _values(_cookies(value for name, value in exposed if name == "cookie")),
        },
    }


def outcome(request: ViewerRequest, sent: Mapping[str, object], returned: object) -> ViewerRequest | ViewerResponse:
    """Return the request that goes on, or the function's own answer; `sent` is the event's request.

    Raises FunctionValidationError.
    """
    if not isinstance(returned, Mapping):
        raise FunctionValidationError("it is no object: return the request or a response")
    if "statusCode" in returned:
        return _response(returned)
    if returned.get("method") != request.method:
        raise FunctionValidationError("the method can't be changed")
    uri = returned.get("uri")
    if not isinstance(uri, str) or not uri.startswith("/"):
        raise FunctionValidationError(f"the uri is {uri!r}: it begins with a slash")
    query = request.target.partition("?")[2]
    if _part(returned, "querystring") != sent["querystring"]:
        query = "&".join(f"{name}={value}" if value else name for name, value in _pairs(_part(returned, "querystring")))
    return ViewerRequest(request.method, f"{uri}?{query}" if query else uri, _headers(request, sent, returned))


def _headers(request: ViewerRequest, sent: Mapping[str, object], returned: Mapping[str, object]) -> list[Header]:
    """Keep what the function doesn't see, and take the rest as it is returned."""
    before, after = _part(sent, "headers"), _part(returned, "headers")
    for name in after:
        if not _is_exposed(name) or name != name.lower():
            raise FunctionValidationError(f"the header {name!r} can't be set")
    for name in READ_ONLY:
        if before.get(name) != after.get(name):
            raise FunctionValidationError(f"the header {name!r} can only be read")
    hidden = [(name, value) for name, value in request.headers if not _is_exposed(name)]
    return [*hidden, *_pairs(after), *_cookie_headers(request, sent, returned)]


def _cookie_headers(
    request: ViewerRequest, sent: Mapping[str, object], returned: Mapping[str, object]
) -> Sequence[Header]:
    """Return the viewer's own, unless the function has changed a cookie."""
    cookies = _part(returned, "cookies")
    if cookies == sent["cookies"]:
        return [(name, value) for name, value in request.headers if name.lower() == "cookie"]
    joined = "; ".join(f"{name}={value}" for name, value in _pairs(cookies))
    return [("cookie", joined)] if joined else []


def _response(returned: Mapping[str, object]) -> ViewerResponse:
    status, body = returned["statusCode"], returned.get("body") or ""
    if not isinstance(status, int):
        raise FunctionValidationError(f"the statusCode is {status!r}: it is a number")
    headers = list(_pairs(_part(returned, "headers")))
    cookies = [("set-cookie", f"{name}={value}") for name, value in _pairs(_part(returned, "cookies"))]
    text = body.get("data", "") if isinstance(body, Mapping) else body
    return ViewerResponse(status, [*headers, *cookies], str(text))


def _part(owner: Mapping[str, object], name: str) -> dict[str, Value]:
    part = owner.get(name) or {}
    if not isinstance(part, Mapping) or not all(isinstance(value, Mapping) for value in part.values()):
        raise FunctionValidationError(f"{name} is no object whose values are objects with a value")
    return dict(part)


def _pairs(values: Mapping[str, Value]) -> Iterable[Header]:
    """Yield names and values; one of many has its own entry."""
    for name, value in values.items():
        for each in _all_of(value):
            if "value" not in each:
                raise FunctionValidationError(f"{name!r} has no value")
            yield name, str(each["value"])


def _all_of(value: Value) -> Sequence[Value]:
    many = value.get("multiValue")
    return [each for each in many if isinstance(each, Mapping)] if isinstance(many, list) else [value]


def _values(pairs: Iterable[Sequence[str]]) -> dict[str, dict[str, object]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {
        name: {"value": each[0]} | ({"multiValue": [{"value": one} for one in each]} if len(each) > 1 else {})
        for name, each in values.items()
    }


def _cookies(headers: Iterable[str]) -> Iterable[Sequence[str]]:
    for header in headers:
        for cookie in header.split(";"):
            name, _, value = cookie.strip().partition("=")
            if name:
                yield name, value


def _is_exposed(name: str) -> bool:
    return name.lower() not in NOT_EXPOSED and not name.lower().startswith(NOT_EXPOSED_PREFIXES)
