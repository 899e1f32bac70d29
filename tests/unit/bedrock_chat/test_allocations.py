"""What a token costs in memory on its way: counted, as a stand-in for time, which no test measures."""

import gc
import sys
import tracemalloc
from collections.abc import Iterator

from bedrock_chat.converse_stream import ConverseDecoder
from bedrock_chat.formats import SseEncoder
from bedrock_chat.native.event_stream import EventStreamDecoder
from bedrock_chat.native.model import _converse_event
from support.bedrock import START, TOKEN

TOKENS = 2000
TOKENS_A_READ = 40


def reads(count: int) -> Iterator[bytes]:
    """Reads of a connection that brings so many tokens, each cut in the middle of a frame."""
    yield START + TOKEN[:7]
    for _ in range(count // TOKENS_A_READ):
        yield TOKEN[7:] + TOKEN * (TOKENS_A_READ - 1) + TOKEN[:7]


def written(count: int) -> Iterator[bytes]:
    """The chunks that the reads become, one for each."""
    stream, decoder, encoder = EventStreamDecoder(), ConverseDecoder("m"), SseEncoder("id-1")
    for data in reads(count):
        events = [event for message in stream.feed(data) for event in decoder.feed(_converse_event(message))]
        yield b"".join(map(encoder.encode, events))


def blocks_kept(count: int) -> int:
    """How many blocks of memory the decoded frames of so many tokens take while they are held."""
    gc.collect()
    before = sys.getallocatedblocks()
    held = [EventStreamDecoder().feed(START + TOKEN * count)]
    after = sys.getallocatedblocks()
    assert len(held[0]) == count + 1
    return after - before


def test_a_frame_is_few_objects() -> None:
    """A message, and its payload: nothing else of a frame is copied, none of its headers kept."""
    blocks_kept(10)
    assert blocks_kept(TOKENS) - blocks_kept(10) < 2.1 * TOKENS


def test_a_stream_leaves_nothing_behind() -> None:
    """However long it is: each chunk is gone when it has been sent."""
    assert sum(map(len, written(TOKENS))) > TOKENS * len("data: ")
    peaks = [peak_bytes(count) for count in (TOKENS, 10 * TOKENS)]
    assert peaks[1] < peaks[0] + 20_000


def peak_bytes(count: int) -> int:
    """The most memory that a stream of so many tokens takes at once."""
    tracemalloc.start()
    try:
        for _ in written(count):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
