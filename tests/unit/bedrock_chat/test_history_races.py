"""Requests that race on one session, in every order: nothing acknowledged is lost, out of order or somebody else's.

A request reads and then writes once, in one piece. So whatever two of them can do to each other happens where one does
all that it does between the other's reading and its writing.
"""

from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bedrock_chat.errors import SessionNotFound
from bedrock_chat.history.conversations import Conversations, Lifetime, Outcome, Turn
from bedrock_chat.history.kms import KmsKey
from bedrock_chat.history.window import text_of
from bedrock_chat.privacy.restore import restored_text
from support.application import ScriptedModel
from support.conversations import NOW_S, MeddledTable, asked, items, new_key, redacted, redacting, stores
from support.soak import SOAK

KEY = "key"
EXAMPLES, STEPS = (200, 30) if SOAK else (12, 12)
# Values, what looks like their placeholders, and what is neither.
WORDS = st.sampled_from(
    ("ann@example.com", "bob@example.com", "carl@example.com", "[EMAIL_1]", "[EMAIL_2]", "[LITERAL_1]", "[", "hello")
)
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
# What somebody else does meanwhile.
ASK, ANSWER, FORGET = "ask", "answer", "forget"
MEANWHILE = st.lists(st.tuples(st.sampled_from((ASK, ASK, ANSWER, FORGET)), TEXTS), max_size=3)


def is_within(some: list[str], everything: list[str]) -> bool:
    """Whether `some` are there in their order, whatever is between them."""
    rest = iter(everything)
    return all(each in rest for each in some)


class Exchanged:
    """A question that was acknowledged, and its answer once that is; both as their owner saw them."""

    def __init__(self, turn: Turn, question: str) -> None:
        self.turn = turn
        self.question = question
        self.answering = False
        self.answer: str | None = None


class Session(RuleBasedStateMachine):
    """One session, all of whose messages are known."""

    private = False
    client: Any = None
    key: KmsKey

    def __init__(self) -> None:
        super().__init__()
        self.table = MeddledTable(self.client)
        self.conversations = self._conversations()
        self.kept: list[Exchanged] = []
        self.forgotten: list[Exchanged] = []
        self.requests = 0

    def teardown(self) -> None:
        self.conversations.forget(KEY)

    def _conversations(self) -> Conversations:
        if not self.private:
            return Conversations(self.table, Lifetime(2, 1000), lambda: NOW_S)
        return redacted(self.table, self.key, redacting(ScriptedModel([])), lambda: NOW_S)

    @rule(text=TEXTS, meanwhile=MEANWHILE)
    def ask(self, text: str, meanwhile: list[tuple[str, str]]) -> None:
        """The next question, which begins the session where there is none."""
        self._meddle(meanwhile if self.kept else [])
        self._ask(text)

    @precondition(lambda self: self._unanswered())
    @rule(text=TEXTS, which=st.integers(0, 20), meanwhile=MEANWHILE)
    def answer(self, text: str, which: int, meanwhile: list[tuple[str, str]]) -> None:
        """Any answer that is still to come."""
        exchanged = self._unanswered()[which % len(self._unanswered())]
        self._meddle(meanwhile)
        self._answer(exchanged, text)

    @precondition(lambda self: self.forgotten)
    @rule(text=TEXTS, which=st.integers(0, 20))
    def answer_late(self, text: str, which: int) -> None:
        """An answer to what is forgotten."""
        late = self.forgotten[which % len(self.forgotten)]
        assert not self.conversations.answer(late.turn, Outcome(text, "m"))

    @rule()
    def forget(self) -> None:
        """All of it."""
        self.conversations.forget(KEY)
        self.forgotten += self.kept
        self.kept = []

    @invariant()
    def all_is_there_in_order(self) -> None:
        """Every acknowledged message, as its owner wrote or saw it, and no other."""
        if not self.kept:
            assert items(self.table.client) == []
            return
        messages, cursor = [], None
        while True:
            page = self.conversations.page(KEY, 3, cursor)
            messages += [(message.turn, message.role, message.text) for message in page.messages]
            if (cursor := page.cursor) is None:
                break
        expected = []
        for number, exchanged in enumerate(self.kept, 1):
            expected.append((number, "user", exchanged.question))
            if exchanged.answer is not None:
                expected.append((number, "assistant", exchanged.answer))
        assert messages == expected

    @invariant()
    def no_value_is_there(self) -> None:
        """Where redaction is on."""
        assert not self.private or "@example" not in repr(items(self.table.client))

    def _unanswered(self) -> list[Exchanged]:
        return [each for each in self.kept if each.answer is None and not each.answering]

    def _meddle(self, meanwhile: list[tuple[str, str]]) -> None:
        def do(what: str, text: str) -> None:
            unanswered = self._unanswered()
            if what == FORGET:
                self.forget()
            elif what == ASK and self.kept:
                self._ask(text)
            elif what == ANSWER and unanswered:
                self._answer(unanswered[0], text)

        self.table.meanwhile.extend(partial(do, *each) for each in meanwhile)

    def _ask(self, text: str) -> None:
        self.requests += 1
        known, answered = bool(self.kept), self._answered()
        try:
            turn = self.conversations.ask(KEY, asked(text), f"id-{self.requests}", new=not known)
        except SessionNotFound:
            assert known
            assert not self.kept, "it is not forgotten"
            return
        self._check_told(turn, text, answered)
        self.kept.append(Exchanged(turn, text))

    def _answered(self) -> list[str]:
        return [words for each in self.kept if each.answer for words in (each.question, each.answer)]

    def _check_told(self, turn: Turn, text: str, before: list[str]) -> None:
        """The model is told all turns that were answered `before`, which fit here, and maybe some later; no value."""
        told = [text_of(message) for message in turn.request.messages]
        assert not self.private or "@example" not in "".join(told)
        values = {} if turn.private is None else turn.private.values
        *turns, question = [restored_text(each, values) for each in told]
        assert question == text
        assert is_within(turns, self._answered())
        assert is_within(before, turns)

    def _answer(self, exchanged: Exchanged, text: str) -> None:
        """The model writes `text`; its owner sees that with the values that the request knew."""
        values = {} if exchanged.turn.private is None else dict(exchanged.turn.private.values)
        exchanged.answering = True
        kept = self.conversations.answer(exchanged.turn, Outcome(text, "m"))
        assert kept is (exchanged in self.kept)
        if kept:
            exchanged.answer = restored_text(text, values)


class PrivateSession(Session):
    """The same with redaction."""

    private = True


@pytest.mark.parametrize("machine", [Session, PrivateSession], ids=["as it is", "redacted"])
def test_whoever_races(machine: type[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    """One table serves all examples: each begins and ends with none of its session's items."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with stores() as client:
        monkeypatch.setattr(machine, "client", client)
        monkeypatch.setattr(Session, "key", new_key(), raising=False)
        run_state_machine_as_test(
            machine, settings=settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None)
        )
