"""Frames, read back by botocore's parser, and the vectors of the specification."""

from __future__ import annotations

import json

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer

from localaws.bedrock.event_stream import event, exception, frame, with_wrong_crc


def test_an_empty_frame() -> None:
    """Vector: smithy-lang/smithy, aws-event-stream test vectors, `empty_message`."""
    assert frame({}, b"") == bytes.fromhex("000000100000000005c248eb7d98c8ff")


def test_a_frame_with_payload_only() -> None:
    """Vector: smithy-lang/smithy, aws-event-stream test vectors, `payload_no_headers`."""
    expected = "0000001d00000000fd528c5a7b27666f6f273a27626172277dc36539" + "36"
    assert frame({}, b"{'foo':'bar'}") == bytes.fromhex(expected)


@pytest.mark.parametrize("text", ["plain", "čeština 日本語 🙂", "", "x" * 70_000])
def test_botocore_reads_what_we_write(text: str) -> None:
    """Header for header, at every way of feeding."""
    data = event("contentBlockDelta", {"delta": {"text": text}})
    buffer = EventStreamBuffer()
    for start in range(0, len(data), 7):
        buffer.add_data(data[start : start + 7])
    (message,) = list(buffer)
    assert message.headers == {
        ":event-type": "contentBlockDelta",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    assert json.loads(message.payload) == {"delta": {"text": text}}


def test_an_exception_frame() -> None:
    """It is marked as one, so that clients raise it."""
    buffer = EventStreamBuffer()
    buffer.add_data(exception("throttlingException", {"message": "slower"}))
    (message,) = list(buffer)
    assert message.headers[":message-type"] == "exception"
    assert message.headers[":exception-type"] == "throttlingException"


def test_a_wrong_checksum_is_the_only_fault() -> None:
    """Of the message: its length and its prelude are right."""
    good = event("messageStop", {"stopReason": "end_turn"})
    bad = with_wrong_crc(good)
    assert (len(bad), bad[:-4]) == (len(good), good[:-4])
    buffer = EventStreamBuffer()
    buffer.add_data(bad)
    with pytest.raises(ChecksumMismatch):
        next(buffer)
