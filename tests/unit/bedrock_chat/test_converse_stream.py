"""Converse requests and events."""

from typing import Any

import pytest

from bedrock_chat.conversation import ChatRequest, Message
from bedrock_chat.converse_request import converse_parameters
from bedrock_chat.converse_stream import ConverseDecoder
from bedrock_chat.errors import StreamTruncated
from bedrock_chat.events import BlockEnd, Event, Finish, Start, TextDelta, Usage

METADATA = {"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}, "metrics": {"latencyMs": 9}}
ANSWER: list[dict[str, Any]] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": "Hel"}, "contentBlockIndex": 0}},
    {"contentBlockDelta": {"delta": {"text": "lo"}, "contentBlockIndex": 0}},
    {"contentBlockStop": {"contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": METADATA},
]


def decode(events: list[dict[str, Any]]) -> list[Event]:
    decoder = ConverseDecoder("model-a")
    decoded = [neutral for event in events for neutral in decoder.feed(event)]
    decoder.close()
    return decoded


def test_a_whole_answer_ends_with_usage_and_finish() -> None:
    """Though Bedrock sends the stop reason first."""
    assert decode(ANSWER) == [
        Start("model-a"), TextDelta("Hel"), TextDelta("lo"), BlockEnd(), Usage(3, 2, 5), Finish("end_turn"),
    ]  # fmt: skip


@pytest.mark.parametrize("count", range(len(ANSWER)))
def test_an_answer_without_its_end_is_truncated(count: int) -> None:
    """Wherever it stops; a close-delimited stream would end silently."""
    with pytest.raises(StreamTruncated, match="no messageStop and metadata"):
        decode(ANSWER[:count])


def test_metadata_without_a_stop_is_truncated() -> None:
    """Both must have come."""
    with pytest.raises(StreamTruncated):
        decode([event for event in ANSWER if "messageStop" not in event])


def test_kinds_that_are_not_known_are_passed_over() -> None:
    """Bedrock adds kinds of events and of deltas; a chat must go on."""
    unknown: list[dict[str, Any]] = [
        {"contentBlockStart": {"start": {}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"somethingNew": {"text": "hm"}}, "contentBlockIndex": 0}},
        {"contentBlockDelta": {"delta": {"text": ""}, "contentBlockIndex": 0}},
        {"somethingNew": {}},
    ]
    assert decode([ANSWER[0], *unknown, *ANSWER[1:]]) == decode(ANSWER)


def test_the_parameters_hold_what_was_asked() -> None:
    """And the operator's system prompt."""
    request = ChatRequest(
        "m",
        (Message.of_text("user", "a"), Message.of_text("assistant", "b"), Message.of_text("user", "c")),
        7,
        0.5,
        0.9,
        ("X",),
    )
    assert converse_parameters(request, "Be brief.") == {
        "modelId": "m",
        "messages": [
            {"role": "user", "content": [{"text": "a"}]},
            {"role": "assistant", "content": [{"text": "b"}]},
            {"role": "user", "content": [{"text": "c"}]},
        ],
        "inferenceConfig": {"maxTokens": 7, "temperature": 0.5, "topP": 0.9, "stopSequences": ["X"]},
        "system": [{"text": "Be brief."}],
    }  # fmt: skip


def test_what_was_not_asked_is_left_to_the_model() -> None:
    """No parameter is invented."""
    request = ChatRequest("m", (Message.of_text("user", "a"),), 7)
    assert converse_parameters(request, None) == {
        "modelId": "m",
        "messages": [{"role": "user", "content": [{"text": "a"}]}],
        "inferenceConfig": {"maxTokens": 7},
    }
