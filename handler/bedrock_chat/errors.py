"""What can go wrong in the application, by whose fault it is.

ChatError
|-- SettingsError            the operator: an environment variable is wrong
|-- RequestError             the client
|   |-- InvalidRequest
|   |-- RequestTooLarge
|   |-- RouteNotFound
|   |-- ModelNotOffered
|   |-- MethodNotAllowed
|   |-- NotAcceptable
|   |-- SessionNotFound
|   `-- SessionBusy
|-- HistoryUnavailable       the table of conversations, or the way to it
|-- PromptUnavailable        the system prompt's store, or the way to it
|-- OutOfTime                the function's timeout is near
|-- OutOfOrder               this package: events in an order that no answer has
`-- ModelError               Bedrock, or the way to it
    |-- ModelThrottled
    |-- ModelAccessDenied
    |-- ModelRejectedRequest
    |-- ModelNotFound
    |-- ModelUnavailable
    |-- ModelTimeout
    |-- ModelFailed
    `-- StreamTruncated
"""

from typing import ClassVar


class ChatError(Exception):
    """The root; `code` names the error for programs, `type` its kind, `status` its place in HTTP.

    The status counts before the first byte; after it the error goes into the stream.
    """

    code: ClassVar[str] = "internal_error"
    type: ClassVar[str] = "api_error"
    status: ClassVar[int] = 500

    @property
    def message(self) -> str:
        """What the client is told."""
        return str(self)


class SettingsError(ChatError):
    """An environment variable is missing or wrong."""

    code = "wrong_settings"


class RequestError(ChatError):
    """The client's request can't be served as it is."""

    type = "invalid_request_error"
    status = 400


class InvalidRequest(RequestError):
    """The body breaks a rule; `param`, where one field does, is the way to it."""

    code = "invalid_request"

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class RequestTooLarge(RequestError):
    """The body is over the operator's cap."""

    code = "request_too_large"
    status = 413


class RouteNotFound(RequestError):
    """Nothing is served at this path."""

    code = "not_found"
    status = 404


class ModelNotOffered(RequestError):
    """The path names a model that no request may name."""

    code = "model_not_found"
    status = 404


class MethodNotAllowed(RequestError):
    """The path is served, with other methods: those in `allowed`."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, message: str, allowed: list[str]) -> None:
        super().__init__(message)
        self.allowed = allowed


class NotAcceptable(RequestError):
    """The client takes no format that there is."""

    code = "not_acceptable"
    status = 406


class SessionNotFound(RequestError):
    """The caller has no conversation of this name."""

    code = "session_not_found"
    status = 404


class SessionBusy(RequestError):
    """Too many requests want to be the next turn of one conversation."""

    code = "session_busy"
    type = "rate_limit_error"
    status = 429


class HistoryUnavailable(ChatError):
    """A message can't be stored, or stored ones can't be read."""

    code = "history_unavailable"
    status = 503


class PromptUnavailable(ChatError):
    """The operator's system prompt can't be read, and without it no model is asked."""

    code = "prompt_unavailable"
    status = 503


class OutOfOrder(ChatError):
    """The events of an answer came in an order that it can't have."""


class OutOfTime(ChatError):
    """The function's timeout is near, and the answer is not whole."""

    code = "deadline_exceeded"
    type = "timeout_error"
    status = 504


class ModelError(ChatError):
    """Bedrock refused, failed, or can't be reached."""


class ModelThrottled(ModelError):
    """The account's quota for the model is used up for now."""

    code = "throttled"
    type = "rate_limit_error"
    status = 429


class ModelAccessDenied(ModelError):
    """The function may not call the model."""

    code = "access_denied"
    type = "permission_error"
    status = 403


class ModelRejectedRequest(ModelError):
    """Bedrock finds the request invalid for this model."""

    code = "model_rejected_request"
    type = "invalid_request_error"
    status = 400


class ModelNotFound(ModelError):
    """There is no such model in this region."""

    code = "model_not_found"
    type = "invalid_request_error"
    status = 404


class ModelUnavailable(ModelError):
    """Bedrock can't serve the model for the moment."""

    code = "model_unavailable"
    status = 503


class ModelTimeout(ModelError):
    """Bedrock took too long."""

    code = "model_timeout"
    type = "timeout_error"
    status = 504


class ModelFailed(ModelError):
    """Bedrock failed, or it can't be reached."""

    code = "model_failed"
    status = 502


class StreamTruncated(ModelError):
    """The answer stopped without its end: what came is not all there is."""

    code = "stream_truncated"
    status = 502
