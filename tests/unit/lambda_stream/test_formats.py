"""The formats that handlers stream in, read by parsers that are not ours."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st
from sseclient import SSEClient

from lambda_stream import (
    NDJSON_HEADERS,
    SSE_HEADERS,
    TEXT_HEADERS,
    Response,
    json_line,
    ndjson_response,
    sse_event,
    sse_response,
    text_response,
)

Read = Callable[[bytes], list[tuple[str, str]]]


def read_with_httpx_sse(data: bytes) -> list[tuple[str, str]]:
    response = httpx.Response(200, headers=dict(SSE_HEADERS), content=data)
    return [(event.event, event.data) for event in EventSource(response).iter_sse()]


def read_with_sseclient(data: bytes) -> list[tuple[str, str]]:
    return [(event.event, event.data) for event in SSEClient(iter([data])).events()]


readers = pytest.mark.parametrize("read", [read_with_httpx_sse, read_with_sseclient])


@readers
@given(st.lists(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=4), min_size=1))
def test_any_json_is_an_events_data(read: Read, values: list[Any]) -> None:
    """On one line; text by itself is data as it is, so it is wrapped here."""
    data = b"".join(sse_event({"value": value}) for value in values)
    assert [json.loads(text)["value"] for _, text in read(data)] == values


@readers
@pytest.mark.parametrize("text", ["one", "one\ntwo", "one\r\ntwo\rthree", " two spaces", "end\n"])
def test_text_is_an_events_data_line_by_line(read: Read, text: str) -> None:
    """Whatever its line ends were, they are LF."""
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert read(sse_event(text)) == [("message", expected)]


def test_an_event_may_have_a_name_and_an_id() -> None:
    """In fields of their own."""
    assert sse_event({"done": 1}, event="progress", event_id="7") == b'event: progress\nid: 7\ndata: {"done":1}\n\n'
    assert read_with_sseclient(sse_event("", event="end")) == [("end", "")]


@pytest.mark.parametrize("field", ["event", "event_id"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b"])
def test_a_name_or_an_id_cant_begin_another_field(field: str, value: str) -> None:
    """What comes from outside must not forge an event."""
    with pytest.raises(ValueError, match="must not hold a line end"):
        sse_event("x", **{field: value})


@pytest.mark.parametrize("field", ["event", "event_id"])
def test_a_name_or_an_id_is_text(field: str) -> None:
    """A counter is written as text by whoever counts."""
    values: dict[str, Any] = {field: 1}
    with pytest.raises(TypeError, match="must be text, not 1"):
        sse_event("x", **values)


@pytest.mark.parametrize("write", [sse_event, json_line])
@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_has_no_number_for_is_refused(write: Callable[[object], bytes], number: float) -> None:
    """Python would write a word that no client can read."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        write({"value": [number]})


@given(st.lists(st.dictionaries(st.text(), st.text())))
def test_lines_of_json_are_read_back(values: list[dict[str, str]]) -> None:
    """Separators of lines and paragraphs included."""
    data = b"".join(map(json_line, values))
    assert data.isascii()
    assert [json.loads(line) for line in data.decode().splitlines()] == values


@pytest.mark.parametrize(
    ("make", "headers"),
    [(sse_response, SSE_HEADERS), (ndjson_response, NDJSON_HEADERS), (text_response, TEXT_HEADERS)],
)
def test_a_response_has_the_headers_of_its_format(make: Callable[..., Response], headers: dict[str, str]) -> None:
    """Which keep proxies from holding the stream back, and let the runtime fill a silence."""
    response = make(iter([b"x"]), status=202)
    assert (response.status, response.headers) == (202, dict(headers))
    assert response.headers["cache-control"] == "no-cache, no-transform"
