"""The one table of the order of an answer's events."""

import pytest

from bedrock_chat.errors import OutOfOrder
from bedrock_chat.event_order import BETWEEN_BLOCKS, FAILED, FINISHED, NEW, TRANSITIONS, state_after
from bedrock_chat.events import Failed, Finish, Start, TextDelta

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


def test_what_may_not_come_is_refused() -> None:
    """With both the event and the state."""
    assert state_after(NEW, Start("m")) == BETWEEN_BLOCKS
    with pytest.raises(OutOfOrder, match="TextDelta may not come in the state 'finished'"):
        state_after(FINISHED, TextDelta("late"))
    with pytest.raises(OutOfOrder, match="Finish may not come in the state 'new'"):
        state_after(NEW, Finish("end_turn"))
