"""What each kind of result becomes."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any

import pytest

from lambda_stream import InvalidResult, Response
from lambda_stream.reply import BufferedReply, StreamedReply, reply_to
from lambda_stream.response import PRELUDE_END

HTTP_EVENT = {"requestContext": {"http": {"method": "GET"}}}
RAW_EVENT = {"sentence": "a b"}


def words() -> Iterator[str | bytes]:
    yield "a "
    yield b"b"


async def async_words() -> AsyncIterator[str]:
    yield "a "
    yield "b"


class Table:
    """An iterable that is no iterator."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([b"1", b"2"])


def http_reply(result: object) -> tuple[dict[str, Any], list[bytes]]:
    reply = reply_to(HTTP_EVENT, result)
    assert isinstance(reply, StreamedReply)
    assert reply.content_type == "application/vnd.awslambda.http-integration-response"
    return json.loads(reply.prelude.removesuffix(PRELUDE_END)), list(reply.chunks)


TEXT = {"content-type": "text/plain; charset=utf-8"}
JSON = {"content-type": "application/json"}
OCTETS = {"content-type": "application/octet-stream"}

HTTP_RESULTS: dict[str, tuple[object, int, dict[str, str], list[bytes]]] = {
    "generator": (words(), 200, TEXT, [b"a ", b"b"]),
    "async generator": (async_words(), 200, TEXT, [b"a ", b"b"]),
    "iterable": (Table(), 200, TEXT, [b"1", b"2"]),
    "nothing yielded": (iter(()), 200, TEXT, []),
    "empty chunks": (iter(["", b"", "x", ""]), 200, TEXT, [b"x"]),
    "views": (iter([memoryview(b"x"), bytearray(b"y")]), 200, TEXT, [b"x", b"y"]),
    "response": (Response(words(), status=201, headers={"content-type": "a/b"}), 201, {"content-type": "a/b"},
                 [b"a ", b"b"]),
    "text": ("hello", 200, JSON, [b"hello"]),
    "bytes": (b"hello", 200, OCTETS, [b"hello"]),
    "dictionary": ({"a": 1}, 200, JSON, [b'{"a": 1}']),
    "list": ([1, 2], 200, JSON, [b"[1, 2]"]),
    "none": (None, 200, JSON, [b"null"]),
    "proxy": ({"statusCode": 404, "body": "no"}, 404, JSON, [b"no"]),
    "proxy without body": ({"statusCode": 204}, 204, JSON, []),
    "proxy with headers": ({"statusCode": 200, "headers": {"Content-Type": "a/b", "x": 5, "y": True}, "body": "t"}, 200,
                           {"Content-Type": "a/b", "x": "5", "y": "true"}, [b"t"]),
    "proxy in base64": ({"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(b"\0\1").decode()}, 200,
                        JSON, [b"\0\1"]),
    "proxy without a header's value": ({"statusCode": 200, "headers": {"x": None}, "body": "t"}, 200, JSON, [b"t"]),
    "a list as a body": (Response(["a", b"b"]), 200, TEXT, [b"a", b"b"]),
    "decimals": ({"a": Decimal(1), "b": Decimal("1.5")}, 200, JSON, [b'{"a": 1, "b": 1.5}']),
    "proxy in base64, empty": ({"statusCode": 200, "isBase64Encoded": True, "body": ""}, 200, JSON, []),
    "proxy with a stream": ({"statusCode": 200, "body": words()}, 200, JSON, [b"a ", b"b"]),
}  # fmt: skip


@pytest.mark.parametrize(("result", "status", "headers", "body"), HTTP_RESULTS.values(), ids=HTTP_RESULTS)
def test_a_result_becomes_an_http_response(
    result: object, status: int, headers: dict[str, str], body: list[bytes]
) -> None:
    """With a prelude, and one chunk for each item that isn't empty."""
    prelude, sent = http_reply(result)
    assert (prelude["statusCode"], prelude["headers"], sent) == (status, headers, body)


def test_a_proxy_result_keeps_cookies_and_repeated_headers() -> None:
    """Both ways of API Gateway."""
    result = {"statusCode": 200, "cookies": ["a=1"], "multiValueHeaders": {"x": ["1", "2"]}}
    prelude, _ = http_reply(result)
    assert (prelude["cookies"], prelude["multiValueHeaders"]) == (["a=1"], {"x": ["1", "2"]})


RAW_STREAMS: dict[str, tuple[object, str, list[bytes]]] = {
    "generator": (words(), "application/octet-stream", [b"a ", b"b"]),
    "bytes": (b"x", "application/octet-stream", [b"x"]),
    "response": (Response("x", headers={"Content-Type": "a/b"}), "a/b", [b"x"]),
    "response without type": (Response("x"), "application/octet-stream", [b"x"]),
}


@pytest.mark.parametrize(("result", "content_type", "body"), RAW_STREAMS.values(), ids=RAW_STREAMS)
def test_a_raw_event_gets_the_bytes_alone(result: object, content_type: str, body: list[bytes]) -> None:
    """No prelude: the caller is no HTTP front."""
    reply = reply_to(RAW_EVENT, result)
    assert isinstance(reply, StreamedReply)
    assert (reply.content_type, reply.prelude, list(reply.chunks)) == (content_type, b"", body)


@pytest.mark.parametrize("result", [{"a": [1, "ä"]}, "text", None, 5, {"statusCode": 200}], ids=repr)
def test_a_raw_event_gets_a_json_value_as_it_is(result: object) -> None:
    """As from the managed runtime."""
    reply = reply_to(RAW_EVENT, result)
    assert isinstance(reply, BufferedReply)
    assert json.loads(reply.body) == result


@pytest.mark.parametrize("content_type", ["text/plain\r\nX-Injected: 1", "a/b; x=\N{SNOWMAN}"])
def test_a_raw_responses_headers_are_checked_too(content_type: str) -> None:
    """Its content type is a header of the request to Lambda."""
    with pytest.raises(InvalidResult, match="control characters"):
        reply_to(RAW_EVENT, Response("x", headers={"content-type": content_type}))


class Source:
    """A body that is no iterator and wants to be closed, as an HTTP client's response does."""

    closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"a"

    def close(self) -> None:
        self.closed = True


def test_a_body_that_can_be_closed_is_closed() -> None:
    """Not its iterator alone."""
    source = Source()
    assert http_reply(Response(source))[1] == [b"a"]
    assert source.closed


INVALID: dict[str, tuple[object, str]] = {
    "a set": ({"a": {1}}, "Unable to marshal response"),
    "bytes in a dictionary": ({"a": b"x"}, "Unable to marshal response"),
    "a chunk of a wrong type": (iter([5]), "a chunk must be bytes or str, not int"),
    "a body of a wrong type": (Response(5), "a body must be text, bytes or an iterable of them, not int"),  # type: ignore[arg-type]
    "a body that is a dictionary": (Response({"a": 1}), "not dict"),
    "a proxy body that is a dictionary": ({"statusCode": 200, "body": {"a": 1}}, "json.dumps it"),
    "a proxy body that isn't base64": ({"statusCode": 200, "isBase64Encoded": True, "body": "?"}, "not base64"),
    "a proxy body that can't be base64": ({"statusCode": 200, "isBase64Encoded": True, "body": 5}, "not int"),
    "proxy headers that are a list": ({"statusCode": 200, "headers": ["x"]}, "headers must be an object"),
    "proxy cookies that are one text": ({"statusCode": 200, "cookies": "a=1"}, "cookies must be a list of texts"),
    "a proxy status that is text": ({"statusCode": "200"}, "status must be"),
}


@pytest.mark.parametrize(("result", "message"), INVALID.values(), ids=INVALID)
def test_a_result_that_cannot_be_sent_is_refused(result: object, message: str) -> None:
    """With a message that says why, at the latest with its first chunk."""
    with pytest.raises(InvalidResult, match=message):
        http_reply(result)


@pytest.mark.parametrize("kind", ["generator", "async generator"])
def test_closing_the_chunks_runs_the_handlers_finally(kind: str) -> None:
    """Whatever the handler holds is released when the stream is given up."""
    released: list[str] = []

    def holds() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            released.append("generator")

    async def holds_async() -> AsyncIterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            released.append("async generator")

    reply = reply_to(HTTP_EVENT, holds() if kind == "generator" else holds_async())
    assert isinstance(reply, StreamedReply)
    assert next(reply.chunks) == b"a"
    reply.chunks.close()
    assert released == [kind]


def test_no_chunk_is_made_before_it_is_wanted() -> None:
    """Nothing is read ahead into memory."""
    made: list[int] = []

    def counts() -> Iterator[str]:
        for number in range(3):
            made.append(number)
            yield str(number)

    reply = reply_to(HTTP_EVENT, counts())
    assert isinstance(reply, StreamedReply)
    assert made == []
    next(reply.chunks)
    assert made == [0]


SSE = {"Content-Type": "Text/Event-Stream; charset=utf-8"}
HEARTBEATS: dict[str, tuple[Response, bytes, dict[bytes, bool]]] = {
    "server-sent events": (
        Response(headers=SSE), b": keep-alive\n\n", {b"": True, b"data: x\n\n": True, b"data: x\n": False, b"x": False},
    ),
    "NDJSON": (
        Response(headers={"content-type": "application/x-ndjson"}), b"\n", {b"": True, b"{}\n": True, b"{": False},
    ),
    "text": (Response(headers={"content-type": "text/plain"}), b"", {b"": False, b"x\n": False}),
    "its own": (Response(heartbeat=b" "), b" ", {b"": True, b"x": True}),
    "off": (Response(headers=SSE, heartbeat=b""), b"", {b"": False, b"data: x\n\n": False}),
}  # fmt: skip


@pytest.mark.parametrize(("response", "heartbeat", "allowed"), HEARTBEATS.values(), ids=HEARTBEATS)
def test_a_heartbeat_is_what_the_format_knows_where_it_fits(
    response: Response, heartbeat: bytes, allowed: dict[bytes, bool]
) -> None:
    """Between events, never inside one."""
    reply = reply_to(HTTP_EVENT, response)
    assert isinstance(reply, StreamedReply)
    assert reply.heartbeat == heartbeat
    assert {last: reply.beats_after(last) for last in allowed} == allowed
