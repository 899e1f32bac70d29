"""What can go wrong in the runtime, by whose fault it is.

LambdaStreamError
|-- HandlerFault               the handler's code or configuration
|   |-- HandlerLoadError       it can't be loaded: reported to /init/error
|   `-- InvalidResult          it returned or yielded what can't be sent
`-- RuntimeApiFault            the Runtime API
    |-- ProtocolViolation      its bytes are not HTTP/1.1 as Lambda speaks it
    |-- ConnectionLost         its socket closed or broke
    `-- AnswerRejected         it did not take what the handler answered

DeadlineExceeded               time: raised in the handler shortly before Lambda would end it
"""


class LambdaStreamError(Exception):
    """The root of every error that this package raises."""


class HandlerFault(LambdaStreamError):
    """The handler's fault.

    Attributes:
        error_type: The name that Lambda and its logs show, those of the managed runtime where it has one.
        stack_trace: Where in the handler's code, as lines of a traceback; not where in this package.
    """

    def __init__(self, error_type: str, message: str, stack_trace: "list[str] | None" = None) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.stack_trace = stack_trace or []


class HandlerLoadError(HandlerFault):
    """The handler can't be imported or found."""


class InvalidResult(HandlerFault):
    """The handler returned or yielded something that can't become a response."""

    def __init__(self, message: str, error_type: str = "Runtime.InvalidResult") -> None:
        super().__init__(error_type, message)


class RuntimeApiFault(LambdaStreamError):
    """The Runtime API's fault."""


class ProtocolViolation(RuntimeApiFault):
    """The peer sent bytes that are not the HTTP/1.1 that Lambda speaks, or more than the limits allow."""


class ConnectionLost(RuntimeApiFault):
    """The connection to the Runtime API closed or broke."""


class AnswerRejected(RuntimeApiFault):
    """Lambda did not take the answer: it was too large, or came too late."""


class DeadlineExceeded(BaseException):
    """The invocation's time is nearly up: raised wherever the handler waits, so that it can still say so.

    A generator may catch it, yield a last chunk and raise it again. Like KeyboardInterrupt it is not an Exception: code
    that catches those and goes on must not swallow it.
    """
