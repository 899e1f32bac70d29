"""The reader that examples/clients/browser gives to web pages, on streams cut at every byte."""

import json
from typing import Any

import pytest

from support.node import run_script


def message(data: str, **other: str) -> dict[str, str]:
    return {"event": "message", "data": data, **other}


# As html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation has it.
CASES: dict[str, tuple[str, list[dict[str, str]]]] = {
    "one event": ("data: a\n\n", [message("a")]),
    "CR as the line's end": ("data: a\r\rdata: b\r\r", [message("a"), message("b")]),
    "CRLF as the line's end": ("data: a\r\n\r\ndata: b\r\n\r\n", [message("a"), message("b")]),
    "mixed ends": ("data: a\r\ndata: b\n\rdata: c\n\n", [message("a\nb"), message("c")]),
    "no space after the colon": ("data:a\n\n", [message("a")]),
    "only the first space goes": ("data:  a\n\n", [message(" a")]),
    "a field without a colon": ("data\n\n", [message("")]),
    "two empty lines of data": ("data\ndata\n\n", [message("\n")]),
    "no data": ("event: x\n\ndata: a\n\n", [message("a")]),
    "a name": ("event: x\ndata: a\n\ndata: b\n\n", [{"event": "x", "data": "a"}, message("b")]),
    "an id stays": ("id: 7\ndata: a\n\ndata: b\n\n", [message("a", id="7"), message("b", id="7")]),
    "an id with NUL is none": ("id: 7\0\ndata: a\n\n", [message("a")]),
    "comments": (": keep-alive\n\n:\ndata: a\n: b\n\n", [message("a")]),
    "unknown fields": ("retry: 5\ndatum: x\ndata: a\n\n", [message("a")]),
    "a BOM": ("\ufeffdata: a\n\n", [message("a")]),
    "characters of 2, 3 and 4 bytes": ("data: é日🙂\n\n", [message("é日🙂")]),
    "separators that end no line": ("data: a\u2028b\u0085c\vd\n\n", [message("a\u2028b\u0085c\vd")]),
    "an event without its end": ("data: a\n\ndata: b\n", [message("a")]),
    "a colon in the data": ('data: {"a": "b: c"}\n\n', [message('{"a": "b: c"}')]),
    "nothing": ("", []),
}


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    bodies = [body for body, _ in CASES.values()]
    return dict(zip(CASES, run_script("read_with_our_client.mjs", bodies), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_stream_is_read_the_same_wherever_it_is_cut(results: dict[str, Any], name: str) -> None:
    """Inside a line, between CR and LF, inside a character; and byte by byte."""
    assert results[name] == [CASES[name][1]], json.dumps(CASES[name][0])
