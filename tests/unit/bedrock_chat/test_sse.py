"""Server-sent events, read by parsers that are not ours."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st
from sseclient import SSEClient

from bedrock_chat.events import Event, Failed, Finish, PartialUsage, Start, TextDelta, Usage
from bedrock_chat.sse import HEADERS, SseEncoder

EVENTS: list[tuple[Event, dict[str, Any]]] = [
    (Start("m"), {"type": "start", "model": "m", "request_id": "id-1"}),
    (TextDelta("Hé\u2028\n\n: x"), {"type": "token", "content": "Hé\u2028\n\n: x"}),
    (Usage(3, 2, 5), {"type": "usage", "input_tokens": 3, "output_tokens": 2, "total_tokens": 5}),
    (PartialUsage(2), {"type": "usage", "partial": True, "output_pieces": 2}),
    (Finish("end_turn"), {"type": "done", "stop_reason": "end_turn"}),
    (
        Failed("throttled", "rate_limit_error", "slow down"),
        {
            "type": "error",
            "error": {"message": "slow down", "type": "rate_limit_error", "code": "throttled", "request_id": "id-1"},
        },
    ),
]


def read_with_httpx_sse(data: bytes) -> list[str]:
    response = httpx.Response(200, headers=dict(HEADERS), content=data)
    return [event.data for event in EventSource(response).iter_sse()]


def read_with_sseclient(data: bytes) -> list[str]:
    def pieces() -> Iterator[bytes]:
        yield data

    return [event.data for event in SSEClient(pieces()).events()]


READERS = [read_with_httpx_sse, read_with_sseclient]


@pytest.mark.parametrize("read", READERS)
def test_every_event_is_read_back(read: Callable[[bytes], list[str]]) -> None:
    """As one message each, in order."""
    encoder = SseEncoder("id-1")
    data = b"".join(encoder.encode(event) for event, _ in EVENTS)
    assert [json.loads(message) for message in read(data)] == [document for _, document in EVENTS]


@pytest.mark.parametrize("read", READERS)
@given(texts=st.lists(st.text(min_size=1), min_size=1, max_size=10))
def test_any_text_is_read_back(read: Callable[[bytes], list[str]], texts: list[str]) -> None:
    """Line ends, separators and characters beyond the basic plane included."""
    encoder = SseEncoder("id-1")
    data = b"".join(encoder.encode(TextDelta(text)) for text in texts)
    assert data.isascii()
    assert [json.loads(message)["content"] for message in read(data)] == texts
