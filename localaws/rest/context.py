"""What API Gateway knows about a request besides its content: the event's context, and the variables. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

from localaws.identity import ACCOUNT_ID
from localaws.rest.document import TransferMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from localaws.rest.exchange import Call, Exchange

IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)
"""Members of an identity that are there without an authorizer too, as null."""

MODES = {TransferMode.BUFFERED: "BUFFERED", TransferMode.STREAM: "STREAMED"}
"""What the log calls what the document calls by another name."""


def request_context(exchange: Exchange) -> dict[str, object]:
    """Return the event's `requestContext`; without a route it has no resource."""
    stage, arrival, location = exchange.stage, exchange.arrival, exchange.location
    context: dict[str, object] = {
        "accountId": ACCOUNT_ID,
        "apiId": stage.api_id,
        "deploymentId": stage.deployment_id,
        "domainName": location.domain,
        "domainPrefix": location.domain.partition(".")[0],
        "extendedRequestId": arrival.extended_request_id,
        "httpMethod": exchange.request.method,
        "identity": _identity(exchange),
        "path": location.base + location.path,
        "protocol": "HTTP/1.1",
        "requestId": arrival.request_id,
        "requestTime": arrival.now.astimezone(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(arrival.now.timestamp() * 1000),
        "stage": stage.name,
    }
    if exchange.matched:
        path = exchange.matched.resource.path
        context |= {"resourceId": stage.resource_ids[path], "resourcePath": path}
    if exchange.authorizer:
        context["authorizer"] = dict(exchange.authorizer)
    return context


def context_variables(exchange: Exchange) -> dict[str, str]:
    """Return the `$context` variables by their names without `$context.`; those without a value are missing."""
    variables = dict(_flat("", request_context(exchange)))
    if refusal := exchange.refusal:
        variables["error.responseType"] = str(refusal.kind)
        if refusal.message is not None:
            variables["error.message"] = refusal.message
            variables["error.messageString"] = json.dumps(refusal.message, ensure_ascii=False)
    if exchange.stage.tracing:
        variables["xrayTraceId"] = exchange.arrival.trace_id.partition(";")[0].removeprefix("Root=")
    if exchange.location.is_custom:
        variables["customDomain.basePathMatched"] = exchange.location.base.strip("/") or "(none)"
    return variables | (_call(exchange.call) if exchange.call else {})


def _identity(exchange: Exchange) -> dict[str, str | None]:
    identity: dict[str, str | None] = dict.fromkeys(IDENTITY)
    identity["sourceIp"] = exchange.arrival.source_ip
    identity["userAgent"] = exchange.request.header("user-agent")
    return identity | exchange.identity


def _flat(prefix: str, fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """An object has no value of its own, only its members have."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        elif value is not None:
            yield f"{prefix}{name}", value if isinstance(value, str) else json.dumps(value)


def _call(call: Call) -> dict[str, str]:
    """Of a function's response: `status` is the function's own, `integrationStatus` Lambda's, which is 200."""
    transfer = call.transfer
    variables = {
        "awsEndpointRequestId": call.request_id,
        "integration.requestId": call.request_id,
        "integration.responseTransferMode": MODES[call.transfer_mode],
        "integration.integrationStatus": "200",
        "integrationStatus": "200",
    }
    if transfer.status is not None:
        variables["integration.status"] = str(transfer.status)
    if call.error is not None:
        variables |= {"integration.error": call.error, "integrationErrorMessage": call.error}
    times = {
        "integration.timeToAllHeaders": transfer.head_at,
        "integration.timeToFirstContent": transfer.content_at,
        "integration.latency": transfer.ended_at,
        "integrationLatency": transfer.ended_at,
    }
    return variables | {name: str(_ms(at - call.started)) for name, at in times.items() if at is not None}


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
