"""Why API Gateway answers a request itself. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ResponseType(StrEnum):
    """Why API Gateway answers itself."""

    ACCESS_DENIED = "ACCESS_DENIED"
    API_CONFIGURATION_ERROR = "API_CONFIGURATION_ERROR"
    AUTHORIZER_CONFIGURATION_ERROR = "AUTHORIZER_CONFIGURATION_ERROR"
    AUTHORIZER_FAILURE = "AUTHORIZER_FAILURE"
    BAD_REQUEST_BODY = "BAD_REQUEST_BODY"
    BAD_REQUEST_PARAMETERS = "BAD_REQUEST_PARAMETERS"
    DEFAULT_4XX = "DEFAULT_4XX"
    DEFAULT_5XX = "DEFAULT_5XX"
    EXPIRED_TOKEN = "EXPIRED_TOKEN"  # noqa: S105  a response type
    INTEGRATION_FAILURE = "INTEGRATION_FAILURE"
    INTEGRATION_TIMEOUT = "INTEGRATION_TIMEOUT"
    INVALID_API_KEY = "INVALID_API_KEY"
    INVALID_SIGNATURE = "INVALID_SIGNATURE"
    MISSING_AUTHENTICATION_TOKEN = "MISSING_AUTHENTICATION_TOKEN"  # noqa: S105  a response type
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    THROTTLED = "THROTTLED"
    UNAUTHORIZED = "UNAUTHORIZED"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    WAF_FILTERED = "WAF_FILTERED"


@dataclass(frozen=True, slots=True)
class _Default:
    status: int
    error_type: str
    message: str | None


_INTERNAL = ("InternalServerErrorException", "Internal server error")
_DEFAULTS = {
    ResponseType.ACCESS_DENIED: _Default(
        403, "AccessDeniedException", "User is not authorized to access this resource"
    ),
    ResponseType.API_CONFIGURATION_ERROR: _Default(500, *_INTERNAL),
    ResponseType.AUTHORIZER_CONFIGURATION_ERROR: _Default(500, "AuthorizerConfigurationException", None),
    ResponseType.AUTHORIZER_FAILURE: _Default(500, "AuthorizerFailureException", None),
    ResponseType.BAD_REQUEST_BODY: _Default(400, "BadRequestException", "Invalid request body"),
    ResponseType.BAD_REQUEST_PARAMETERS: _Default(400, "BadRequestException", "Missing required request parameters"),
    ResponseType.DEFAULT_4XX: _Default(400, "BadRequestException", "Bad Request"),
    ResponseType.DEFAULT_5XX: _Default(502, *_INTERNAL),
    ResponseType.EXPIRED_TOKEN: _Default(
        403, "ExpiredTokenException", "The security token included in the request is expired"
    ),
    ResponseType.INTEGRATION_FAILURE: _Default(504, _INTERNAL[0], "Network error communicating with endpoint"),
    ResponseType.INTEGRATION_TIMEOUT: _Default(504, _INTERNAL[0], "Endpoint request timed out"),
    ResponseType.INVALID_API_KEY: _Default(403, "ForbiddenException", "Forbidden"),
    ResponseType.INVALID_SIGNATURE: _Default(
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.",
    ),
    ResponseType.MISSING_AUTHENTICATION_TOKEN: _Default(
        403, "MissingAuthenticationTokenException", "Missing Authentication Token"
    ),
    ResponseType.QUOTA_EXCEEDED: _Default(429, "LimitExceededException", "Limit Exceeded"),
    ResponseType.REQUEST_TOO_LARGE: _Default(413, "RequestTooLargeException", "Request Too Long"),
    ResponseType.RESOURCE_NOT_FOUND: _Default(404, "NotFoundException", "Not Found"),
    ResponseType.THROTTLED: _Default(429, "TooManyRequestsException", "Too Many Requests"),
    ResponseType.UNAUTHORIZED: _Default(401, "UnauthorizedException", "Unauthorized"),
    ResponseType.UNSUPPORTED_MEDIA_TYPE: _Default(415, "BadRequestException", "Unsupported Media Type"),
    ResponseType.WAF_FILTERED: _Default(403, "ForbiddenException", "Forbidden"),
}


class Refusal(Exception):
    """API Gateway answers itself; `reason` is for the terminal, and the client sees the message."""

    def __init__(
        self, kind: ResponseType, message: str | None = None, *, status: int | None = None, reason: str | None = None
    ) -> None:
        default = _DEFAULTS[kind]
        self.kind = kind
        self.status = status or default.status
        self.error_type = default.error_type
        self.message = default.message if message is None else message
        self.reason = reason or self.message
        super().__init__(f"{kind}: {self.reason}")
