"""What the runtime tells Lambda and the log about an exception."""

import json
import os
from binascii import b2a_base64

from lambda_stream.errors import HandlerFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

# An exception may quote a whole document; its log record must stay one that CloudWatch takes.
MAX_MESSAGE_CHARACTERS = 131_072
MAX_TYPE_CHARACTERS = 200
# AWS's Runtime API is written in Go, whose HTTP server takes all trailers together in 4,096 bytes or hangs up.
MAX_TRAILER_BYTES = 3_600
CATEGORIES = frozenset({"Function", "Runtime"})

_LIBRARY = os.path.dirname(os.__file__)
# Frames of this package, of the import system and of the event loop that drives async handlers.
_NOT_THE_USERS = (
    os.path.join(os.path.dirname(__file__), ""),
    os.path.join(_LIBRARY, "asyncio", ""),
    os.path.join(_LIBRARY, "importlib", ""),
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
        message = _text(error)[:MAX_MESSAGE_CHARACTERS]
        frames = _user_frames(error.__traceback__)
        if isinstance(error, HandlerFault):
            return cls(error.error_type[:MAX_TYPE_CHARACTERS], message, error.stack_trace or frames, request_id)
        return cls(type(error).__name__[:MAX_TYPE_CHARACTERS], message, frames, request_id)

    @property
    def category_type(self) -> str:
        """The error type as `Category.Reason` in letters; Lambda replaces any other form by an unknown error.

        Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, `Lambda-Runtime-Function-Error-Type`.
        """
        category, _, reason = self.error_type.rpartition(".")
        letters = "".join(character for character in reason if character.isascii() and character.isalpha())
        return f"{category if category in CATEGORIES else 'Function'}.{letters[:1].upper()}{letters[1:] or 'Error'}"

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

    def to_trailer(self) -> str:
        """The error JSON in base64, cut to what a trailer can carry: the innermost frames stay, then the message."""
        frames, message = self.stack_trace, self.message
        while True:
            cut = Failure(self.error_type, message, frames, self.request_id)
            encoded = b2a_base64(cut.to_json(), newline=False)
            if len(encoded) <= MAX_TRAILER_BYTES:
                return encoded.decode()
            if frames:
                frames = frames[1:]
            else:
                message = message[: len(message) // 2]

    def to_lines(self) -> list[str]:
        """The error as the lines of one log record, as the managed runtime writes them."""
        frames = (line for frame in self.stack_trace for line in frame.splitlines())
        summary = f"[ERROR] {self.error_type}: {self.message}" if self.message else f"[ERROR] {self.error_type}"
        return [summary, "Traceback (most recent call last):", *frames]


def _user_frames(trace: "TracebackType | None") -> list[str]:
    import traceback  # noqa: PLC0415 - 4 ms that only a failure needs

    frames = [f for f in traceback.extract_tb(trace) if not f.filename.startswith(_NOT_THE_USERS)]
    return traceback.format_list(frames)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error that can't say what it is must still be reported
        return f"(the {type(error).__name__} has no text: its __str__ raises)"
