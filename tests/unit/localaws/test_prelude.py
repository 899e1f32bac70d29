"""Heads of responses: the prelude at every split, proxy objects, and what is refused."""

from __future__ import annotations

import pytest

from localaws.front.prelude import (
    DELIMITER,
    MAX_PRELUDE_BYTES,
    PRELUDE_TYPE,
    PreludeDecoder,
    PreludeError,
    ResponseHead,
    buffered_response,
    parse_head,
    whole_response,
)

PRELUDE = b'{"statusCode":202,"headers":{"A":"b","N":1},"multiValueHeaders":{"M":["1","2"]},"cookies":["c=d"]}'
HEAD = ResponseHead(202, (("A", "b"), ("N", "1"), ("M", "1"), ("M", "2"), ("Set-Cookie", "c=d")))
WHOLE = PRELUDE + DELIMITER + b"body\0"


@pytest.mark.parametrize("split", range(len(WHOLE) + 1))
def test_the_prelude_is_found_at_every_split(split: int) -> None:
    """However the bytes are cut, head and body come out whole."""
    decoder, head, body = PreludeDecoder(), None, b""
    for piece in (WHOLE[:split], WHOLE[split:]):
        if head is not None:
            body += piece
        elif found := decoder.feed(piece):
            head, body = found
    assert (head, body) == (HEAD, b"body\0")


def test_byte_by_byte() -> None:
    """The delimiter's last byte completes the head."""
    decoder = PreludeDecoder()
    results = [decoder.feed(bytes([byte])) for byte in PRELUDE + DELIMITER]
    assert [result for result in results if result] == [(HEAD, b"")]
    assert results[-1]


@pytest.mark.parametrize("length", [MAX_PRELUDE_BYTES, MAX_PRELUDE_BYTES + 1])
def test_sixteen_kilobytes_are_the_limit(length: int) -> None:
    """One byte more is refused."""
    data = b"{}".ljust(length) + DELIMITER
    if length > MAX_PRELUDE_BYTES:
        with pytest.raises(PreludeError, match="longer"):
            PreludeDecoder().feed(data)
    else:
        assert PreludeDecoder().feed(data) == (ResponseHead(200, ()), b"")


def test_a_header_that_is_given_twice() -> None:
    """Both lists count, and the same pair once."""
    head = parse_head(b'{"headers":{"A":"1","B":"1"},"multiValueHeaders":{"A":["1","2"],"B":["2"]}}')
    assert head == ResponseHead(200, (("B", "1"), ("A", "1"), ("A", "2"), ("B", "2")))


def test_a_collected_response_may_have_a_prelude() -> None:
    """By its content type; then the delimiter must be there."""
    assert whole_response(PRELUDE_TYPE, WHOLE) == (HEAD, b"body\0")
    assert whole_response("application/json", b'{"statusCode":204}')[0].status == 204
    with pytest.raises(PreludeError, match="ended before its prelude"):
        whole_response(PRELUDE_TYPE, PRELUDE)


def test_an_endless_prelude_is_refused() -> None:
    """Without a delimiter the decoder does not collect for ever."""
    with pytest.raises(PreludeError, match="longer"):
        PreludeDecoder().feed(b"x" * (MAX_PRELUDE_BYTES + 8))


@pytest.mark.parametrize(
    ("prelude", "words"),
    [
        (b"nonsense", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"statusCode":"200"}', "not an HTTP status"),
        (b'{"statusCode":true}', "not an HTTP status"),
        (b'{"statusCode":99}', "not an HTTP status"),
        (b'{"headers":[1]}', "headers is not an object"),
        (b'{"cookies":"a=b"}', "cookies is not a list"),
        (b'{"headers":{"A":"b\\r\\nC: d"}}', "line break"),
    ],
)
def test_malformed_preludes_are_refused(prelude: bytes, words: str) -> None:
    """The message says what is wrong."""
    with pytest.raises(PreludeError, match=words):
        parse_head(prelude)


@pytest.mark.parametrize(
    ("payload", "status", "headers", "body"),
    [
        (b'{"a":1}', 200, {"Content-Type": "application/json"}, b'{"a":1}'),
        (b'"text"', 200, {"Content-Type": "application/json"}, b'"text"'),
        (b"", 200, {"Content-Type": "application/json"}, b""),
        (b'{"statusCode":204}', 204, {"Content-Type": "application/json"}, b""),
        (b'{"statusCode":200,"headers":{"content-type":"a/b"},"body":"x"}', 200, {"content-type": "a/b"}, b"x"),
        (
            b'{"statusCode":200,"body":"eA==","isBase64Encoded":true}',
            200,
            {"Content-Type": "application/json"},
            b"x",
        ),
        (b'{"statusCode":200,"body":{"a":1}}', 200, {"Content-Type": "application/json"}, b'{"a": 1}'),
    ],
)
def test_buffered_results(payload: bytes, status: int, headers: dict[str, str], body: bytes) -> None:
    """An object with a status is a proxy response, any other JSON a 200."""
    head, content = buffered_response(payload)
    assert (head.status, dict(head.headers), content) == (status, headers, body)


@pytest.mark.parametrize("payload", [b"{", b'{"statusCode":200,"body":"!","isBase64Encoded":true}'])
def test_bad_buffered_results(payload: bytes) -> None:
    """Neither half JSON nor wrong base64 gets through."""
    with pytest.raises(PreludeError):
        buffered_response(payload)
