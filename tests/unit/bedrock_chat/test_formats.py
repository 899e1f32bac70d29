"""Server-sent events, read by parsers that are not ours."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st
from sseclient import SSEClient

from bedrock_chat.errors import InvalidRequest, NotAcceptable, OutOfOrder
from bedrock_chat.events import (
    BlockEnd,
    Citation,
    Event,
    Failed,
    Finish,
    ReasoningDelta,
    ReasoningSignature,
    Start,
    TextDelta,
    ToolDelta,
    ToolStart,
    Usage,
)
from bedrock_chat.formats import FORMATS, NdjsonEncoder, SseEncoder, TextEncoder, encoder_for
from lambda_stream import SSE_HEADERS, Request
from support.answers import legal_answers
from support.node import run_script

EVENTS: list[tuple[Event, list[dict[str, Any]]]] = [
    (Start("m"), [{"type": "start", "model": "m", "request_id": "id-1"}]),
    (ReasoningDelta("hm"), [{"type": "reasoning", "content": "hm"}]),
    (ReasoningSignature("c2ln"), [{"type": "reasoning_signature", "signature": "c2ln"}]),
    (BlockEnd(), []),
    (TextDelta("Hé\u2028\n\n: x"), [{"type": "token", "content": "Hé\u2028\n\n: x"}]),
    (Citation("Sky", None, "blue"), [{"type": "citation", "title": "Sky", "url": None, "quote": "blue"}]),
    (BlockEnd(), []),
    (ToolStart("t1", "weather"), [{"type": "tool", "id": "t1", "name": "weather"}]),
    (ToolDelta('{"a'), [{"type": "tool_input", "content": '{"a'}]),
    (BlockEnd(), [{"type": "tool_end"}]),
]
COUNTED: tuple[Event, list[dict[str, Any]]] = (
    Usage(3, 2, 5),
    [{"type": "usage", "input_tokens": 3, "output_tokens": 2, "total_tokens": 5}],
)
ENDINGS: dict[str, list[tuple[Event, list[dict[str, Any]]]]] = {
    "whole": [COUNTED, (Finish("end_turn"), [{"type": "done", "stop_reason": "end_turn"}])],
    "cached": [
        (Usage(3, 2, 9, 4, 0), [{**COUNTED[1][0], "total_tokens": 9, "cache_read_tokens": 4}]),
        (Finish("end_turn"), [{"type": "done", "stop_reason": "end_turn"}]),
    ],
    "free": [
        (Usage(0, 0, 0), [{"type": "usage", "input_tokens": 0, "output_tokens": 0, "total_tokens": 0}]),
        (Finish("end_turn"), [{"type": "done", "stop_reason": "end_turn"}]),
    ],
    "failed": [
        (
            Failed("throttled", "rate_limit_error", "slow down", 2),
            [
                {"type": "usage", "partial": True, "output_pieces": 2},
                {
                    "type": "error",
                    "error": {
                        "message": "slow down",
                        "type": "rate_limit_error",
                        "code": "throttled",
                        "request_id": "id-1",
                    },
                },
            ],
        )
    ],
}


def read_with_httpx_sse(data: bytes) -> list[str]:
    response = httpx.Response(200, headers=dict(SSE_HEADERS), content=data)
    return [event.data for event in EventSource(response).iter_sse()]


def read_with_sseclient(data: bytes) -> list[str]:
    def pieces() -> Iterator[bytes]:
        yield data

    return [event.data for event in SSEClient(pieces()).events()]


def read_with_eventsource_parser(data: bytes) -> list[str]:
    """In pieces of three bytes: lines, and characters, are cut in two."""
    messages: list[str] = run_script("read_events.mjs", {"bodies": [base64.b64encode(data).decode()], "size": 3})[0]
    return messages


READERS = [read_with_httpx_sse, read_with_sseclient, read_with_eventsource_parser]


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("read", READERS)
def test_every_event_is_read_back(
    read: Callable[[bytes], list[str]], ending: list[tuple[Event, list[dict[str, Any]]]]
) -> None:
    """As a message of its own, in order."""
    encoder, answer = SseEncoder("id-1"), [*EVENTS, *ending]
    data = b"".join(encoder.encode(event) for event, _ in answer)
    expected = [document for _, documents in answer for document in documents]
    assert [json.loads(message) for message in read(data)] == expected


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_lines_of_json_hold_the_same(ending: list[tuple[Event, list[dict[str, Any]]]]) -> None:
    """One object a line."""
    encoder, answer = NdjsonEncoder("id-1"), [*EVENTS, *ending]
    data = b"".join(encoder.encode(event) for event, _ in answer)
    expected = [document for _, documents in answer for document in documents]
    assert data.endswith(b"\n")
    assert [json.loads(line) for line in data.decode().splitlines()] == expected


@pytest.mark.parametrize(("pieces", "told"), [(None, []), (0, [0]), (2, [2])])
def test_what_is_known_of_a_broken_answers_cost_is_told(pieces: int | None, told: list[int]) -> None:
    """That nothing came yet too; of an answer that never began nothing is known."""
    lines = NdjsonEncoder("id-1").encode(Failed("throttled", "rate_limit_error", "slow down", pieces)).splitlines()
    *usages, error = map(json.loads, lines)
    assert [usage["output_pieces"] for usage in usages] == told
    assert error["type"] == "error"


def test_plain_text_is_the_text_alone() -> None:
    """In UTF-8, and nothing at its end."""
    encoder = TextEncoder("id-1")
    data = b"".join(encoder.encode(event) for event, _ in [*EVENTS, *ENDINGS["failed"]])
    assert data.decode() == "Hé\u2028\n\n: x"


@pytest.mark.parametrize("encoder", [SseEncoder, NdjsonEncoder, TextEncoder])
def test_an_event_out_of_order_is_refused(encoder: type[SseEncoder | NdjsonEncoder | TextEncoder]) -> None:
    """And the answer can still be ended in good form."""
    one = encoder("id-1")
    one.encode(Start("m"))
    with pytest.raises(OutOfOrder, match="ToolDelta may not come in the state 'between blocks'"):
        one.encode(ToolDelta("{}"))
    one.encode(Failed("internal_error", "api_error", "a defect"))


@pytest.mark.parametrize("read", [read_with_httpx_sse, read_with_sseclient])
@given(texts=st.lists(st.text(min_size=1), min_size=1, max_size=10))
def test_any_text_is_read_back(read: Callable[[bytes], list[str]], texts: list[str]) -> None:
    """Line ends, separators and characters beyond the basic plane included."""
    encoder = SseEncoder("id-1")
    encoder.encode(Start("m"))
    data = b"".join(encoder.encode(TextDelta(text)) for text in texts)
    assert data.isascii()
    assert [json.loads(message)["content"] for message in read(data)] == texts


@pytest.mark.parametrize("read", [read_with_httpx_sse, read_with_sseclient])
@given(answer=legal_answers())
def test_every_answer_is_read_to_its_end(read: Callable[[bytes], list[str]], answer: list[Event]) -> None:
    """In any order that an answer can have, broken off anywhere: the last message says how it ended."""
    encoder = SseEncoder("id-1")
    messages = [json.loads(message) for message in read(b"".join(map(encoder.encode, answer)))]
    assert messages[-1]["type"] == ("error" if isinstance(answer[-1], Failed) else "done")
    text = "".join(event.text for event in answer if isinstance(event, TextDelta))
    assert "".join(message["content"] for message in messages if message["type"] == "token") == text


@given(answer=legal_answers())
def test_lines_and_text_say_the_same(answer: list[Event]) -> None:
    """As the server-sent events; plain text the words alone."""
    data = {name: b"".join(map(FORMATS[name]("id-1").encode, answer)) for name in FORMATS}
    messages = [json.loads(message) for message in read_with_sseclient(data["sse"])]
    assert [json.loads(line) for line in data["ndjson"].splitlines()] == messages
    assert data["jsonl"] == data["ndjson"]
    words = "".join(message["content"] for message in messages if message["type"] == "token")
    assert data["text"].decode() == words


def request(query: str | None = None, accept: str | None = None) -> Request:
    return Request(
        {
            "requestContext": {"http": {"method": "POST"}},
            "rawPath": "/chat",
            "headers": {} if accept is None else {"Accept": accept},
            "queryStringParameters": {} if query is None else {"format": query},
        }
    )


CHOICES = {
    "nothing said": (None, None, "text/event-stream"),
    "curl": (None, "*/*", "text/event-stream"),
    "axios": (None, "application/json, text/plain, */*", "text/event-stream"),
    "no type at all": (None, "", "text/event-stream"),
    "SSE": (None, "text/event-stream", "text/event-stream"),
    "NDJSON": (None, "application/x-ndjson", "application/x-ndjson"),
    "NDJSON as a browser's library names it": (None, "application/ndjson", "application/x-ndjson"),
    "JSON Lines": (None, "application/jsonl", "application/jsonl"),
    "text": (None, "text/plain; charset=utf-8", "text/plain"),
    "any text": (None, "text/*", "text/event-stream"),
    "text rather than SSE": (None, "text/event-stream;q=0.5, text/plain", "text/plain"),
    "anything but SSE": (None, "text/event-stream;q=0, */*;q=0.1", "application/x-ndjson"),
    "a weight that is none": (None, "text/plain;q=high", "text/plain"),
    "in capitals": (None, "TEXT/PLAIN", "text/plain"),
    "the query before the header": ("ndjson", "text/plain", "application/x-ndjson"),
    "query sse": ("sse", None, "text/event-stream"),
    "query jsonl": ("jsonl", None, "application/jsonl"),
    "query text": ("text", None, "text/plain"),
}


@pytest.mark.parametrize(("query", "accept", "expected"), CHOICES.values(), ids=CHOICES)
def test_the_client_chooses_the_format(query: str | None, accept: str | None, expected: str) -> None:
    """By the query or by what it accepts."""
    assert encoder_for(request(query, accept), "id-1").headers["content-type"].partition(";")[0] == expected


def test_a_format_that_is_none_is_refused() -> None:
    """With those that are. An empty one is no reason to guess."""
    with pytest.raises(InvalidRequest, match="format must be one of sse, ndjson, jsonl, text, not 'xml'"):
        encoder_for(request("xml"), "id-1")
    with pytest.raises(InvalidRequest, match="not ''"):
        encoder_for(request(""), "id-1")


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream;q=0"])
def test_a_client_that_takes_no_format_is_told_so(accept: str) -> None:
    """Status 406, with what there is."""
    with pytest.raises(NotAcceptable, match="an answer is one of text/event-stream, "):
        encoder_for(request(accept=accept), "id-1")
