"""Answers that Lambda gives itself, without or instead of the function's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

Answer = tuple[int, str, dict[str, str]]
"""Status, x-amzn-ErrorType, body."""

FORBIDDEN: Answer = (403, "AccessDeniedException", {"Message": "Forbidden"})
INVALID_SIGNATURE: Answer = (
    403,
    "InvalidSignatureException",
    {
        "message": "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details."
    },
)
TOO_LARGE: Answer = (413, "RequestTooLargeException", {"Message": "Request must be smaller than 6291456 bytes"})
THROTTLED: Answer = (
    429,
    "TooManyRequestsException",
    {
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "Type": "User",
        "message": "Rate Exceeded.",
    },
)
BAD_GATEWAY: Answer = (502, "InternalServerErrorException", {"Message": "Internal Server Error"})
NOT_FOUND: Answer = (404, "ResourceNotFoundException", {"Message": "Not Found"})


def refuse(answer: Answer, headers: Mapping[str, str]) -> web.Response:
    """Return the answer as a response, with CORS headers and the request id in `headers`."""
    status, error_type, body = answer
    return web.Response(
        status=status,
        body=json.dumps(body, separators=(",", ":")).encode(),
        headers={"Content-Type": "application/json", "x-amzn-ErrorType": error_type, **headers},
    )
