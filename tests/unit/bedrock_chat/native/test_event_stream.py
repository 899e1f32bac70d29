"""Frames of Bedrock's stream: botocore reads the same messages in the same bytes, and damage is never a message."""

import json
import struct
from collections.abc import Mapping
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer, ParserError
from hypothesis import example, given
from hypothesis import strategies as st

from bedrock_chat.native.errors import (
    ChecksumMismatch,
    EventStreamError,
    FrameTooLarge,
    FrameTruncated,
    MalformedFrame,
)
from bedrock_chat.native.event_stream import ERROR, EVENT, EXCEPTION, EventStreamDecoder, Message
from localaws.bedrock.event_stream import event, exception, frame

TOKEN = event("contentBlockDelta", {"delta": {"text": "Hi"}})
STREAM = [
    event("messageStart", {"role": "assistant"}),
    *[event("contentBlockDelta", {"delta": {"text": text}}) for text in ("Hi", " there", "", "日本語 🙂")],
    event("metadata", {}),
    exception("throttlingException", {"message": "slower"}),
    frame({":message-type": "error", ":error-code": "Broken", ":error-message": "all of it"}, b""),
]
Facts = tuple[str, str, str | None, str | None, bytes]


def facts(message: Message) -> Facts:
    return message.kind, message.name, message.content_type, message.error_message, message.payload


def decode(pieces: list[bytes]) -> list[Facts]:
    decoder = EventStreamDecoder()
    messages = [facts(message) for piece in pieces for message in decoder.feed(piece)]
    decoder.close()
    return messages


def decode_with_botocore(data: bytes) -> list[Facts]:
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    names = {EVENT: ":event-type", EXCEPTION: ":exception-type", ERROR: ":error-code"}
    return [
        (
            found.headers[":message-type"],
            found.headers[names[found.headers[":message-type"]]],
            found.headers.get(":content-type"),
            found.headers.get(":error-message"),
            found.payload,
        )
        for found in buffer
    ]


def raw_frame(headers: bytes, payload: bytes = b"", lengths: tuple[int, int] | None = None) -> bytes:
    """A frame with right checksums, whatever its headers are and its lengths say."""
    total, headers_size = lengths or (16 + len(headers) + len(payload), len(headers))
    prelude = struct.pack(">II", total, headers_size)
    message = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def header(name: bytes, kind: int, value: bytes) -> bytes:
    return bytes([len(name)]) + name + bytes([kind]) + value


def text_header(name: str, value: str) -> bytes:
    return header(name.encode(), 7, struct.pack(">H", len(value.encode())) + value.encode())


# Every type of header, by the number that stands before its value.
OTHER_VALUES = st.one_of(
    st.sampled_from([0, 1]).map(lambda kind: (kind, b"")),
    *[
        st.tuples(st.just(kind), st.binary(min_size=size, max_size=size))
        for kind, size in {2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}.items()
    ],
    st.binary(max_size=300).map(lambda value: (6, struct.pack(">H", len(value)) + value)),
    st.text(max_size=100).map(lambda text: (7, struct.pack(">H", len(text.encode())) + text.encode())),
)
OTHER_HEADERS = st.dictionaries(st.text(max_size=30).filter(lambda name: not name.startswith(":")), OTHER_VALUES).map(
    lambda others: [header(name.encode(), kind, value) for name, (kind, value) in others.items()]
)
NAMES = st.text(max_size=20)
OWN_HEADERS: st.SearchStrategy[Mapping[str, str]] = st.one_of(
    NAMES.map(lambda name: {":event-type": name, ":content-type": "application/json", ":message-type": "event"}),
    NAMES.map(lambda name: {":message-type": "exception", ":exception-type": name}),
    NAMES.map(lambda name: {":message-type": "error", ":error-code": name, ":error-message": name}),
)


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    own = [text_header(name, value) for name, value in draw(OWN_HEADERS).items()]
    headers = draw(st.permutations([*own, *draw(OTHER_HEADERS)]))
    return raw_frame(b"".join(headers), draw(st.binary(max_size=300)))


@given(st.lists(frames(), max_size=4), st.data())
def test_botocore_reads_the_same_messages(parts: list[bytes], data: st.DataObject) -> None:
    """Headers of every type in any order, cut anywhere."""
    wire = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    assert decode(pieces) == decode_with_botocore(wire)


def test_a_stream_is_the_same_wherever_it_is_split() -> None:
    """Whole, byte by byte, and cut in two at every place."""
    wire = b"".join(STREAM)
    expected = decode_with_botocore(wire)
    assert len(expected) == len(STREAM)
    for pieces in [
        [wire],
        [wire[i : i + 1] for i in range(len(wire))],
        *([wire[:i], wire[i:]] for i in range(len(wire))),
    ]:
        assert decode(pieces) == expected


def test_an_error_frame_says_what_it_is_about() -> None:
    """Its text is a header, not a payload."""
    assert decode(STREAM[-1:]) == [("error", "Broken", None, "all of it", b"")]


@given(frames(), frames(), st.data())
def test_a_flipped_bit_is_never_a_message(good: bytes, damaged: bytes, data: st.DataObject) -> None:
    """What came before it is; and botocore finds the damage too, once it has the bytes that a wrong length asks for."""
    bit = data.draw(st.integers(0, 8 * len(damaged) - 1))
    wrong = bytearray(damaged)
    wrong[bit // 8] ^= 1 << bit % 8
    decoder = EventStreamDecoder()
    with pytest.raises(ChecksumMismatch) as caught:
        decoder.feed(good + bytes(wrong))
    assert [facts(message) for message in caught.value.messages] == decode_with_botocore(good)
    with pytest.raises(ParserError):
        decode_with_botocore(bytes(wrong))


@given(st.binary(min_size=1, max_size=200))
@example(b"\0" * 64)
def test_garbage_is_never_a_message(garbage: bytes) -> None:
    """It is refused by its first twelve bytes, or at the end."""
    decoder = EventStreamDecoder()
    with pytest.raises(EventStreamError):  # noqa: PT012 - either may find it
        decoder.feed(garbage)
        decoder.close()


def test_every_cut_of_a_frame_is_noticed() -> None:
    """At the stream's end."""
    for cut in range(1, len(TOKEN)):
        decoder = EventStreamDecoder()
        assert decoder.feed(TOKEN[:cut]) == []
        with pytest.raises(FrameTruncated, match=f"after {cut} bytes"):
            decoder.close()


OWN = text_header(":message-type", "event") + text_header(":event-type", "a")
# Each case: the frame's headers and what is said about them.
MALFORMED: dict[str, tuple[bytes, str]] = {
    "no headers": (b"", "no :message-type"),
    "an unknown kind": (text_header(":message-type", "news"), "'news'"),
    "an event without a type": (text_header(":message-type", "event"), "no :event-type"),
    "an exception without a type": (text_header(":message-type", "exception"), "no :exception-type"),
    "an error without a code": (text_header(":message-type", "error"), "no :error-code"),
    "a kind that is no text": (header(b":message-type", 0, b"") + text_header(":event-type", "a"), "no :message-type"),
    "a type that is no text": (
        text_header(":message-type", "event") + header(b":event-type", 4, b"abcd"),
        "no :event-",
    ),
    "the same twice": (OWN + text_header(":event-type", "b"), "':event-type' twice"),
    "the same twice, not text": (OWN + header(b"x", 0, b"") + header(b"x", 1, b""), "'x' twice"),
    "an unknown header type": (OWN + header(b"x", 10, b""), "type 10"),
    "a header without a type": (OWN + b"\1x", "type None"),
    "a name over the end": (OWN + b"\5ab", "type None"),
    "a value over the end": (OWN + header(b"x", 5, b"1234567"), "longer than its headers"),
    "a text over the end": (OWN + header(b"x", 7, b"\0\2a"), "longer than its headers"),
    "half a length": (OWN + header(b"x", 7, b"\0"), "longer than its headers"),
    "no length": (OWN + header(b"x", 6, b""), "longer than its headers"),
    "a value that is not UTF-8": (OWN + header(b"x", 7, b"\0\1\xff"), "not UTF-8"),
    "a name that is not UTF-8": (OWN + header(b"\xff", 0, b""), "not UTF-8"),
}


@pytest.mark.parametrize(("headers", "said"), MALFORMED.values(), ids=MALFORMED)
def test_headers_that_break_a_rule_are_refused(headers: bytes, said: str) -> None:
    """Though the checksums are right."""
    with pytest.raises(MalformedFrame, match=said):
        EventStreamDecoder().feed(raw_frame(headers))


def test_limits_are_kept_by_the_first_twelve_bytes() -> None:
    """Nobody waits for a frame that is too long, nor keeps its bytes."""
    decoder = EventStreamDecoder(max_frame_bytes=1_000, max_headers_bytes=100)
    with pytest.raises(FrameTooLarge, match="1001 bytes, more than 1000"):
        decoder.feed(raw_frame(b"", lengths=(1_001, 0))[:12])
    decoder = EventStreamDecoder(max_frame_bytes=1_000, max_headers_bytes=100)
    with pytest.raises(FrameTooLarge, match="headers of a frame have 101 bytes, more than 100"):
        decoder.feed(raw_frame(b"", lengths=(1_000, 101))[:12])
    decoder = EventStreamDecoder(max_frame_bytes=len(TOKEN), max_headers_bytes=int.from_bytes(TOKEN[4:8], "big"))
    assert len(decoder.feed(TOKEN)) == 1


@pytest.mark.parametrize("lengths", [(0, 0), (15, 0), (16, 1), (115, 100)])
def test_lengths_that_do_not_fit_are_refused(lengths: tuple[int, int]) -> None:
    """A frame is at least its sixteen bytes and its headers."""
    with pytest.raises(MalformedFrame, match=f"of {lengths[0]} bytes can't hold {lengths[1]}"):
        EventStreamDecoder().feed(raw_frame(b"", lengths=lengths)[:12])


def test_a_large_frame_may_come_in_many_pieces() -> None:
    """A picture's bytes are one frame."""
    wire = event("contentBlockDelta", {"delta": {"text": "x" * 8_000_000}})
    (message,) = decode([wire[at : at + 4_096] for at in range(0, len(wire), 4_096)])
    assert json.loads(message[4]) == {"delta": {"text": "x" * 8_000_000}}


def test_more_kinds_of_headers_than_are_kept_are_read_all_the_same() -> None:
    """A decoder keeps the few that a stream repeats."""
    wire = b"".join(event(f"kind-{number}", {}) for number in range(200))
    assert [name for _, name, *_ in decode([wire, wire])] == [f"kind-{number}" for number in range(200)] * 2
