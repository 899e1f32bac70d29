"""What holds for every call of Bedrock, whoever makes it: its limits, and what its errors mean."""

from typing import TYPE_CHECKING

from bedrock_chat.errors import (
    ModelAccessDenied,
    ModelError,
    ModelFailed,
    ModelNotFound,
    ModelRejectedRequest,
    ModelThrottled,
    ModelTimeout,
    ModelUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_TIMEOUT_S = 5
# A model that reasons may be silent for minutes; the function's own timeout is the bound that counts.
READ_TIMEOUT_S = 900
MAX_ATTEMPTS = 2

ACCESS_DENIED_CAUSES = (
    "Bedrock denied the function access to the model. Likely causes: the function's role lacks "
    "bedrock:InvokeModelWithResponseStream on this model, or on the model in every region that its inference profile "
    "reaches, or bedrock:ApplyGuardrail on the guardrail; nobody in the account has subscribed to the model in AWS "
    "Marketplace yet, or, for Anthropic, sent the use-case form (both are done once by a person in the Bedrock "
    "console); an organisation policy denies the model or one of the regions."
)

# Before the stream Bedrock writes these codes in upper camel case, within it in lower camel case.
_ERRORS: "Mapping[str, type[ModelError]]" = {
    "accessdeniedexception": ModelAccessDenied,
    "modelnotreadyexception": ModelUnavailable,
    "modeltimeoutexception": ModelTimeout,
    "resourcenotfoundexception": ModelNotFound,
    "servicequotaexceededexception": ModelThrottled,
    "serviceunavailableexception": ModelUnavailable,
    "throttlingexception": ModelThrottled,
    "validationexception": ModelRejectedRequest,
}
# What a proxy or an endpoint in between says when it doesn't speak Bedrock's language.
_STATUSES: "Mapping[int, type[ModelError]]" = {
    400: ModelRejectedRequest,
    403: ModelAccessDenied,
    404: ModelNotFound,
    408: ModelTimeout,
    429: ModelThrottled,
    503: ModelUnavailable,
    504: ModelTimeout,
}


def no_prompt() -> str | None:
    """The prompt of an operator who has none."""
    return None


def refusal(code: str, message: str, status: int | None) -> ModelError:
    """The error that Bedrock's words mean; `status` is None within the stream.

    AWS's own words on a denial name the account and the role: they belong into the log, where the cause stands too.
    """
    kind = _ERRORS.get(code.lower()) or _STATUSES.get(status or 0, ModelFailed)
    if kind is ModelAccessDenied:
        return kind(ACCESS_DENIED_CAUSES)
    return kind(": ".join(filter(None, [code, message])) or f"Bedrock failed without saying why (HTTP status {status})")
