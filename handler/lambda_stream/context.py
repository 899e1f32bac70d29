"""The context object that a handler gets as its second argument."""

import json

from lambda_stream.errors import HandlerFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from lambda_stream.response import Response
    from lambda_stream.runtime_api import Invocation

    class Exchange(Protocol):
        """What a context needs of the runtime that serves its invocation."""

        @property
        def committed(self) -> bool:
            """Whether the status has been sent."""

        def prepare(self, response: Response) -> None:
            """Keeps the response to begin with after a silence."""

        def write_log(self, message: str) -> None:
            """Writes to the function's log."""


# Source: www.w3.org/TR/trace-context and www.w3.org/TR/baggage.
W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class CognitoIdentity:
    """Who the caller is, where a mobile SDK called with Cognito credentials."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __init__(self, fields: "Mapping[str, str]") -> None:
        self.cognito_identity_id = fields.get("cognitoIdentityId")
        self.cognito_identity_pool_id = fields.get("cognitoIdentityPoolId")


class Client:
    """The mobile application that called."""

    __slots__ = ("app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id")

    def __init__(self, fields: "Mapping[str, str]") -> None:
        self.installation_id = fields.get("installation_id")
        self.app_title = fields.get("app_title")
        self.app_version_name = fields.get("app_version_name")
        self.app_version_code = fields.get("app_version_code")
        self.app_package_name = fields.get("app_package_name")


class ClientContext:
    """What a mobile SDK says about the application that called."""

    __slots__ = ("client", "custom", "env")

    def __init__(self, fields: "Mapping[str, Mapping[str, str]]") -> None:
        self.custom = fields.get("custom")
        self.env = fields.get("env")
        client = fields.get("client")
        self.client = Client(client) if isinstance(client, dict) else None


class Context:
    """What Lambda says about this invocation and this function.

    The attributes are those of the managed Python runtime.
    Source: docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(
        self,
        invocation: "Invocation",
        environment: "Mapping[str, str]",
        clock: "Callable[[], float]",
        exchange: "Exchange",
    ) -> None:
        self.aws_request_id = invocation.request_id
        self.invoked_function_arn = invocation.function_arn
        self.tenant_id = invocation.tenant_id
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = CognitoIdentity(_json_object(invocation.cognito_identity, "Cognito Identity"))
        client_context = _json_object(invocation.client_context, "Client Context")
        self._w3c = _trace_context(client_context.pop("w3c", None))
        self.client_context = ClientContext(client_context) if client_context else None
        self._deadline_ms = invocation.deadline_ms
        self._clock = clock
        self._exchange = exchange

    def __repr__(self) -> str:
        fields = ("aws_request_id", "function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb")
        return f"Context({', '.join(f'{name}={getattr(self, name)!r}' for name in fields)})"

    def w3c(self) -> "dict[str, str]":
        """The W3C trace context that the caller sent with its client context; empty where it sent none."""
        return dict(self._w3c)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation, never below 0."""
        return max(0, self._deadline_ms - int(self._clock() * 1000))

    def log(self, message: object) -> None:
        """Writes `message` to the function's log, as it is."""
        self._exchange.write_log(str(message))

    def on_silence(self, response: "Response") -> None:
        """Names the response to begin with if the handler has nothing to send for long.

        Its status, headers and heartbeat are used, not its body. Proxies on the way then don't give up, and the handler
        goes on. Whatever it returns in the end adds its chunks; its status and headers come too late: see `committed`.
        """
        self._exchange.prepare(response)

    @property
    def committed(self) -> bool:
        """Whether the status has been sent already, so that a failure can only be told in the stream."""
        return self._exchange.committed


def _trace_context(value: object) -> "dict[str, str]":
    fields = value if isinstance(value, dict) else {}
    return {name: fields[name] for name in W3C_FIELDS if isinstance(fields.get(name), str)}


def _json_object(text: str | None, name: str) -> "dict[str, Any]":
    if not text:
        return {}
    try:
        # Header values are decoded byte by byte; what they hold is UTF-8.
        value = json.loads(text.encode("latin-1").decode())
    except ValueError as error:
        message = f"Unable to parse {name} JSON: {error}"
        raise HandlerFault("Runtime.LambdaContextUnmarshalError", message) from error
    return value if isinstance(value, dict) else {}
