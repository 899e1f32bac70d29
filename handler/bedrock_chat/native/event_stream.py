"""Frames of `application/vnd.amazon.eventstream`, decoded. No input or output here.

    4 bytes   total length, of everything from here to the last checksum
    4 bytes   length of the headers
    4 bytes   CRC-32 of those eight bytes
              headers: length of the name (1 byte), name, type (1 byte), value
              payload
    4 bytes   CRC-32 of everything before it

Numbers are big-endian. Source: smithy.io/2.0/aws/amazon-eventstream.html
"""

from struct import Struct
from zlib import crc32

from bedrock_chat.native.errors import (
    ChecksumMismatch,
    EventStreamError,
    FrameTooLarge,
    FrameTruncated,
    MalformedFrame,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Botocore's limits: 128 KB of headers and 24 MB of payload. Sixteen bytes are around them.
MAX_HEADERS_BYTES = 131_072
MAX_FRAME_BYTES = 24 * 1_048_576 + MAX_HEADERS_BYTES + 16

EVENT = "event"
EXCEPTION = "exception"
ERROR = "error"

_PRELUDE = Struct(">III")
_LENGTHS_BYTES = 8
_CHECKSUM = Struct(">I")
_OVERHEAD_BYTES = _PRELUDE.size + _CHECKSUM.size

_STRING = 7
# By header type: true, false, byte, short, integer, long, (byte array, string), timestamp, UUID.
_FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_SIZED_TYPES = (6, _STRING)
# Which header says what a message of a kind is.
_NAME_HEADERS = {EVENT: ":event-type", EXCEPTION: ":exception-type", ERROR: ":error-code"}
# One stream knows a handful of header blocks and repeats them; more of them are none of a peer that means well.
_MAX_KNOWN_BLOCKS = 64


class Message:
    """One frame.

    Attributes:
        kind: EVENT; EXCEPTION, an error that the service's model knows; or ERROR, another one.
        name: The event's type, the exception's type, or the error's code.
        payload: The frame's body; what an ERROR has to say stands in `error_message` instead.
    """

    __slots__ = ("content_type", "error_message", "kind", "name", "payload")

    def __init__(self, kind: str, name: str, content_type: str | None, error_message: str | None) -> None:
        self.kind = kind
        self.name = name
        self.content_type = content_type
        self.error_message = error_message
        self.payload = b""


class EventStreamDecoder:
    """Decodes a stream that arrives in pieces of any size. After an error it must not be fed again."""

    def __init__(self, *, max_frame_bytes: int = MAX_FRAME_BYTES, max_headers_bytes: int = MAX_HEADERS_BYTES) -> None:
        self._max_frame_bytes = max_frame_bytes
        self._max_headers_bytes = max_headers_bytes
        self._kept = bytearray()
        # How many bytes there must be before anything can be decoded.
        self._needed = _PRELUDE.size
        self._known: dict[bytes, tuple[str, str, str | None, str | None]] = {}

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes, in order.

        Raises:
            EventStreamError: `data` can't continue the stream; the error has the messages that came before the fault.
        """
        if self._kept:
            self._kept += data
            if len(self._kept) < self._needed:
                return []
            data = bytes(self._kept)
        messages: list[Message] = []
        try:
            end = self._decode(data, messages)
        except EventStreamError as error:
            error.messages = messages
            raise
        self._kept = bytearray(data[end:])
        return messages

    def close(self) -> None:
        """Ends the input.

        Raises:
            FrameTruncated: a frame had begun and is incomplete.
        """
        if self._kept:
            raise FrameTruncated(f"the stream ended after {len(self._kept)} bytes of a frame")

    def _decode(self, data: bytes, messages: list[Message]) -> int:
        """Appends the messages of all whole frames and returns where they end."""
        at = 0
        size = len(data)
        while size - at >= _PRELUDE.size:
            total, headers_size, prelude_checksum = _PRELUDE.unpack_from(data, at)
            checksum = crc32(data[at : at + _LENGTHS_BYTES])
            if checksum != prelude_checksum:
                raise ChecksumMismatch("the lengths of a frame have the wrong checksum")
            self._check_lengths(total, headers_size)
            if size - at < total:
                self._needed = total
                return at
            end = at + total - _CHECKSUM.size
            # A checksum can be continued: the eight bytes before need not be read again.
            checksum = crc32(data[at + _LENGTHS_BYTES : end], checksum)
            if checksum != _CHECKSUM.unpack_from(data, end)[0]:
                raise ChecksumMismatch("a frame has the wrong checksum")
            payload_at = at + _PRELUDE.size + headers_size
            message = self._message(data[at + _PRELUDE.size : payload_at])
            message.payload = data[payload_at:end]
            messages.append(message)
            at = end + _CHECKSUM.size
        self._needed = _PRELUDE.size
        return at

    def _check_lengths(self, total: int, headers_size: int) -> None:
        if total > self._max_frame_bytes:
            raise FrameTooLarge(f"a frame has {total} bytes, more than {self._max_frame_bytes}")
        if headers_size > self._max_headers_bytes:
            raise FrameTooLarge(
                f"the headers of a frame have {headers_size} bytes, more than {self._max_headers_bytes}"
            )
        if total < _OVERHEAD_BYTES + headers_size:
            raise MalformedFrame(f"a frame of {total} bytes can't hold {headers_size} bytes of headers")

    def _message(self, block: bytes) -> Message:
        known = self._known.get(block)
        if known is None:
            known = _described(_string_headers(block))
            if len(self._known) < _MAX_KNOWN_BLOCKS:
                self._known[block] = known
        return Message(*known)


def _described(headers: "Mapping[str, str | None]") -> tuple[str, str, str | None, str | None]:
    kind = headers.get(":message-type") or ""
    if kind not in _NAME_HEADERS:
        raise MalformedFrame(f"a frame has no :message-type that is known: {kind[:80]!r}")
    name = headers.get(_NAME_HEADERS[kind])
    if name is None:
        raise MalformedFrame(f"a frame of the type {kind!r} has no {_NAME_HEADERS[kind]}")
    return kind, name, headers.get(":content-type"), headers.get(":error-message")


def _string_headers(block: bytes) -> "dict[str, str | None]":
    """The headers; None stands for a value that isn't text, as nothing here needs one."""
    headers: dict[str, str | None] = {}
    at = 0
    while at < len(block):
        name_end = at + 1 + block[at]
        start, end, kind = _value_bounds(block, name_end)
        name = _text(block[at + 1 : name_end])
        if name in headers:
            raise MalformedFrame(f"a frame has the header {name[:80]!r} twice")
        headers[name] = _text(block[start:end]) if kind == _STRING else None
        at = end
    return headers


def _value_bounds(block: bytes, at: int) -> tuple[int, int, int]:
    """Where the value begins and ends, and its type, which is the byte at `at`."""
    kind = block[at] if at < len(block) else None
    if kind in _SIZED_TYPES:
        start = at + 3
        end = start + int.from_bytes(block[at + 1 : start], "big")
    elif kind in _FIXED_SIZES:
        start = at + 1
        end = start + _FIXED_SIZES[kind]
    else:
        raise MalformedFrame(f"a header of a frame has the type {kind}, which isn't known")
    if end > len(block):
        raise MalformedFrame("a header of a frame is longer than its headers")
    return start, end, kind


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise MalformedFrame(f"a header of a frame is not UTF-8: {data[:80]!r}") from None
