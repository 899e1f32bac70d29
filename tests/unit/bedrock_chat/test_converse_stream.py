"""Converse events, in the order that Bedrock sends them and in any other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.converse_stream import ConverseDecoder
from bedrock_chat.errors import ModelFailed, StreamTruncated
from bedrock_chat.event_order import FINISHED, NEW, state_after
from bedrock_chat.events import (
    BlockEnd,
    Citation,
    Event,
    Finish,
    ReasoningDelta,
    ReasoningSignature,
    Start,
    TextDelta,
    ToolDelta,
    ToolStart,
    Usage,
)
from support.exact import exact

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
    assert exact(decode(ANSWER)) == exact([
        Start("model-a"), TextDelta("Hel"), TextDelta("lo"), BlockEnd(), Usage(3, 2, 5), Finish("end_turn"),
    ])  # fmt: skip


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
    assert exact(decode([ANSWER[0], *unknown, *ANSWER[1:]])) == exact(decode(ANSWER))


def delta(index: int, **content: Any) -> dict[str, Any]:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": content}}


def tool_start(index: int) -> dict[str, Any]:
    tool = {"toolUseId": f"t{index}", "name": "weather"}
    return {"contentBlockStart": {"contentBlockIndex": index, "start": {"toolUse": tool}}}


def stop(index: int) -> dict[str, Any]:
    return {"contentBlockStop": {"contentBlockIndex": index}}


def within(*events: dict[str, Any]) -> list[Event]:
    """What stands between the start and the end of an answer."""
    return decode([ANSWER[0], *events, *ANSWER[-2:]])[1:-2]


def test_reasoning_text_and_tools_are_blocks_of_their_own() -> None:
    """Each with its end; of reasoning also the signature, of a tool its id and name."""
    events = within(
        delta(0, reasoningContent={"text": "hm"}),
        delta(0, reasoningContent={"signature": "c2ln"}),
        stop(0),
        delta(1, text="Hi"),
        stop(1),
        tool_start(2),
        delta(2, toolUse={"input": '{"a'}),
        delta(2, toolUse={"input": '":1}'}),
        stop(2),
    )
    assert exact(events) == exact(
        [
            *(ReasoningDelta("hm"), ReasoningSignature("c2ln"), BlockEnd()),
            *(TextDelta("Hi"), BlockEnd()),
            *(ToolStart("t2", "weather"), ToolDelta('{"a'), ToolDelta('":1}'), BlockEnd()),
        ]
    )


def test_a_source_is_named_with_its_text() -> None:
    """A web page by its URL, a document by its title alone."""
    page = {
        "title": "Sky",
        "location": {"web": {"url": "https://example.com/sky"}},
        "sourceContent": [{"text": "blue"}],
    }
    document = {"source": "report.pdf", "location": {"documentPage": {"start": 1}}}
    assert exact(within(delta(0, text="Hi"), delta(0, citation=page), delta(0, citation=document), stop(0))) == exact(
        [
            TextDelta("Hi"),
            Citation("Sky", "https://example.com/sky", "blue"),
            Citation("report.pdf", None, None),
            BlockEnd(),
        ]
    )


def test_what_the_prompt_cache_did_is_counted() -> None:
    """Beside the input."""
    metadata = {"usage": {**METADATA["usage"], "cacheReadInputTokens": 7, "cacheWriteInputTokens": 1}}
    assert exact(decode([*ANSWER[:-1], {"metadata": metadata}])[-2]) == exact(Usage(3, 2, 5, 7, 1))


def test_a_block_that_never_ended_ends_with_the_next() -> None:
    """Also where Bedrock announces no blocks of text."""
    assert exact(within(delta(0, text="a"), delta(1, text="b"), tool_start(2))) == exact(
        [
            *(TextDelta("a"), BlockEnd(), TextDelta("b"), BlockEnd(), ToolStart("t2", "weather"), BlockEnd()),
        ]
    )


@pytest.mark.parametrize("before", [[], [tool_start(0), stop(0)], [tool_start(1)]], ids=["new", "ended", "another"])
def test_input_of_no_open_tool_is_a_failure(before: list[dict[str, Any]]) -> None:
    """A tool must not be called with half of its input, or another's."""
    with pytest.raises(ModelFailed, match="outside of its block"):
        within(*before, delta(0, toolUse={"input": "{}"}))


def test_what_follows_the_end_is_nothing() -> None:
    """Whatever it is."""
    decoder = ConverseDecoder("model-a")
    for event in ANSWER:
        decoder.feed(event)
    assert [decoder.feed(event) for event in ANSWER] == [[]] * len(ANSWER)


INDEXES = st.integers(0, 2)
PIECES = st.sampled_from(
    [
        {"text": "a"},
        {"text": ""},
        {"reasoningContent": {"text": "hm"}},
        {"reasoningContent": {"signature": "c2ln"}},
        {"reasoningContent": {"redactedContent": b"?"}},
        {"toolUse": {"input": "{"}},
        {"toolUse": {}},
        {"citation": {"title": "Sky"}},
        {"somethingNew": {}},
    ]
)
ANY_EVENT = st.one_of(
    st.just({"messageStart": {"role": "assistant"}}),
    st.builds(tool_start, INDEXES),
    st.builds(lambda index: {"contentBlockStart": {"contentBlockIndex": index, "start": {}}}, INDEXES),
    st.builds(stop, INDEXES),
    st.builds(lambda index, piece: delta(index, **piece), INDEXES, PIECES),
    st.just({"messageStop": {"stopReason": "end_turn"}}),
    st.just({"metadata": METADATA}),
    st.just({"somethingNew": {}}),
)


@given(st.lists(ANY_EVENT, max_size=25))
def test_whatever_bedrock_sends_the_order_holds(events: list[dict[str, Any]]) -> None:
    """The neutral events are always in an order that encoders know; an answer is whole, or it failed."""
    decoder, state = ConverseDecoder("model-a"), NEW
    try:
        for event in events:
            for neutral in decoder.feed(event):
                state = state_after(state, neutral)
    except ModelFailed:
        return
    complete = {name for event in events for name in event} >= {"messageStop", "metadata"}
    assert (state == FINISHED) == decoder.finished == complete
