"""The one table of the order of an answer's events."""

import pytest

from bedrock_chat.errors import OutOfOrder
from bedrock_chat.event_order import (
    BETWEEN_BLOCKS,
    COUNTED,
    FAILED,
    FINISHED,
    NEW,
    REASONING,
    TEXT,
    TOOL,
    TRANSITIONS,
    state_after,
)
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

ENDS = {FINISHED, FAILED}


def test_an_answer_can_fail_at_any_point() -> None:
    """And neither fail nor go on after its end."""
    for state, following in TRANSITIONS.items():
        assert following == {} if state in ENDS else following[Failed] == FAILED


def test_every_state_can_be_reached_and_left() -> None:
    """A state that can't is a mistake in the table."""
    reached = {NEW}
    for _ in TRANSITIONS:
        reached |= {state for known in reached for state in TRANSITIONS[known].values()}
    assert reached == set(TRANSITIONS)


# From each kind's point of view: the states where it may come, and the state that it leads to.
PLACES: dict[type[Event], tuple[set[str], str]] = {
    Start: ({NEW}, BETWEEN_BLOCKS),
    TextDelta: ({BETWEEN_BLOCKS, TEXT}, TEXT),
    Citation: ({BETWEEN_BLOCKS, TEXT}, TEXT),
    ReasoningDelta: ({BETWEEN_BLOCKS, REASONING}, REASONING),
    ReasoningSignature: ({BETWEEN_BLOCKS, REASONING}, REASONING),
    ToolStart: ({BETWEEN_BLOCKS}, TOOL),
    ToolDelta: ({TOOL}, TOOL),
    BlockEnd: ({TEXT, REASONING, TOOL}, BETWEEN_BLOCKS),
    Usage: ({BETWEEN_BLOCKS}, COUNTED),
    Finish: ({COUNTED}, FINISHED),
    Failed: (set(TRANSITIONS) - ENDS, FAILED),
}


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.__name__)
def test_each_kind_has_its_places(kind: type[Event]) -> None:
    """A block ends before anything else begins, and an answer with its cost and then its reason, each told once."""
    states, following = PLACES[kind]
    assert {name: led[kind] for name, led in TRANSITIONS.items() if kind in led} == dict.fromkeys(states, following)


def test_what_may_not_come_is_refused() -> None:
    """With both the event and the state."""
    assert state_after(NEW, Start("m")) == BETWEEN_BLOCKS
    with pytest.raises(OutOfOrder, match="TextDelta may not come in the state 'finished'"):
        state_after(FINISHED, TextDelta("late"))
    with pytest.raises(OutOfOrder, match="Finish may not come in the state 'new'"):
        state_after(NEW, Finish("end_turn"))
