"""Server-sent events out of pieces, with their times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_check.events import Event, EventDecoder, events_of
from stream_check.recording import Piece, Recording

CASES: dict[str, tuple[bytes, list[tuple[str | None, str]]]] = {
    "one event": (b"data: a\n\n", [("a", "message")]),
    "two lines of data": (b"data: a\ndata:b\n\n", [("a\nb", "message")]),
    "a name": (b"event: done\ndata: {}\n\n", [("{}", "done")]),
    "a name without data": (b"event: done\n\ndata: a\n\n", [("a", "message")]),
    "a comment": (b": keep-alive\n\ndata: a\n\n", [(None, "message"), ("a", "message")]),
    "other fields": (b"id: 1\nretry: 5\nodd\ndata: a\n\n", [("a", "message")]),
    "carriage returns": (
        b"data: a\r\rdata: b\r\n\r\ndata: c\n\n",
        [("a", "message"), ("b", "message"), ("c", "message")],
    ),
    "characters of several bytes": ("data: ä🙂\n\n".encode(), [("ä🙂", "message")]),
    "no end": (b"data: a\n\ndata: b\n", [("a", "message")]),
    "nothing": (b"", []),
}


def decode(pieces: list[bytes]) -> list[tuple[str | None, str]]:
    decoder = EventDecoder()
    return [(event.data, event.name) for piece in pieces for event in decoder.feed(0.0, piece)]


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES.keys())
def test_events_are_the_standards(data: bytes, expected: list[tuple[str | None, str]]) -> None:
    """Whole, and byte by byte."""
    assert decode([data]) == expected
    assert decode([data[at : at + 1] for at in range(len(data))]) == expected


@given(st.lists(st.sampled_from(["data: a", "data: ä🙂", ": beat", "event: x", "", "\r"]), max_size=12), st.data())
def test_every_split_gives_the_same(lines: list[str], data: st.DataObject) -> None:
    """Also inside a character, and between CR and LF."""
    ends = data.draw(st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=len(lines), max_size=len(lines)))
    whole = "".join(line + end for line, end in zip(lines, ends, strict=True)).encode() + b"\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert decode(pieces) == decode([whole])


def test_an_event_has_the_time_of_its_last_byte() -> None:
    """When a reader could have had it."""
    pieces = (Piece(1.0, b"data: {"), Piece(2.0, b'"type":"token"}\n\n: b\n'), Piece(3.0, b"data: x\n\n"))
    recording = Recording("GET", "http://a/", 200, (), 0.5, pieces, 4.0)
    first, comment, last = events_of(recording)
    assert (first.at_s, first.kind, comment.at_s, comment.data, last.at_s, last.kind) == (
        2.0,
        "token",
        2.0,
        None,
        3.0,
        "",
    )


@pytest.mark.parametrize("data", [None, "x", "[1]", "{}"])
def test_data_that_is_no_object_has_no_kind(data: str | None) -> None:
    """Rather than an error: the check says what it expected."""
    assert (Event(0.0, data).document, Event(0.0, data).kind) == ({}, "")


def test_a_long_line_is_put_together_once() -> None:
    """A hundred thousand pieces without a line's end take no longer than their number."""
    decoder = EventDecoder()
    assert not [event for _ in range(100_000) for event in decoder.feed(0.0, b"x" * 60)]
    assert not decoder.feed(0.0, b"\n\n")
