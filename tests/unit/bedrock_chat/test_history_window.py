"""What the model is told again of a conversation, and messages as items."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_chat.errors import InvalidRequest
from bedrock_chat.history.items import (
    StoredMessage,
    cursor_of,
    described,
    items_of,
    key_after,
    message_of,
    sort_key,
    split,
)
from bedrock_chat.history.window import context_window, estimated_tokens

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


def stored(turn: int, role: str, text: str) -> StoredMessage:
    return StoredMessage(turn, role, text, f"id-{turn}", 1_700_000_000_123, 1_800_000_000)


def window(messages: Sequence[StoredMessage], question: str, max_tokens: int) -> list[tuple[str, str]]:
    told = context_window(reversed(messages), question, max_tokens)
    return [(message.role, message.parts[0].text) for message in told]  # type: ignore[union-attr]


CONVERSATION = [
    stored(1, "user", "one"),
    stored(1, "assistant", "eins"),
    stored(2, "user", "two"),
    stored(2, "assistant", "zwei"),
]


@pytest.mark.parametrize(
    ("tokens", "texts"),
    [
        (5 + 11 + 11, ["one", "eins", "two", "zwei", "new"]),
        (5 + 11 + 10, ["two", "zwei", "new"]),
        (5 + 11, ["two", "zwei", "new"]),
        (5 + 10, ["new"]),
        (1, ["new"]),
    ],
)
def test_the_newest_turns_that_fit_are_told(tokens: int, texts: list[str]) -> None:
    """Whole turns only; the question always."""
    assert [text for _, text in window(CONVERSATION, "new", tokens)] == texts


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 4), ("a", 5), ("abc", 5), ("abcd", 6), ("é", 5), ("日本", 6), ("😀", 6)]
)
def test_tokens_are_estimated_from_bytes(text: str, tokens: int) -> None:
    """A third of the bytes, rounded up, and four."""
    assert estimated_tokens(text) == tokens


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), max_size=8), TEXTS, st.integers(min_value=1, max_value=200))
def test_any_conversation_alternates_and_keeps_its_budget(
    turns: list[tuple[str, str | None]], question: str, max_tokens: int
) -> None:
    """The user begins and ends; it is the end of what was answered, in order; no turn that fits next is left out."""
    messages = []
    for number, (asked, answered) in enumerate(turns, 1):
        messages.append(stored(number, "user", asked))
        if answered is not None:
            messages.append(stored(number, "assistant", answered))
    told = window(messages, question, max_tokens)
    assert [role for role, _ in told] == (["user", "assistant"] * len(told))[: len(told)]
    assert told[-1] == ("user", question)
    whole = [turn for turn in turns if turn[1] is not None and turn[1].strip()]
    pairs = [(told[index][1], told[index + 1][1]) for index in range(0, len(told) - 1, 2)]
    assert pairs == whole[len(whole) - len(pairs) :]
    costs = [estimated_tokens(asked) + estimated_tokens(answered or "") for asked, answered in whole]
    used = estimated_tokens(question) + sum(costs[len(whole) - len(pairs) :])
    assert not pairs or used <= max_tokens
    if len(pairs) < len(whole):
        assert used + costs[len(whole) - len(pairs) - 1] > max_tokens


def test_a_guardrail_that_stepped_in_is_not_called_in_again() -> None:
    """It looks at all that is told; the turns around that one are still."""
    blocked = stored(2, "assistant", "I can't say that.")._replace(stop_reason="guardrail_intervened")
    told = window([*CONVERSATION[:3], blocked], "new", 100)
    assert told == [("user", "one"), ("assistant", "eins"), ("user", "new")]


def test_answers_of_other_turns_are_no_answers() -> None:
    """A question that expired before its answer leaves an answer alone."""
    messages = [stored(1, "assistant", "eins"), stored(2, "user", "two"), stored(3, "user", "three")]
    assert window(messages, "new", 100) == [("user", "new")]


@given(st.text(st.characters(codec="utf-8")), st.integers(min_value=4, max_value=20))
def test_split_texts_are_whole(text: str, max_bytes: int) -> None:
    """No piece is too long or ends within a character, and together they are the text."""
    pieces = split(text, max_bytes)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= max_bytes for piece in pieces) or pieces == [""]


@given(st.integers(1, 10**10 - 2), st.integers(1, 10**10 - 2))
def test_items_are_in_order(turn: int, other: int) -> None:
    """By turns, and in each the question first."""
    keys = [
        (number, rank, sort_key(number, role))
        for number in (turn, other)
        for rank, role in enumerate(("user", "assistant"))
    ]
    assert [key for *_, key in sorted(keys)] == sorted(key for *_, key in keys)


WHOLE = StoredMessage(12, "assistant", "Hi", "id-1", 5, 99, "m", {"input_tokens": 1}, "end_turn", None)


@pytest.mark.parametrize(
    "message",
    [
        WHOLE,
        WHOLE._replace(stop_reason=None, error="throttled", text=""),
        stored(1, "user", "one"),
        stored(1, "user", "é" * 500_000),
    ],
)
def test_a_message_survives_its_items(message: StoredMessage) -> None:
    """In items that DynamoDB takes, each under 400 KB."""
    item, pieces = items_of("key", message)
    assert message_of(item, "".join(piece["text"]["S"] for piece in pieces)) == message
    for each in (item, *pieces):
        assert sum(len(name) + len(str(*value.values()).encode()) for name, value in each.items()) < 400_000
        assert each["pk"] == {"S": "key"}
    assert [piece["sk"]["S"] for piece in pieces] == sorted({piece["sk"]["S"] for piece in pieces})
    assert bool(pieces) == ("pieces" in item) == (len(message.text) > 400_000)


def test_a_cursor_stands_for_its_message() -> None:
    """It leads to what follows."""
    item, _ = items_of("key", WHOLE)
    assert cursor_of(item) == "12.1"
    assert key_after("12.1") == item["sk"]["S"]


@pytest.mark.parametrize("cursor", ["", "1", "1.", "1.2", ".1", "x.1", "-1.0", "1.0.0", "².1", "12345678901.0"])
def test_other_cursors_are_refused(cursor: str) -> None:
    """Before a query is made of them."""
    with pytest.raises(InvalidRequest, match="cursor"):
        key_after(cursor)


def test_clients_read_what_there_is() -> None:
    """An answer that broke off says so; what a message doesn't have is left out."""
    shown = {"turn": 12, "role": "assistant", "content": "Hi", "created_ms": 5, "request_id": "id-1", "model": "m"}
    shown["usage"] = {"input_tokens": 1}
    assert described(WHOLE) == {**shown, "stop_reason": "end_turn"}
    broken = WHOLE._replace(stop_reason=None, error="throttled")
    assert described(broken) == {**shown, "interrupted": True, "error": "throttled"}
