"""The event of a Function URL: payload format 2.0. No I/O.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from localaws.sigv4 import Credentials, ReceivedRequest

TEXT_TYPES = re.compile(
    r"(text/.*|application/(json|javascript|xml)|application/[^;]+\+(json|xml))\s*(;.*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the connection adds to the request."""

    request_id: str
    trace_id: str
    source_ip: str
    now: datetime


def build_event(request: ReceivedRequest, arrival: Arrival, caller: Credentials | None) -> dict[str, object]:
    """Return the event; `caller` is None on a URL with authorization NONE."""
    path, _, query = request.target.partition("?")
    event: dict[str, object] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": _headers(request, arrival, caller),
        "requestContext": _context(request, path, arrival, caller),
        "isBase64Encoded": False,
    }
    if cookies := _cookies(request):
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _parameters(query)
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(request)
    return event


def _headers(request: ReceivedRequest, arrival: Arrival, caller: Credentials | None) -> dict[str, str]:
    """Names in lower case, repeated headers joined; cookies have a member of their own, a signature has none."""
    headers: dict[str, str] = {}
    left_out = {"cookie"} if caller is None else {"cookie", "authorization"}
    for name, value in request.headers:
        if name not in left_out:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers | {
        "x-amzn-trace-id": arrival.trace_id.partition(";")[0],
        "x-forwarded-for": arrival.source_ip,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def _cookies(request: ReceivedRequest) -> list[str]:
    joined = ";".join(value for name, value in request.headers if name == "cookie")
    return [cookie.strip() for cookie in joined.split(";") if cookie.strip()]


def _parameters(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        name, value = unquote_plus(name), unquote_plus(value)
        if name:
            parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _body(request: ReceivedRequest) -> tuple[str, bool]:
    """Text stays text; what is not of a text type, or not UTF-8, is encoded."""
    if TEXT_TYPES.fullmatch(request.header("content-type") or ""):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def _context(request: ReceivedRequest, path: str, arrival: Arrival, caller: Credentials | None) -> dict[str, object]:
    domain = request.header("host") or ""
    url_id = re.sub(r"\W", "-", domain)
    context: dict[str, object] = {
        "accountId": caller.arn.split(":")[4] if caller else "anonymous",
        "apiId": url_id,
        "domainName": domain,
        "domainPrefix": url_id,
        "http": {
            "method": request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": arrival.source_ip,
            "userAgent": request.header("user-agent") or "",
        },
        "requestId": arrival.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": arrival.now.astimezone(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(arrival.now.timestamp() * 1000),
    }
    if caller:
        context["authorizer"] = {"iam": _iam(caller)}
    return context


def _iam(caller: Credentials) -> dict[str, object]:
    return {
        "accessKey": caller.access_key_id,
        "accountId": caller.arn.split(":")[4],
        "callerId": caller.user_id,
        "cognitoIdentity": None,
        "principalOrgId": None,
        "userArn": caller.arn,
        "userId": caller.user_id,
    }
