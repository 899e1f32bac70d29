"""What can go wrong between here and Bedrock, by the layer that notices it.

NativeError
|-- WrongEnvironment         the operator: a variable that says where or as whom to call is missing or wrong
|-- CredentialsUnavailable   the container's credential endpoint does not give any
|-- BedrockFault             Bedrock, in its own words
|-- ConnectionFailed         the network
|   |-- ConnectionTimeout
|   `-- CertificateRejected
|-- HttpError                the bytes are no HTTP response, or not a whole one
|   |-- MalformedResponse
|   |-- ResponseTooLarge
|   `-- ResponseTruncated
`-- EventStreamError         the bytes are no event stream, or not a whole one
    |-- ChecksumMismatch
    |-- FrameTooLarge
    |-- MalformedFrame
    `-- FrameTruncated
"""

TYPE_CHECKING = False  # `typing` costs a cold start milliseconds; type checkers know this name
if TYPE_CHECKING:
    from bedrock_chat.native.event_stream import Message


class NativeError(Exception):
    """The root of every error that this package raises."""


class WrongEnvironment(NativeError):
    """An environment variable is missing or wrong."""


class CredentialsUnavailable(NativeError):
    """The credential endpoint can't be reached, or what it says can't be used."""


class BedrockFault(NativeError):
    """Bedrock says what is wrong, instead of a stream or within it.

    Attributes:
        status: Of the response; None within the stream.
        code: The error's name as Bedrock writes it; empty where there is none.
        message: What it says; empty where it says nothing.
        retry_after_ms: The header x-amz-retry-after as it came.
    """

    def __init__(self, status: int | None, code: str, message: str, retry_after_ms: str | None = None) -> None:
        super().__init__(f"{code or 'an error without a name'}: {message} (status {status})")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_ms = retry_after_ms


class ConnectionFailed(NativeError):
    """The connection can't be opened, or it broke."""


class ConnectionTimeout(ConnectionFailed):
    """The peer was silent for longer than it may be."""


class CertificateRejected(ConnectionFailed):
    """The peer can't prove that it is the host that was called."""


class HttpError(NativeError):
    """The response can't be read; `body` is what the same bytes had brought of it before the fault."""

    def __init__(self, message: str, body: bytes = b"") -> None:
        super().__init__(message)
        self.body = body


class MalformedResponse(HttpError):
    """The bytes break the rules of HTTP/1.1."""


class ResponseTooLarge(HttpError):
    """A limit is exceeded."""


class ResponseTruncated(HttpError):
    """The connection closed in the middle of the response."""


class EventStreamError(NativeError):
    """The stream can't be read; `messages` are what the same bytes had brought before the fault."""

    def __init__(self, message: str, messages: "list[Message] | None" = None) -> None:
        super().__init__(message)
        self.messages = messages or []


class ChecksumMismatch(EventStreamError):
    """The bytes are not those that were sent."""


class FrameTooLarge(EventStreamError):
    """A limit is exceeded."""


class MalformedFrame(EventStreamError):
    """The checksums are right, and the content breaks a rule all the same."""


class FrameTruncated(EventStreamError):
    """The stream ended in the middle of a frame."""
