"""What the runtime tells Lambda and the log about an exception."""

import json
import os
from binascii import b2a_base64

from lambda_stream.errors import HandlerFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

# The failure travels in an HTTP header or trailer, so an exception that quotes a whole document must not.
MAX_MESSAGE_CHARACTERS = 8_192
MAX_STACK_FRAMES = 50

_LIBRARY = os.path.dirname(os.__file__)
# Frames of this package, of the import system and of the event loop that drives async handlers.
_NOT_THE_USERS = (
    os.path.dirname(__file__),
    os.path.join(_LIBRARY, "asyncio", "base_events"),
    os.path.join(_LIBRARY, "importlib"),
    "<frozen importlib",
)


class Failure:
    """An exception as Lambda wants it reported.

    `error_type` is the name that Lambda's error JSON carries, as with the managed runtime (`ValueError`,
    `Runtime.ImportModuleError`); `category_type` the form that the Runtime API's header wants.
    """

    __slots__ = ("error_type", "message", "request_id", "stack_trace")

    def __init__(self, error_type: str, message: str, stack_trace: list[str], request_id: str = "") -> None:
        self.error_type = error_type
        self.message = message
        self.stack_trace = stack_trace
        self.request_id = request_id

    @classmethod
    def of(cls, error: BaseException, request_id: str = "") -> "Failure":
        """The failure that `error` is, without the frames of this runtime."""
        message = str(error)[:MAX_MESSAGE_CHARACTERS]
        if isinstance(error, HandlerFault):
            return cls(error.error_type, message, error.stack_trace, request_id)
        return cls(type(error).__name__, message, _user_frames(error.__traceback__), request_id)

    @property
    def category_type(self) -> str:
        """The error type as `Category.Reason` in letters; Lambda replaces any other form by an unknown error.

        Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, `Lambda-Runtime-Function-Error-Type`.
        """
        category, dot, reason = self.error_type.rpartition(".")
        letters = "".join(character for character in reason if character.isascii() and character.isalpha())
        return f"{category if dot else 'Function'}.{letters[:1].upper()}{letters[1:]}"

    def to_document(self) -> "dict[str, object]":
        """The error as the managed runtime reports it."""
        return {
            "errorMessage": self.message,
            "errorType": self.error_type,
            "requestId": self.request_id,
            "stackTrace": self.stack_trace,
        }

    def to_json(self) -> bytes:
        """The error document's bytes."""
        return json.dumps(self.to_document()).encode()

    def to_base64(self) -> str:
        """The error JSON as the error-body trailer carries it."""
        return b2a_base64(self.to_json(), newline=False).decode()

    def to_lines(self) -> list[str]:
        """The error as the lines of one log record, as the managed runtime writes them."""
        frames = (line for frame in self.stack_trace for line in frame.splitlines())
        summary = f"[ERROR] {self.error_type}: {self.message}" if self.message else f"[ERROR] {self.error_type}"
        return [summary, "Traceback (most recent call last):", *frames]


def _user_frames(trace: "TracebackType | None") -> list[str]:
    import traceback  # noqa: PLC0415 - 4 ms that only a failure needs

    frames = [f for f in traceback.extract_tb(trace) if not f.filename.startswith(_NOT_THE_USERS)]
    return traceback.format_list(frames[-MAX_STACK_FRAMES:])
