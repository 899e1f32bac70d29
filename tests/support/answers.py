"""Any answer that a model may give: the events of event_order's table in any of its orders, broken off anywhere."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from bedrock_chat.event_order import BETWEEN_BLOCKS, COUNTED, FINISHED, NEW, TRANSITIONS, state_after
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

MAX_EVENTS = 24
STOP_REASONS = (
    "end_turn",
    "tool_use",
    "max_tokens",
    "stop_sequence",
    "guardrail_intervened",
    "content_filtered",
    "malformed_model_output",
    "malformed_tool_use",
    "model_context_window_exceeded",
    "one_of_next_year",
)
# From every state where an answer can go on, what leads to its end.
TO_THE_END: dict[str, type[Event]] = {NEW: Start, BETWEEN_BLOCKS: Usage, COUNTED: Finish}

WORDS = st.text(min_size=1, max_size=8)
COUNTS = st.integers(0, 10_000)
FAILURES = st.builds(
    Failed, st.just("throttled"), st.just("rate_limit_error"), WORDS, st.none() | st.integers(0, MAX_EVENTS)
)
EVENTS: dict[type[Event], SearchStrategy[Event]] = {
    Start: st.just(Start("model-a")),
    TextDelta: st.builds(TextDelta, WORDS),
    ReasoningDelta: st.builds(ReasoningDelta, WORDS),
    ReasoningSignature: st.just(ReasoningSignature("c2ln")),
    ToolStart: st.builds(
        ToolStart, st.from_regex(r"[a-zA-Z0-9_.:-]{1,64}", fullmatch=True), st.sampled_from(["weather", "a-b_C"])
    ),
    ToolDelta: st.builds(ToolDelta, st.sampled_from(["{}", '{"city": "Pra', 'gue"}', "[", "\\ud83d"]) | WORDS),
    BlockEnd: st.just(BlockEnd()),
    Citation: st.builds(Citation, st.none() | WORDS, st.none() | st.just("https://example.com/"), st.none() | WORDS),
    Usage: st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    Finish: st.builds(Finish, st.sampled_from(STOP_REASONS)),
}


@st.composite
def legal_answers(draw: DrawFn) -> list[Event]:
    """The events of an answer: one that is whole ends with a Finish, one that fails, wherever, with a Failed."""
    events: list[Event] = []
    state = NEW
    limit = draw(st.integers(0, MAX_EVENTS))
    while state != FINISHED:
        going_on = [kind for kind in TRANSITIONS[state] if kind is not Failed]
        kind = draw(st.sampled_from(going_on)) if len(events) < limit else TO_THE_END.get(state, BlockEnd)
        events.append(draw(EVENTS[kind]))
        state = state_after(state, events[-1])
    if draw(st.booleans()):
        return [*events[: draw(st.integers(0, len(events) - 1))], draw(FAILURES)]
    return events


def sample_of_answers() -> list[list[Event]]:
    """As many of them as a property test tries, for readers that are too slow to start for each."""
    answers: list[list[Event]] = []

    @settings(database=None)
    @given(legal_answers())
    def gather(events: list[Event]) -> None:
        answers.append(events)

    gather()
    return answers
