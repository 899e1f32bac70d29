"""When a request that failed before its stream began is sent again, and how long to wait: botocore's mode `standard`.

No input or output here. There is no retry quota: it is for clients with many requests under way.
Source: docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from bedrock_chat.native.errors import BedrockFault, CertificateRejected, ConnectionFailed, HttpError, NativeError

MAX_BACKOFF_S = 20.0
THROTTLED_SCALE_S = 1.0
OTHER_SCALE_S = 0.05
# How much longer than it would have waited by itself a client waits because the server says so.
MAX_RETRY_AFTER_S = 5.0

_THROTTLED_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottledException",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
# What ConverseStream's service model names. Of these it marks one as passing: the model is being loaded.
_MODELED_CODES = frozenset(
    {
        "AccessDeniedException",
        "InternalServerException",
        "ModelErrorException",
        "ModelNotReadyException",
        "ModelTimeoutException",
        "ResourceNotFoundException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "ValidationException",
    }
)
_TRANSIENT_CODES = frozenset({"RequestTimeout", "RequestTimeoutException", "ModelNotReadyException"})
_TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
_THROTTLED_STATUS = 429


def is_passing(error: NativeError) -> bool:
    """Whether the same request may succeed in a while."""
    if isinstance(error, BedrockFault):
        return error.status in _TRANSIENT_STATUSES or error.code in _TRANSIENT_CODES or _is_throttled(error)
    return isinstance(error, ConnectionFailed | HttpError) and not isinstance(error, CertificateRejected)


def delay_s(error: NativeError, attempt: int, random: float) -> float:
    """How long to wait after the `attempt`-th attempt, counted from 1.

    `random` is from 0 to 1, so that clients that were refused together don't come back together.
    """
    refused = error if isinstance(error, BedrockFault) else None
    scale_s = THROTTLED_SCALE_S if refused and _is_throttled(refused) else OTHER_SCALE_S
    waited_s = random * min(scale_s * 2.0 ** (attempt - 1), MAX_BACKOFF_S)
    wanted_s = _retry_after_s(refused.retry_after_ms) if refused else 0.0
    return max(waited_s, min(wanted_s, MAX_RETRY_AFTER_S + waited_s))


def _is_throttled(refusal: BedrockFault) -> bool:
    if refusal.code in _THROTTLED_CODES:
        return True
    # Of an error that the service model names, the name says whether it passes.
    return refusal.status == _THROTTLED_STATUS and refusal.code not in _MODELED_CODES


def _retry_after_s(milliseconds: str | None) -> float:
    try:
        return max(0.0, int(milliseconds or "0") / 1000)
    except (ValueError, OverflowError):
        return 0.0
