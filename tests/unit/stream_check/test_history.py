"""The checks of conversations: what is made of what is read back, and of each fault of an endpoint on a real socket."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from stream_check.catalogue import CHECKS
from stream_check.cdn import Cdn
from stream_check.events import Event
from stream_check.finding import Outcome
from stream_check.history import Turn, answer_of, fault_of, input_tokens, page_of, session_of, unknown_session
from stream_check.session import Session
from stream_check.settings import Ask, Authentication, Settings
from support.history_server import HistoryServer

KEPT, PRIVATE, FORGOTTEN = "history.kept", "history.private", "history.forgotten"
HISTORY = [check for check in CHECKS if check.id in {KEPT, PRIVATE, FORGOTTEN}]
PASSED, FAILED, NOT_TRIED, BROKEN = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_TRIED, Outcome.BROKEN
MINE, THEIRS = "my token", "their token"
TURNS = (Turn("Why?", "Because."), Turn("And?", "So."))
USAGE = {"input_tokens": 3, "output_tokens": 1}


def answer(turn: int, text: str, **other: Any) -> dict[str, Any]:
    return {
        "turn": turn, "role": "assistant", "content": text, "usage": USAGE, "stop_reason": "end_turn", **other,
    }  # fmt: skip


MESSAGES = [
    {"turn": 1, "role": "user", "content": "Why?"},
    answer(1, "Because."),
    {"turn": 2, "role": "user", "content": "And?"},
    answer(2, "So."),
]


def test_what_is_read_back_as_it_was_is_right() -> None:
    """Two turns, oldest first."""
    assert fault_of(MESSAGES, TURNS) is None


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ([], "they are none, and must be 1 user, 1 assistant, 2 user, 2 assistant"),
        (MESSAGES[:3], "they are 1 user, 1 assistant, 2 user, and must be"),
        (MESSAGES[::-1], "they are 2 assistant, 2 user, 1 assistant, 1 user, and must be"),
        ([*MESSAGES, MESSAGES[3]], "2 assistant, 2 assistant, and must be"),
        ([*MESSAGES[:3], answer(2, "Because.")], "the text of 2 assistant is not what was sent: 'Because.'"),
        ([{**MESSAGES[0], "content": "Who?"}, *MESSAGES[1:]], "the text of 1 user is not what was sent: 'Who?'"),
        ([MESSAGES[0], answer(1, "Because.", usage=None), *MESSAGES[2:]], "1 assistant has no usage or no stop reason"),
        ([*MESSAGES[:3], answer(2, "So.", stop_reason=None)], "2 assistant has no usage or no stop reason"),
    ],
    ids=["none", "lost", "newest-first", "doubled", "another-answer", "another-question", "no-usage", "no-reason"],
)
def test_what_is_wrong_with_messages_is_said(messages: list[dict[str, Any]], fault: str) -> None:
    """The first thing that is."""
    assert fault in str(fault_of(messages, TURNS))


def test_what_a_model_read_is_counted_with_its_cache() -> None:
    """What doesn't say is left out."""
    cached = answer(2, "So.", usage={"input_tokens": 1, "cache_read_tokens": 20, "cache_write_tokens": 4})
    assert input_tokens([*MESSAGES[:3], cached]) == [3, 25]


@pytest.mark.parametrize(
    ("body", "page"),
    [
        (b'{"messages": [{"turn": 1}], "cursor": "1.0"}', ([{"turn": 1}], "1.0")),
        (b'{"messages": [], "cursor": null}', ([], None)),
        (b'{"messages": [1]}', None),
        (b'{"messages": {}}', None),
        (b"[]", None),
        (b"<html>", None),
    ],
)
def test_only_a_page_is_one(body: bytes, page: object) -> None:
    """With its cursor, if there is more."""
    assert page_of(body) == page


@pytest.mark.parametrize(
    ("documents", "name"),
    [
        ((None, {"type": "start", "session": "a"}, {"session": "b"}), "a"),
        (({"type": "start"}, {"session": "b"}), None),
        (({"session": 1},), None),
        ((None,), None),
    ],
)
def test_the_first_event_names_the_session(documents: tuple[object, ...], name: str | None) -> None:
    """Comments may come before it."""
    assert session_of([Event(0.0, None if each is None else json.dumps(each)) for each in documents]) == name


def test_an_answer_is_its_tokens() -> None:
    """And nothing else."""
    documents = ({"type": "start"}, {"type": "token", "content": "a"}, {"type": "reasoning", "content": "b"})
    events = [Event(0.0, json.dumps(each)) for each in (*documents, {"type": "token", "content": "c"})]
    assert answer_of(events) == "ac"


@pytest.mark.parametrize("name", ["abcB", "abcA", ""])
def test_an_unknown_name_is_another_one_of_the_same_form(name: str) -> None:
    """Else it would be refused for its form."""
    other = unknown_session(name)
    assert other != name
    assert len(other) == max(1, len(name))


@pytest.fixture
def keeping() -> Iterator[HistoryServer]:
    with HistoryServer() as server:
        yield server


@pytest.fixture
def settings(keeping: HistoryServer) -> Settings:
    return Settings(keeping.url, Authentication.BEARER, secret=MINE, keeps_history=True, other_secret=THEIRS)


def outcomes(settings: Settings) -> tuple[dict[str, Outcome], str]:
    """What the checks say; and what the endpoint keeps of them is forgotten."""
    with contextlib.closing(Session(settings)) as session:
        found = [session.run(check) for check in HISTORY]
    return {each.id: each.outcome for each in found}, "\n".join(each.detail for each in found)


def test_conversations_of_a_healthy_endpoint(settings: Settings, keeping: HistoryServer) -> None:
    """Kept, private and forgotten, and after that there is none."""
    assert outcomes(settings) == (
        dict.fromkeys([KEPT, PRIVATE, FORGOTTEN], PASSED),
        "2 turns; the model read 1 tokens, then 2\n404 for a name that nobody has, and for another caller\n204",
    )
    assert (keeping.sessions, keeping.deleted) == ({}, ["session1"])


@pytest.mark.parametrize(
    ("fault", "expected", "said"),
    [
        ("no header", (FAILED, NOT_TRIED, NOT_TRIED), "session1, its header x-session-id None"),
        ("other event", (FAILED, PASSED, PASSED), "names the session x, its header x-session-id session1"),
        ("other session", (FAILED, PASSED, PASSED), "A question in the session session1 is answered in session2"),
        ("no text", (NOT_TRIED, PASSED, PASSED), "see stream.first-token"),
        ("newest first", (FAILED, PASSED, PASSED), "they are 2 assistant, 2 user"),
        ("stuck cursor", (FAILED, PASSED, PASSED), "4 of 4 messages, and a cursor behind the last"),
        ("endless cursor", (FAILED, PASSED, PASSED), "4 of 4 messages, and a cursor behind the last"),
        ("cut", (NOT_TRIED, PASSED, PASSED), "see stream.whole"),
        ("untold", (FAILED, PASSED, PASSED), "it was not told the first turn"),
        ("page", (FAILED, PASSED, PASSED), "no page of messages: []"),
        ("unreadable", (FAILED, NOT_TRIED, NOT_TRIED), "is answered 503"),
        ("old", (NOT_TRIED, NOT_TRIED, NOT_TRIED), "see cdn.cache"),
        ("one caller", (PASSED, FAILED, PASSED), "Another caller's session must be a 404, and is read all the same"),
        ("undeletable", (PASSED, PASSED, FAILED), "must be a 204, and is 503"),
    ],
)
def test_a_fault_fails_its_check(
    fault: str, expected: tuple[Outcome, ...], said: str, settings: Settings, keeping: HistoryServer
) -> None:
    """And what was begun is forgotten, where that is possible and its name known."""
    keeping.faults.add(fault)
    found, text = outcomes(settings)
    assert (tuple(found.values()), said in text) == (expected, True), text
    assert bool(keeping.sessions) is (fault in {"no header", "undeletable"})


@pytest.mark.parametrize(
    ("change", "expected", "said"),
    [
        ({"other_secret": None}, (PASSED, NOT_TRIED, PASSED), "give --other-profile, or STREAM_CHECK_OTHER_SECRET"),
        ({"cdn": Cdn()}, (PASSED, PASSED, PASSED), "its callers have no names"),
        ({"is_chat": False}, (NOT_TRIED,) * 3, "Only the chat application"),
        ({"ask": Ask(body=b'{"messages": [], "message": "Hi"}')}, (NOT_TRIED,) * 3, "brings its messages along"),
    ],
)
def test_what_cannot_be_told_is_not_claimed(
    change: dict[str, Any], expected: tuple[Outcome, ...], said: str, settings: Settings
) -> None:
    """It says what it needs; through a CDN all callers are one."""
    found, text = outcomes(replace(settings, **change))
    assert (tuple(found.values()), said in text) == (expected, True), text


def test_an_endpoint_that_keeps_nothing_need_not(settings: Settings, keeping: HistoryServer) -> None:
    """Unless somebody says so."""
    keeping.faults.add("no header")
    found, text = outcomes(replace(settings, keeps_history=False))
    assert (set(found.values()), "give --history if it must" in text) == ({NOT_TRIED}, True)


def test_another_caller_who_may_not_ask_proves_nothing(settings: Settings, keeping: HistoryServer) -> None:
    """The endpoint may be whole, and the check is not; a token is not shown."""
    keeping.refused.add(THEIRS)
    found, text = outcomes(settings)
    assert (tuple(found.values()), '403 {"refused": "***"}' in text) == ((PASSED, BROKEN, PASSED), True)


def test_where_anyone_is_answered_callers_have_no_names(settings: Settings, keeping: HistoryServer) -> None:
    """That is another check's failure."""
    keeping.refused.clear()
    found, text = outcomes(settings)
    assert (found[PRIVATE], "see access.nobody" in text) == (NOT_TRIED, True)
