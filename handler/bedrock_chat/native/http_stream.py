"""HTTP/1.1 as a client speaks it: requests encoded, bodies decoded while they arrive. No input or output here.

The runtime's `http1` reads whole responses with a length, as the Runtime API sends them; a model's answer is read piece
by piece, and may also end with the connection.
Source: RFC 9112, sections 2 (message format), 6 (body), 7 (chunked coding) and 9 (connections).
"""

from bedrock_chat.native.errors import HttpError, MalformedResponse, ResponseTooLarge, ResponseTruncated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEAD_BYTES = 65_536
# A chunk's size and extensions, or one trailer.
MAX_LINE_BYTES = 8_192
MAX_TRAILERS_BYTES = 65_536
MAX_SIZE_DIGITS = 15

CRLF = b"\r\n"
_HEAD_END = b"\r\n\r\n"
_HEX_DIGITS = b"0123456789abcdefABCDEF"

FIRST_FINAL_STATUS = 200
# These have no body, whatever their headers say.
BODYLESS_STATUSES = frozenset({204, 304})

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_FORBIDDEN_IN_VALUES = frozenset("\0\r\n")


def encode_request(method: str, target: str, headers: "Mapping[str, str]", body: bytes) -> bytes:
    """A whole request; its Content-Length is added.

    Raises:
        ValueError: a header's value, or the target, would end its line early or can't be written.
    """
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body)}")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1 or "\0" in text or " " in target:
        raise ValueError("the request's target or one of its headers holds a line end, a NUL or a space")
    return text.encode("latin-1") + _HEAD_END + body


class ResponseHead:
    """Status and headers; names are in lower case, the values of repeated headers are joined by commas."""

    __slots__ = ("headers", "status", "version")

    def __init__(self, version: str, status: int, headers: "Mapping[str, str]") -> None:
        self.version = version
        self.status = status
        self.headers = headers


class ResponseDecoder:
    """Decodes one response from bytes that arrive in pieces of any size.

    Interim (1xx) responses are dropped. After an error the decoder must not be fed again.

    Attributes:
        head: None until it is there.
        complete: Whether the whole body has been seen.
        keep_alive: Whether the connection can serve another request, once this response is complete.
    """

    def __init__(self, *, max_head_bytes: int = MAX_HEAD_BYTES) -> None:
        self._max_head_bytes = max_head_bytes
        self._data = b""
        self._at = 0
        self._body: list[bytes] = []
        self._left = 0
        self._trailers_bytes = 0
        self._advance = self._read_head
        self.head: ResponseHead | None = None
        self.complete = False
        self.keep_alive = False

    def feed(self, data: bytes) -> bytes:
        """The bytes of the body that `data` brings.

        Raises:
            HttpError: `data` can't continue the response; the error has the part of the body before the fault.
        """
        self._data = self._data[self._at :] + data
        self._at = 0
        try:
            while self._advance():
                pass
        except HttpError as error:
            error.body = b"".join(self._body)
            raise
        body, self._body = self._body, []
        return body[0] if len(body) == 1 else b"".join(body)

    def close(self) -> None:
        """Ends the input, which is the end of a body that has neither a length nor chunks.

        Raises:
            ResponseTruncated: the response is incomplete.
        """
        if self._advance == self._read_to_end:
            self.complete = True
        if not self.complete:
            raise ResponseTruncated("the connection closed in the middle of the response")

    # Each state reads what it can from `_data[_at:]` and returns whether another step may follow.

    def _read_head(self) -> bool:
        end = self._data.find(_HEAD_END, self._at, self._at + self._max_head_bytes + len(_HEAD_END))
        if end < 0:
            if len(self._data) - self._at >= self._max_head_bytes + len(_HEAD_END):
                raise ResponseTooLarge(f"the head of the response is longer than {self._max_head_bytes} bytes")
            return False
        head = _parse_head(self._data[self._at : end])
        self._at = end + len(_HEAD_END)
        if head.status >= FIRST_FINAL_STATUS:
            self.head = head
            self._begin_body(head)
        return True

    def _begin_body(self, head: ResponseHead) -> None:
        coding = head.headers.get("transfer-encoding")
        length = head.headers.get("content-length")
        self.keep_alive = _is_kept(head)
        if head.status in BODYLESS_STATUSES:
            self._finish()
        elif coding is not None:
            if coding.lower() != "chunked":
                raise MalformedResponse(f"the response has the transfer coding {coding[:80]!r}, which nobody asked for")
            # With both, somebody on the way may see another end of the response.
            self.keep_alive = self.keep_alive and length is None
            self._advance = self._read_chunk_size
        elif length is not None:
            self._left = _parse_length(length)
            self._advance = self._read_sized
        else:
            self.keep_alive = False
            self._advance = self._read_to_end

    def _finish(self) -> bool:
        self.complete = True
        self._advance = self._read_nothing
        return True

    def _read_nothing(self) -> bool:
        """Bytes after the response answer no request: the connection can't be trusted any more."""
        if self._at < len(self._data):
            self.keep_alive = False
            self._at = len(self._data)
        return False

    def _read_to_end(self) -> bool:
        self._left = len(self._data) - self._at
        self._take()
        return False

    def _read_sized(self) -> bool:
        self._take()
        return not self._left and self._finish()

    def _read_chunk_size(self) -> bool:
        line = self._take_line("chunk size")
        if line is None:
            return False
        self._left = _parse_chunk_size(line)
        self._advance = self._read_chunk if self._left else self._read_trailer
        return True

    def _read_chunk(self) -> bool:
        self._take()
        if self._left:
            return False
        self._advance = self._read_chunk_end
        return True

    def _read_chunk_end(self) -> bool:
        found = self._data[self._at : self._at + len(CRLF)]
        if not CRLF.startswith(found):
            raise MalformedResponse("a chunk is longer than its size says")
        if found != CRLF:
            return False
        self._at += len(CRLF)
        self._advance = self._read_chunk_size
        return True

    def _read_trailer(self) -> bool:
        """Trailers say nothing that is needed here."""
        line = self._take_line("trailer")
        if line is None:
            return False
        self._trailers_bytes += len(line)
        if self._trailers_bytes > MAX_TRAILERS_BYTES:
            raise ResponseTooLarge(f"the trailers of the response are longer than {MAX_TRAILERS_BYTES} bytes")
        return True if line else self._finish()

    def _take(self) -> None:
        """Moves what is there of the next `_left` bytes into the body."""
        piece = self._data[self._at : self._at + self._left]
        if piece:
            self._body.append(piece)
            self._at += len(piece)
            self._left -= len(piece)

    def _take_line(self, what: str) -> bytes | None:
        end = self._data.find(CRLF, self._at, self._at + MAX_LINE_BYTES + len(CRLF))
        if end < 0:
            if len(self._data) - self._at >= MAX_LINE_BYTES + len(CRLF):
                raise ResponseTooLarge(f"a {what} of the response is longer than {MAX_LINE_BYTES} bytes")
            return None
        line = self._data[self._at : end]
        self._at = end + len(CRLF)
        return line


def _parse_head(block: bytes) -> ResponseHead:
    status_line, *lines = block.decode("latin-1").split("\r\n")
    version, _, rest = status_line.partition(" ")
    code = rest.partition(" ")[0]
    if version not in {"HTTP/1.1", "HTTP/1.0"} or not (code.isascii() and code.isdigit() and len(code) == len("200")):
        raise MalformedResponse(f"not an HTTP/1.1 status line: {status_line[:80]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or not _TOKEN.issuperset(name) or not _FORBIDDEN_IN_VALUES.isdisjoint(value):
            raise MalformedResponse(f"not a header line: {line[:80]!r}")
        name = name.lower()
        value = value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return ResponseHead(version, int(code), headers)


def _is_kept(head: ResponseHead) -> bool:
    options = {option.strip().lower() for option in head.headers.get("connection", "").split(",")}
    if "close" in options:
        return False
    return head.version == "HTTP/1.1" or "keep-alive" in options


def _parse_length(value: str) -> int:
    """A proxy may have joined lengths that were sent twice: that is harmless while they are the same."""
    lengths = {length.strip(" \t") for length in value.split(",")}
    digits = lengths.pop()
    if lengths or not (digits.isascii() and digits.isdigit()) or len(digits) > MAX_SIZE_DIGITS:
        raise MalformedResponse(f"not a Content-Length: {value[:80]!r}")
    return int(digits)


def _parse_chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].rstrip(b" \t")
    if not digits or digits.strip(_HEX_DIGITS) or len(digits) > MAX_SIZE_DIGITS:
        raise MalformedResponse(f"not a chunk size: {line[:80]!r}")
    return int(digits, 16)
