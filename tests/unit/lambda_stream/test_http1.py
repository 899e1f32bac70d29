"""HTTP/1.1 decoding and chunked encoding, without any socket."""

from collections.abc import Callable

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_stream.errors import ProtocolViolation
from lambda_stream.http1 import (
    HttpResponse,
    ResponseDecoder,
    chunk_size_line,
    encode_chunk,
    encode_end,
    encode_head,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

# Each case: the bytes of one response, then its status, its body and whether the connection is kept.
RESPONSES: dict[str, tuple[bytes, int, bytes, bool]] = {
    "sized": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", True),
    "empty": (b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", 202, b"", True),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "no reason": (b"HTTP/1.1 202 \r\ncontent-length:0\r\n\r\n", 202, b"", True),
    "chunked": (CHUNKED + b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", 200,
                b"abc0123456789", True),
    "chunk extension": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n", 200,
                        b"abc", True),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", 200, b"x", True),
    "interim first": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 2\r\n\r\nok", 202, b"ok", True),
    "closing": (b"HTTP/1.1 410 Gone\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", 410, b"", False),
    "old version": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x", False),
    "body with blank lines": (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n", 200, b"\r\n" * 4, True),
}  # fmt: skip

VIOLATIONS: dict[str, tuple[bytes, str]] = {
    "not HTTP": (b"SSH-2.0-OpenSSH\r\n\r\n", "status line"),
    "no number": (b"HTTP/1.1 abc OK\r\n\r\n", "status line"),
    "short number": (b"HTTP/1.1 20\r\n\r\n", "status line"),
    "a number in another script": ("HTTP/1.1 ²00 OK\r\n\r\n".encode("latin-1"), "status line"),
    "header without colon": (b"HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", "header line"),
    "header without name": (b"HTTP/1.1 200 OK\r\n: 5\r\n\r\n", "header line"),
    "folded header": (b"HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n", "header line"),
    "no length": (b"HTTP/1.1 200 OK\r\n\r\n", "neither"),
    "negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length"),
    "length over the limit": (b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "longer than 100"),
    "chunk size missing": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "chunk size"),
    "chunk size signed": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n", "chunk size"),
    "chunk longer than its size": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n", "longer than its size",
    ),
    "chunks over the limit": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n60\r\n" + b"x" * 96 + b"\r\n60\r\n", "longer than 100",
    ),
    "head over the limit": (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 300, "head of a response"),
    "chunk size over the limit": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 300, "chunk size of a response",
    ),
}  # fmt: skip


def decode(pieces: list[bytes]) -> list[HttpResponse]:
    decoder = ResponseDecoder()
    responses = [response for piece in pieces for response in decoder.feed(piece)]
    decoder.close()
    return responses


def facts(response: HttpResponse) -> tuple[int, bytes, bool]:
    return response.status, response.body, response.keep_alive


@pytest.mark.parametrize(("data", "status", "body", "keep_alive"), RESPONSES.values(), ids=RESPONSES)
def test_a_response_is_the_same_wherever_its_bytes_are_split(
    data: bytes, status: int, body: bytes, keep_alive: bool
) -> None:
    """Whole, byte by byte, and cut in two at every place."""
    splits = [[data], [data[i : i + 1] for i in range(len(data))], *([data[:i], data[i:]] for i in range(len(data)))]
    for pieces in splits:
        assert [facts(response) for response in decode(pieces)] == [(status, body, keep_alive)]


def test_header_names_are_lower_case_and_values_trimmed() -> None:
    """Headers are found whatever case the server writes."""
    (response,) = decode([b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: \t id \r\nContent-Length: 0\r\n\r\n"])
    assert response.headers["lambda-runtime-aws-request-id"] == "id"


def test_responses_that_arrive_together_are_told_apart() -> None:
    """One read may bring several responses."""
    data = b"".join(data for data, *_ in RESPONSES.values())
    assert [facts(response) for response in decode([data])] == [tuple(case[1:]) for case in RESPONSES.values()]


@pytest.mark.parametrize(("data", "message"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_bytes_that_are_no_response_are_refused(data: bytes, message: str) -> None:
    """With a message that says what is wrong, at every split point."""
    for cut in range(len(data)):
        decoder = ResponseDecoder(max_head_bytes=200, max_body_bytes=100)
        with pytest.raises(ProtocolViolation, match=message):
            decoder.feed(data[:cut]) or decoder.feed(data[cut:])


@pytest.mark.parametrize(("data", "status", "body", "keep_alive"), RESPONSES.values(), ids=RESPONSES)
def test_a_connection_that_closes_in_a_response_is_noticed(
    data: bytes, status: int, body: bytes, keep_alive: bool
) -> None:
    """At every place but the ends: what is there of a response is never taken for the whole."""
    del status, body, keep_alive
    starts = {0, data.find(b"HTTP/1.1 202 OK")}  # after an interim response nothing has begun
    for cut in set(range(len(data))) - starts:
        decoder = ResponseDecoder()
        assert decoder.feed(data[:cut]) == []
        with pytest.raises(ProtocolViolation, match="in the middle"):
            decoder.close()


def test_many_chunks_in_one_read_are_no_matter_of_depth() -> None:
    """A server may send as small chunks as it likes."""
    wire = CHUNKED + b"1\r\nx\r\n" * 5_000 + b"0\r\n\r\n"
    assert [response.body for response in decode([wire])] == [b"x" * 5_000]


def test_an_event_of_the_largest_size_is_taken() -> None:
    """6 MB, as Lambda's quota is."""
    size = 6 * 1_048_576
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)
    assert len(decode([wire])[0].body) == size


@given(st.lists(st.binary(max_size=300), max_size=20), st.data())
def test_chunked_bodies_come_back_whole(chunks: list[bytes], data: st.DataObject) -> None:
    """Any chunks, cut anywhere."""
    wire = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(map(encode_chunk, chunks)) + encode_end()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert [response.body for response in decode(pieces)] == [b"".join(chunks)]


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=20))
def test_an_encoded_request_is_read_by_another_parser(chunks: list[bytes]) -> None:
    """h11 sees the head, each chunk with its bounds, and the trailers."""
    head = encode_head("POST /response", [("Host", "h"), ("Transfer-Encoding", "chunked"), ("Trailer", "A, B")])
    body = b"".join(chunk_size_line(len(chunk)) + chunk + b"\r\n" for chunk in chunks)
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(head + body + encode_end([("A", "1"), ("B", "2")]))
    request = parser.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target) == (b"POST", b"/response")
    assert chunks_of(parser.next_event) == (chunks, [(b"a", b"1"), (b"b", b"2")])


def chunks_of(next_event: Callable[[], object]) -> tuple[list[bytes], list[tuple[bytes, bytes]]]:
    chunks: list[bytes] = []
    while isinstance(event := next_event(), h11.Data):
        assert event.chunk_start
        assert event.chunk_end
        chunks.append(bytes(event.data))
    assert isinstance(event, h11.EndOfMessage)
    return chunks, list(event.headers)


def test_an_empty_chunk_is_left_out() -> None:
    """A chunk of no bytes would end the body."""
    assert encode_chunk(b"") == b""
