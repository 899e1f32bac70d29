"""HTTP/1.1 as the Runtime API speaks it: responses decoded, chunked bodies encoded. No input or output here.

`http.client` can't send trailers and copies each chunk; this is the part of HTTP that a runtime needs and no more.
Source: RFC 9112, sections 2 (message format), 6 (body) and 7 (chunked coding).
"""

from lambda_stream.errors import ProtocolViolation

TYPE_CHECKING = False  # `typing` costs 2 ms of a cold start; type checkers know this name
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_HEAD_BYTES = 65_536
# An event is at most 6 MB (Lambda quotas); the rest is room for the quota to grow.
MAX_BODY_BYTES = 64 * 1_048_576

FIRST_SUCCESS_STATUS = 200
NO_CONTENT = 204

_LAST_CHUNK = b"0\r\n"
CRLF = b"\r\n"


class HttpResponse:
    """One decoded response; header names are lower case, of repeated headers the last one counts."""

    __slots__ = ("body", "headers", "keep_alive", "status")

    def __init__(self, status: int, headers: "Mapping[str, str]", body: bytes, *, keep_alive: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.keep_alive = keep_alive


class _Head:
    __slots__ = ("headers", "keep_alive", "status")

    def __init__(self, status: int, headers: dict[str, str], *, keep_alive: bool) -> None:
        self.status = status
        self.headers = headers
        self.keep_alive = keep_alive


class ResponseDecoder:
    """Decodes a connection's responses from bytes that arrive in pieces of any size.

    Interim (1xx) responses are dropped. After an error the decoder must not be fed again.
    """

    def __init__(self, *, max_head_bytes: int = MAX_HEAD_BYTES, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        self._max_head_bytes = max_head_bytes
        self._max_body_bytes = max_body_bytes
        self._buffer = bytearray()
        self._complete: list[HttpResponse] = []
        self._expect_head()

    def _expect_head(self) -> None:
        self._head: _Head | None = None
        self._body = bytearray()
        self._body_left = 0
        self._advance = self._read_head

    def feed(self, data: bytes) -> list[HttpResponse]:
        """The responses that `data` completes, in order.

        Raises:
            ProtocolViolation: `data` can't continue a response, or the response exceeds a limit.
        """
        self._buffer += data
        while self._advance():
            pass
        complete, self._complete = self._complete, []
        return complete

    def close(self) -> None:
        """Ends the input.

        Raises:
            ProtocolViolation: a response had begun and is incomplete.
        """
        if self._buffer or self._head is not None:
            raise ProtocolViolation("the connection closed in the middle of a response")

    # Each state reads what it can from the buffer and returns whether another step may follow.

    def _read_head(self) -> bool:
        block = self._take_until(b"\r\n\r\n", self._max_head_bytes, "head")
        if block is None:
            return False
        head = _parse_head(block)
        if head.status < FIRST_SUCCESS_STATUS:
            return True
        self._head = head
        if head.headers.get("transfer-encoding", "").lower() == "chunked":
            self._advance = self._read_chunk_size
        else:
            self._body_left = self._checked_size(_content_length(head))
            self._advance = self._read_sized_body
        return True

    def _read_sized_body(self) -> bool:
        if len(self._buffer) < self._body_left:
            return False
        self._body = self._take(self._body_left)
        return self._finish()

    def _read_chunk_size(self) -> bool:
        line = self._take_until(CRLF, self._max_head_bytes, "chunk size")
        if line is None:
            return False
        size = _parse_chunk_size(line)
        self._body_left = size
        self._checked_size(len(self._body) + size)
        self._advance = self._read_chunk if size else self._read_trailer
        return True

    def _read_chunk(self) -> bool:
        if len(self._buffer) < self._body_left + len(CRLF):
            return False
        self._body += self._take(self._body_left)
        if self._take(len(CRLF)) != CRLF:
            raise ProtocolViolation("a chunk is longer than its size says")
        self._advance = self._read_chunk_size
        return True

    def _read_trailer(self) -> bool:
        line = self._take_until(CRLF, self._max_head_bytes, "trailer")
        if line is None:
            return False
        return self._finish() if not line else True

    def _finish(self) -> bool:
        head = self._head
        assert head is not None  # noqa: S101 - a body state follows a head only
        self._complete.append(HttpResponse(head.status, head.headers, bytes(self._body), keep_alive=head.keep_alive))
        self._expect_head()
        return True

    def _take(self, size: int) -> bytearray:
        taken = self._buffer[:size]
        del self._buffer[:size]
        return taken

    def _take_until(self, end: bytes, limit: int, what: str) -> bytes | None:
        at = self._buffer.find(end, 0, limit + len(end))
        if at < 0:
            if len(self._buffer) >= limit + len(end):
                raise ProtocolViolation(f"the {what} of a response is longer than {limit} bytes")
            return None
        block = bytes(self._buffer[:at])
        del self._buffer[: at + len(end)]
        return block

    def _checked_size(self, size: int) -> int:
        if size > self._max_body_bytes:
            raise ProtocolViolation(f"the body of a response is longer than {self._max_body_bytes} bytes")
        return size


def _parse_head(block: bytes) -> _Head:
    status_line, *lines = block.decode("latin-1").split("\r\n")
    version, _, rest = status_line.partition(" ")
    code = rest[:3]
    if version not in {"HTTP/1.1", "HTTP/1.0"} or not (code.isascii() and code.isdigit() and len(code) == len("200")):
        raise ProtocolViolation(f"not an HTTP/1.1 status line: {status_line[:80]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ProtocolViolation(f"not a header line: {line[:80]!r}")
        headers[name.lower()] = value.strip(" \t")
    connection = headers.get("connection", "keep-alive" if version == "HTTP/1.1" else "close")
    return _Head(int(code), headers, keep_alive=connection.lower() != "close")


def _content_length(head: _Head) -> int:
    value = head.headers.get("content-length")
    if value is None:
        if head.status == NO_CONTENT:
            return 0
        raise ProtocolViolation("a response has neither a Content-Length nor the chunked coding")
    if not (value.isascii() and value.isdigit()):
        raise ProtocolViolation(f"not a Content-Length: {value[:80]!r}")
    return int(value)


def _parse_chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t")
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise ProtocolViolation(f"not a chunk size: {line[:80]!r}")
    return int(digits, 16)


def encode_head(request_line: str, headers: "Iterable[tuple[str, str]]") -> bytes:
    """A request head with its blank line; `request_line` is without the version."""
    lines = [f"{request_line} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def chunk_size_line(size: int) -> bytes:
    """The line before a chunk of `size` bytes, which must not be 0: a chunk of 0 bytes ends the body."""
    return b"%x\r\n" % size


def encode_chunk(data: bytes) -> bytes:
    """`data` as one chunk; empty data is no chunk at all."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def encode_end(trailers: "Iterable[tuple[str, str]]" = ()) -> bytes:
    """The end of a chunked body, with its trailers."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in trailers)
    return _LAST_CHUNK + lines.encode("latin-1") + CRLF
