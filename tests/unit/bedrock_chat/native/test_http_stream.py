"""HTTP/1.1 as a client, without any socket: h11 reads the same bodies in the same bytes."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.native.errors import HttpError, MalformedResponse, ResponseTooLarge, ResponseTruncated
from bedrock_chat.native.http_stream import MAX_LINE_BYTES, MAX_TRAILERS_BYTES, ResponseDecoder, encode_request

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# Each case: a response's bytes, then its status, its body and whether the connection is kept.
RESPONSES: dict[str, tuple[bytes, int, bytes, bool]] = {
    "sized": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", True),
    "empty": (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", 202, b"", True),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b"", True),
    "no reason": (b"HTTP/1.1 503\r\ncontent-length:0\r\n\r\n", 503, b"", True),
    "the length twice": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 200, b"x", True),
    "chunked": (CHUNKED + b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", 200, b"abc0123456789", True),
    "chunked in capitals": (CHUNKED.replace(b"chunked", b"Chunked") + b"1\r\nx\r\n0\r\n\r\n", 200, b"x", True),
    "chunk extension": (CHUNKED + b"3;a=b \r\nabc\r\n000\r\n\r\n", 200, b"abc", True),
    "chunks of line ends": (CHUNKED + b"2\r\n\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n", 200, b"\r\n" * 3, True),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", 200, b"x", True),
    "interim first": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 2\r\n\r\nok", 202, b"ok", True),
    "closing": (b"HTTP/1.1 410 Gone\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n", 410, b"", False),
    "old version": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x", False),
    "old version, kept": (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", 200, b"x", True),
    "until it closes": (b"HTTP/1.1 200 OK\r\n\r\nhello\r\n\r\nthere", 200, b"hello\r\n\r\nthere", False),
    "a length and chunks": (
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n") + b"1\r\nx\r\n0\r\n\r\n", 200, b"x", False,
    ),
}  # fmt: skip

VIOLATIONS: dict[str, tuple[bytes, type[HttpError], str]] = {
    "not HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", MalformedResponse, "status line"),
    "another version": (b"HTTP/2 200 OK\r\n\r\n", MalformedResponse, "status line"),
    "no number": (b"HTTP/1.1 abc OK\r\n\r\n", MalformedResponse, "status line"),
    "a long number": (b"HTTP/1.1 2000 OK\r\n\r\n", MalformedResponse, "status line"),
    "a number in another script": ("HTTP/1.1 ²00 OK\r\n\r\n".encode("latin-1"), MalformedResponse, "status line"),
    "a header without colon": (b"HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", MalformedResponse, "header line"),
    "a header without name": (b"HTTP/1.1 200 OK\r\n: 5\r\n\r\n", MalformedResponse, "header line"),
    "a folded header": (b"HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n", MalformedResponse, "header line"),
    "a space before the colon": (b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx", MalformedResponse, "header line"),
    "a bare line feed": (b"HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n", MalformedResponse, "header line"),
    "a NUL": (b"HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", MalformedResponse, "header line"),
    "a negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", MalformedResponse, "Content-Length"),
    "an empty length": (b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", MalformedResponse, "Content-Length"),
    "an endless length": (b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n" % (b"9" * 16), MalformedResponse, "-Length"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", MalformedResponse, "Length"),
    "a coding": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", MalformedResponse, "'gzip, chunked'"),
    "no chunk size": (CHUNKED + b"\r\n\r\n", MalformedResponse, "chunk size"),
    "a signed chunk size": (CHUNKED + b"+3\r\nabc\r\n", MalformedResponse, "chunk size"),
    "an endless chunk size": (CHUNKED + b"1" * 16 + b"\r\n", MalformedResponse, "not a chunk size"),
    "a long chunk": (CHUNKED + b"2\r\nabcd\r\n", MalformedResponse, "longer than its size"),
    "half a line end": (CHUNKED + b"2\r\nab\rc\r\n", MalformedResponse, "longer than its size"),
    "a long head": (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 300, ResponseTooLarge, "head of the response"),
    "a long chunk size": (CHUNKED + b"0" * (MAX_LINE_BYTES + 2), ResponseTooLarge, "chunk size of the response"),
    "long trailers": (
        CHUNKED + b"0\r\n" + (b"A: " + b"b" * 8_000 + b"\r\n") * (MAX_TRAILERS_BYTES // 8_000 + 1),
        ResponseTooLarge, "trailers of the response",
    ),
}  # fmt: skip


def decode(pieces: list[bytes]) -> tuple[int, bytes, bool]:
    decoder = ResponseDecoder()
    body = b"".join([decoder.feed(piece) for piece in pieces])
    decoder.close()
    assert decoder.complete
    assert decoder.head is not None
    return decoder.head.status, body, decoder.keep_alive


def decode_with_h11(data: bytes) -> tuple[int, bytes]:
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method="GET", target="/", headers=[("host", "h")]))
    parser.send(h11.EndOfMessage())
    parser.receive_data(data)
    parser.receive_data(b"")
    status, body = 0, b""
    while not isinstance(event := parser.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += event.data
    return status, body


def cut(wire: bytes, cuts: list[int]) -> list[bytes]:
    return [wire[a:b] for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), len(wire)], strict=True)]


@pytest.mark.parametrize(("data", "status", "body", "keep_alive"), RESPONSES.values(), ids=RESPONSES)
def test_a_response_is_the_same_wherever_its_bytes_are_split(
    data: bytes, status: int, body: bytes, keep_alive: bool
) -> None:
    """Whole, byte by byte, and cut in two at every place; and h11 agrees."""
    splits = [[data], [data[i : i + 1] for i in range(len(data))], *(cut(data, [i]) for i in range(len(data)))]
    for pieces in splits:
        assert decode(pieces) == (status, body, keep_alive)
    assert decode_with_h11(data) == (status, body)


@pytest.mark.parametrize(("data", "kind", "said"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_bytes_that_are_no_response_are_refused(data: bytes, kind: type[HttpError], said: str) -> None:
    """With an error that says what is wrong, at every split point."""
    for at in {*range(min(len(data), 100)), len(data) - 1}:
        decoder = ResponseDecoder(max_head_bytes=200)
        with pytest.raises(kind, match=said):  # noqa: PT012 - either piece may show it
            decoder.feed(data[:at])
            decoder.feed(data[at:])


def test_what_came_before_a_fault_is_not_lost() -> None:
    """The error brings it along."""
    with pytest.raises(MalformedResponse) as caught:
        ResponseDecoder().feed(CHUNKED + b"3\r\nabc\r\n2\r\nde\r\nx\r\n")
    assert caught.value.body == b"abcde"


@pytest.mark.parametrize(("data", "status", "body", "keep_alive"), RESPONSES.values(), ids=RESPONSES)
def test_a_connection_that_closes_in_a_response_is_noticed(
    data: bytes, status: int, body: bytes, keep_alive: bool
) -> None:
    """At every place, unless the response is one that ends like that."""
    del body
    head_end = data.index(b"\r\n\r\n", data.index(b"%d" % status)) + 4
    ends_so = keep_alive is False and b"ength" not in data and b"chunked" not in data
    for at in range(len(data) if not ends_so else head_end):
        decoder = ResponseDecoder()
        decoder.feed(data[:at])
        assert not decoder.complete
        with pytest.raises(ResponseTruncated, match="in the middle"):
            decoder.close()


@pytest.mark.parametrize("data", [RESPONSES["sized"][0], RESPONSES["chunked"][0], RESPONSES["no content"][0]])
def test_a_connection_that_says_too_much_is_not_kept(data: bytes) -> None:
    """What comes after the response answers no request, in the same read or in a later one."""
    for pieces in ([data + b"HTTP"], [data, b"HTTP"]):
        assert decode(pieces)[2] is False
    decoder = ResponseDecoder()
    body = decoder.feed(data)
    assert decoder.feed(b"surplus") == b""
    assert body == next(body for wire, _, body, _ in RESPONSES.values() if wire == data)


def test_headers_are_found_whatever_case_the_server_writes() -> None:
    """Repeated ones are joined, as RFC 9110, section 5.3, has it."""
    decoder = ResponseDecoder()
    decoder.feed(b"HTTP/1.1 200 OK\r\nX-Amzn-RequestId: \t id \r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n")
    assert decoder.head is not None
    assert decoder.head.headers == {"x-amzn-requestid": "id", "a": "1, 2", "content-length": "0"}


def test_many_chunks_in_one_read_are_no_matter_of_depth() -> None:
    """A server may send as small chunks as it likes."""
    assert decode([CHUNKED + b"1\r\nx\r\n" * 5_000 + b"0\r\n\r\n"]) == (200, b"x" * 5_000, True)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=20), st.data())
def test_chunked_bodies_come_back_whole(chunks: list[bytes], data: st.DataObject) -> None:
    """Chunks as h11 writes them, cut anywhere."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
    server.next_event()
    server.next_event()
    events = [h11.Response(status_code=200, headers=[]), *[h11.Data(chunk) for chunk in chunks], h11.EndOfMessage()]
    wire = b"".join([server.send(event) or b"" for event in events])
    pieces = cut(wire, data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    assert decode(pieces) == (200, b"".join(chunks), True)


@given(
    st.dictionaries(st.from_regex(r"x-[a-z0-9-]{1,10}", fullmatch=True), st.text("a1 =;/~", max_size=20)), st.binary()
)
def test_an_encoded_request_is_read_by_another_parser(headers: dict[str, str], body: bytes) -> None:
    """h11 sees the head and the body."""
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(encode_request("POST", "/model/a%3A0/x", {"host": "h", **headers}, body))
    request = parser.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target) == (b"POST", b"/model/a%3A0/x")
    found = {name.decode(): value.decode() for name, value in request.headers}
    expected = {name: value.strip() for name, value in headers.items()}
    assert found == {"host": "h", **expected, "content-length": str(len(body))}
    received = b""
    while isinstance(event := parser.next_event(), h11.Data):
        received += event.data
    assert received == body


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("/", "a\r\nb: c"),
        ("/", "a\nb"),
        ("/", "a\rb"),
        ("/", "a\0"),
        ("/ HTTP/1.1\r\na: b", "c"),
        ("/a b", "c"),
        ("/", "ü€"),
    ],
)
def test_a_request_can_not_be_split(target: str, value: str) -> None:
    """A token with a line end in it would otherwise add headers."""
    with pytest.raises(ValueError, match=r"line end|latin-1"):
        encode_request("GET", target, {"authorization": value}, b"")
