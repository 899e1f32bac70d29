"""The UI message stream, read by the AI SDK itself."""

import json
from typing import Any

import pytest

from bedrock_chat.ai_sdk.encoder import UiMessageEncoder
from bedrock_chat.errors import OutOfOrder
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
from support.answers import STOP_REASONS
from support.ui_messages import answers_of_every_kind, encoded, read_by_the_ai_sdk

SLOW_DOWN = Failed("throttled", "rate_limit_error", "slow down", 2)
ENDING: list[tuple[Event, list[dict[str, Any]]]] = [
    (Usage(3, 2, 10, 4, 1), []),
    (
        Finish("end_turn"),
        [
            {"type": "finish-step"},
            {
                "type": "finish",
                "finishReason": "stop",
                "messageMetadata": {
                    "usage": {
                        "inputTokens": 8,
                        "inputTokenDetails": {"noCacheTokens": 3, "cacheReadTokens": 4, "cacheWriteTokens": 1},
                        "outputTokens": 2,
                        "totalTokens": 10,
                    }
                },
            },
        ],
    ),
]
START: tuple[Event, list[dict[str, Any]]] = (
    Start("m"),
    [{"type": "start", "messageId": "id-1"}, {"type": "start-step"}],
)
TOOL = {"toolCallId": "t1", "toolName": "weather", "dynamic": True}
ANSWER: list[tuple[Event, list[dict[str, Any]]]] = [
    START,
    (
        ReasoningDelta("h"),
        [{"type": "reasoning-start", "id": "1"}, {"type": "reasoning-delta", "id": "1", "delta": "h"}],
    ),
    (ReasoningDelta("m"), [{"type": "reasoning-delta", "id": "1", "delta": "m"}]),
    (ReasoningSignature("c2"), []),
    (ReasoningSignature("ln"), []),
    (BlockEnd(), [{"type": "reasoning-end", "id": "1", "providerMetadata": {"bedrock": {"signature": "c2ln"}}}]),
    (ReasoningSignature("c2ln"), [{"type": "reasoning-start", "id": "2"}]),
    (BlockEnd(), [{"type": "reasoning-end", "id": "2", "providerMetadata": {"bedrock": {"signature": "c2ln"}}}]),
    (TextDelta("Hé"), [{"type": "text-start", "id": "3"}, {"type": "text-delta", "id": "3", "delta": "Hé"}]),
    (
        Citation("Sky", "https://example.com/sky", "blue"),
        [
            {
                "sourceId": "id-1-1",
                "type": "source-url",
                "url": "https://example.com/sky",
                "title": "Sky",
                "providerMetadata": {"bedrock": {"quote": "blue"}},
            }
        ],
    ),
    (TextDelta("\u2028\n\n"), [{"type": "text-delta", "id": "3", "delta": "\u2028\n\n"}]),
    (BlockEnd(), [{"type": "text-end", "id": "3"}]),
    (
        Citation(None, None, None),
        [{"sourceId": "id-1-2", "type": "source-document", "mediaType": "text/plain", "title": "untitled"}],
    ),
    (BlockEnd(), []),
    (
        Citation("report", None, None),
        [{"sourceId": "id-1-3", "type": "source-document", "mediaType": "text/plain", "title": "report"}],
    ),
    (
        Citation(None, "https://example.com/", None),
        [{"sourceId": "id-1-4", "type": "source-url", "url": "https://example.com/"}],
    ),
    (BlockEnd(), []),
    (ToolStart("t1", "weather"), [{"type": "tool-input-start", **TOOL}]),
    (ToolDelta('{"a'), [{"type": "tool-input-delta", "toolCallId": "t1", "inputTextDelta": '{"a'}]),
    (ToolDelta('":1}'), [{"type": "tool-input-delta", "toolCallId": "t1", "inputTextDelta": '":1}'}]),
    (BlockEnd(), [{"type": "tool-input-available", **TOOL, "input": {"a": 1}}]),
    (ToolStart("t2", "time"), [{"type": "tool-input-start", "toolCallId": "t2", "toolName": "time", "dynamic": True}]),
    (
        BlockEnd(),
        [{"type": "tool-input-available", "toolCallId": "t2", "toolName": "time", "dynamic": True, "input": {}}],
    ),
    *ENDING,
]


def chunks(data: bytes) -> list[dict[str, Any]]:
    """Once the terminator has been seen, as the last of all."""
    *frames, done, nothing = data.decode("ascii").split("\n\n")
    assert (done, nothing) == ("data: [DONE]", "")
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


def test_each_event_becomes_its_chunks() -> None:
    """With ids that count, and the terminator at the end."""
    encoder = UiMessageEncoder("id-1")
    for event, expected in ANSWER[:-1]:
        data = encoder.encode(event)
        assert chunks(data + b"data: [DONE]\n\n") == expected
    assert chunks(encoder.encode(ANSWER[-1][0])) == ANSWER[-1][1]


def test_the_format_is_named_in_the_headers() -> None:
    """And nothing on the way may hold it back."""
    assert UiMessageEncoder.headers == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
        "x-vercel-ai-ui-message-stream": "v1",
    }


def test_an_answer_that_goes_on_keeps_its_messages_id() -> None:
    """Else the page would show the message twice. The ids of its sources are new all the same."""
    start, _, source, *_ = chunks(
        encoded([Start("m"), Citation("a", None, None), BlockEnd(), Usage(1, 1, 2), Finish("x")], continued_id="msg-1")
    )
    assert (start["messageId"], source["sourceId"]) == ("msg-1", "id-1-1")


REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool-calls",
    "guardrail_intervened": "content-filter",
    "content_filtered": "content-filter",
    "one_of_next_year": "other",
}


def test_every_stop_reason_has_a_name_in_the_ai_sdk() -> None:
    """One that is not known yet is "other"."""
    ends = {
        reason: chunks(encoded([Start("m"), Usage(1, 1, 2), Finish(reason)]))[-1]["finishReason"]
        for reason in STOP_REASONS
        if not reason.startswith("malformed_")
    }
    assert ends == REASONS


@pytest.mark.parametrize("reason", ["malformed_model_output", "malformed_tool_use"])
def test_an_answer_that_is_malformed_is_an_error(reason: str) -> None:
    """Else the page would show a text that just stops."""
    last = chunks(encoded([Start("m"), TextDelta("Hi"), BlockEnd(), Usage(1, 1, 2), Finish(reason)]))[-1]
    told = f"the model's answer can't be used: Bedrock ended it with {reason!r}; ask again"
    assert last == {"type": "error", "errorText": told}


INPUTS = ["{", "[1]", '"a"', "null", '{"a": NaN}', '{"a": 1e999}', "[" * 100_000]


@pytest.mark.parametrize("text", INPUTS, ids=lambda text: text[:20])
def test_an_input_that_is_no_json_object_is_the_tools_error(text: str) -> None:
    """The page can tell the model, which then tries again."""
    call: list[Event] = [ToolStart("t1", "weather"), ToolDelta(text), BlockEnd()]
    events: list[Event] = [Start("m"), *call, Usage(1, 1, 2), Finish("tool_use")]
    end = chunks(encoded(events))[-3]
    assert end["errorText"].startswith("the model wrote an input that is not a JSON object: ")
    assert len(end["errorText"]) < 150
    assert end == {"type": "tool-input-error", **TOOL, "input": text, "errorText": end["errorText"]}


BREAKS: dict[str, tuple[list[Event], list[dict[str, Any]]]] = {
    "before anything": ([], []),
    "between blocks": ([Start("m")], []),
    "in text": ([Start("m"), TextDelta("a")], [{"type": "text-end", "id": "1"}]),
    "in reasoning, whose signature may be half": (
        [Start("m"), ReasoningDelta("a"), ReasoningSignature("c2")],
        [{"type": "reasoning-end", "id": "1"}],
    ),
    "in a tool's input": (
        [Start("m"), ToolStart("t1", "weather"), ToolDelta("{}")],
        [
            {
                "type": "tool-input-error",
                **TOOL,
                "input": "{}",
                "errorText": "the answer broke off before the tool's input was whole",
            }
        ],
    ),
    "before the finish": ([Start("m"), Usage(1, 1, 2)], []),
}


@pytest.mark.parametrize(("events", "ends"), BREAKS.values(), ids=BREAKS)
def test_a_failure_ends_what_is_open_and_is_told(events: list[Event], ends: list[dict[str, Any]]) -> None:
    """In that order: the page reads nothing that follows an error."""
    before = b"".join(map(UiMessageEncoder("id-1").encode, events)).count(b"data: ")
    assert chunks(encoded([*events, SLOW_DOWN]))[before:] == [*ends, {"type": "error", "errorText": "slow down"}]


def test_an_event_out_of_order_is_refused() -> None:
    """And the answer can still be ended in good form."""
    encoder = UiMessageEncoder("id-1")
    encoder.encode(Start("m"))
    with pytest.raises(OutOfOrder, match="ToolDelta may not come in the state 'between blocks'"):
        encoder.encode(ToolDelta("{}"))
    assert chunks(encoder.encode(SLOW_DOWN)) == [{"type": "error", "errorText": "slow down"}]


def test_the_ai_sdk_reads_every_kind_of_part() -> None:
    """As one message of one step."""
    (seen,) = read_by_the_ai_sdk(encoded([event for event, _ in ANSWER]))
    assert seen["errors"] == []
    message = seen["message"]
    assert (message["id"], message["role"], message["metadata"]["usage"]["totalTokens"]) == ("id-1", "assistant", 10)
    assert [part["type"] for part in message["parts"]] == [
        "step-start",
        *["reasoning"] * 2,
        *("text", "source-url", "source-document", "source-document", "source-url"),
        *["dynamic-tool"] * 2,
    ]


def expected_parts(events: list[Event]) -> list[tuple[Any, ...]]:
    """What a page must show of the answer: text, reasoning with its signature, calls and sources."""
    parts: list[tuple[Any, ...]] = []
    block: list[Event] = []
    for event in events:
        block.append(event)
        if isinstance(event, Citation):
            parts.append((event.url, event.title))
        if isinstance(event, BlockEnd | Failed):
            parts += _shown(block, whole=isinstance(event, BlockEnd))
        if isinstance(event, BlockEnd | Start):
            block = []
    return parts


def _shown(block: list[Event], *, whole: bool) -> list[tuple[Any, ...]]:
    text = "".join(event.text for event in block if isinstance(event, TextDelta | ReasoningDelta))
    signature = "".join(event.signature for event in block if isinstance(event, ReasoningSignature))
    written = "".join(event.input_json for event in block if isinstance(event, ToolDelta))
    match block[0]:
        case ToolStart(call_id, name):
            return [_call(call_id, name, written, whole=whole)]
        case ReasoningDelta() | ReasoningSignature():
            return [("reasoning", text, signature if whole else "")]
    return [("text", text)] if text else []


def _call(call_id: str, name: str, written: str, *, whole: bool) -> tuple[Any, ...]:
    try:
        value = json.loads(written or "{}")
    except ValueError:
        value = None
    if whole and isinstance(value, dict):
        return (call_id, name, "input-available", value)
    return (call_id, name, "output-error", written)


def part_as_shown(part: dict[str, Any]) -> tuple[Any, ...]:
    match part["type"]:
        case "text":
            assert part["state"] == "done"
            return ("text", part["text"])
        case "reasoning":
            assert part["state"] == "done"
            metadata = part.get("providerMetadata", {"bedrock": {"signature": ""}})
            return ("reasoning", part["text"], metadata["bedrock"]["signature"])
        case "dynamic-tool":
            return (part["toolCallId"], part["toolName"], part["state"], part["input"])
        case "source-url":
            return (part["url"], part.get("title"))
    assert part["type"] == "source-document"
    return (None, None if part["title"] == "untitled" else part["title"])


def malformed(events: list[Event]) -> list[str]:
    reasons = [event.stop_reason for event in events if isinstance(event, Finish)]
    return [
        f"the model's answer can't be used: Bedrock ended it with {reason!r}; ask again"
        for reason in reasons
        if reason.startswith("malformed_")
    ]


def test_any_answer_is_read_to_its_end_or_is_an_error() -> None:
    """A whole one without any error, part by part; one that fails, wherever, with its error and nothing left open."""
    answers = answers_of_every_kind()
    for events, seen in zip(answers, read_by_the_ai_sdk(*map(encoded, answers)), strict=True):
        errors = [event.message for event in events if isinstance(event, Failed)] or malformed(events)
        parts = [part for part in (seen["message"] or {"parts": []})["parts"] if part["type"] != "step-start"]
        found = sorted(map(repr, map(part_as_shown, parts)))
        assert (seen["errors"], found) == (errors, sorted(map(repr, expected_parts(events)))), events
