"""Placeholders turn back into what they stand for, while the answer streams."""

import json
from collections.abc import Generator

import pytest

from bedrock_chat.errors import ModelTimeout
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
from bedrock_chat.privacy.placeholders import PlaceholderMap
from bedrock_chat.privacy.restore import Restorer, json_escaped, restored
from lambda_stream import DeadlineExceeded
from support.application import restored_events

VALUES = {"[EMAIL_1]": "ann@example.com", "[EMAIL_12]": "bob@example.com", "[NAME_1_x7]": 'Ann "[EMAIL_1]" Lee\n'}
PLACEHOLDERS = PlaceholderMap(lambda: "x7", VALUES)

PIECES = {
    "whole": (["to [EMAIL_1]!"], ["to ann@example.com!"]),
    "split": (["to [EMA", "IL_1", "]!"], ["to ", "", "ann@example.com!"]),
    "by character": ([*"[EMAIL_12]"], [*[""] * 9, "bob@example.com"]),
    "one that begins as another": (["[EMAIL_1", "2", "]"], ["", "", "bob@example.com"]),
    "one that is none after all": (["[EMAIL_1", "3]"], ["", "[EMAIL_13]"]),
    "another bracket": (["[EMA", "[EMAIL_1", "]"], ["", "[EMA", "ann@example.com"]),
    "a bracket and nothing known": (["[", "a][b", "]"], ["", "[a][b", "]"]),
    "one that isn't known": (["[EMAIL_2", "]"], ["[EMAIL_2", "]"]),
    "in small letters": (["[email_1]"], ["[email_1]"]),
    "what is restored is not looked at again": (["[NAME_1_x7]"], ['Ann "[EMAIL_1]" Lee\n']),
    "two": (["[EMAIL_1][EMAIL_12][E"], ["ann@example.combob@example.com"]),
    "nothing": ([""], [""]),
}


@pytest.mark.parametrize(("pieces", "expected"), PIECES.values(), ids=PIECES)
def test_a_block_is_restored_as_soon_as_it_can_be(pieces: list[str], expected: list[str]) -> None:
    """Only what may still become a known placeholder is held back."""
    restorer = Restorer(VALUES)
    assert [restorer.feed(piece) for piece in pieces] == expected


def test_the_end_tells_what_was_held_back() -> None:
    """Once."""
    restorer = Restorer(VALUES)
    assert restorer.feed("see [EMAIL_1") == "see "
    assert restorer.flush() == "[EMAIL_1"
    assert restorer.flush() == ""
    assert restorer.feed("]") == "]"


def test_without_placeholders_nothing_is_held_back() -> None:
    """A conversation without personal data streams as ever."""
    assert Restorer({}).feed("a [") == "a ["


def test_a_value_is_escaped_within_json() -> None:
    """A tool's input stays JSON."""
    values = {"[NAME_1]": 'a"b\\c\nd\u2028🙂\x00'}
    text = Restorer(json_escaped(values)).feed('{"name":"[NAME_1]","[NAME_1]":1}')
    assert json.loads(text) == {"name": values["[NAME_1]"], values["[NAME_1]"]: 1}


def stream(*events: Event | BaseException) -> Generator[Event, None, None]:
    for event in events:
        if isinstance(event, BaseException):
            raise event
        yield event


def test_every_kind_of_event_is_restored() -> None:
    """Each block with a buffer of its own; a signature and the names of tools are the model's."""
    answer: list[Event] = [
        Start("m"),
        ReasoningDelta("[EMAIL_"), ReasoningDelta("1]?"), ReasoningSignature("[EMAIL_1]"), BlockEnd(),
        TextDelta("to [EMA"), Citation("[EMAIL_1]", None, "of [EMAIL_12]"), TextDelta("IL_1], [EMA"), BlockEnd(),
        ToolStart("t1", "[EMAIL_1]"), ToolDelta('{"to":"[NAME'), ToolDelta('_1_x7]"}'), BlockEnd(),
        TextDelta("IL_1]"), BlockEnd(),
        ToolStart("t2", "send"), ToolDelta('"[NAME_1_x7]"'), BlockEnd(),
        Usage(1, 2, 3), Finish("tool_use"),
    ]  # fmt: skip
    assert list(restored_events(stream(*answer), PLACEHOLDERS)) == [
        Start("m"),
        ReasoningDelta("ann@example.com?"), ReasoningSignature("[EMAIL_1]"), BlockEnd(),
        TextDelta("to "), Citation("ann@example.com", None, "of bob@example.com"),
        TextDelta("ann@example.com, "), TextDelta("[EMA"), BlockEnd(),
        ToolStart("t1", "[EMAIL_1]"), ToolDelta('{"to":"'), ToolDelta('Ann \\"[EMAIL_1]\\" Lee\\n"}'), BlockEnd(),
        TextDelta("IL_1]"), BlockEnd(),
        ToolStart("t2", "send"), ToolDelta('"Ann \\"[EMAIL_1]\\" Lee\\n"'), BlockEnd(),
        Usage(1, 2, 3), Finish("tool_use"),
    ]  # fmt: skip


BLOCKS: dict[str, tuple[list[Event], Event]] = {
    "text": ([TextDelta("a [EMA")], TextDelta("[EMA")),
    "reasoning": ([ReasoningDelta("a [EMA")], ReasoningDelta("[EMA")),
    "a tool's input": ([ToolStart("t1", "send"), ToolDelta('{"a":"[EMA')], ToolDelta("[EMA")),
}


@pytest.mark.parametrize(("block", "rest"), BLOCKS.values(), ids=BLOCKS)
def test_an_answer_that_breaks_off_tells_what_was_held_back(block: list[Event], rest: Event) -> None:
    """Whether by an event or by an exception, which goes on to whoever tells the client."""
    failed = Failed("model_timeout", "timeout_error", "[EMAIL_1]")
    assert list(restored_events(stream(Start("m"), *block, failed), PLACEHOLDERS))[-2:] == [rest, failed]
    for error in (ModelTimeout("late"), DeadlineExceeded()):
        events = restored_events(stream(Start("m"), *block, error), PLACEHOLDERS)
        seen: list[Event] = []
        with pytest.raises(type(error)):
            seen.extend(events)  # extend keeps what came before the exception
        # Two kinds of named tuples are equal where their fields are.
        assert (type(seen[-1]), seen[-1]) == (type(rest), rest)


def test_an_error_between_blocks_adds_nothing() -> None:
    """There is nothing to add."""
    events = restored_events(stream(Start("m"), TextDelta("a"), BlockEnd(), ModelTimeout("late")), PLACEHOLDERS)
    assert [next(events) for _ in range(3)] == [Start("m"), TextDelta("a"), BlockEnd()]
    with pytest.raises(ModelTimeout):
        next(events)


def test_an_empty_piece_still_opens_its_block() -> None:
    """Or the block's end would come without it."""
    answer: list[Event] = [Start("m"), TextDelta(""), BlockEnd()]
    assert list(restored_events(stream(*answer), PLACEHOLDERS)) == answer


def test_hanging_up_reaches_the_model() -> None:
    """Closing the restored events closes the model's, and adds nothing."""
    closed = []

    def model() -> Generator[list[Event], None, None]:
        try:
            yield [Start("m"), TextDelta("a [EMA")]
            yield [TextDelta("b")]
        finally:
            closed.append(True)

    source = model()  # as long as it has a name, nothing else closes it
    batches = restored(source, PLACEHOLDERS)
    assert next(batches) == [Start("m"), TextDelta("a ")]
    batches.close()
    assert closed == [True]
