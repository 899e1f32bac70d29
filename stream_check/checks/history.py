"""A conversation is kept: it can be gone on with and read back, by nobody else, and is gone when it shall be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from stream_check.checks.access import REFUSALS
from stream_check.checks.cdn import is_old
from stream_check.events import events_of
from stream_check.finding import Broken, Failed, NotTried
from stream_check.history import SESSION_HEADER, Turn, answer_of, fault_of, input_tokens, page_of, unknown_session
from stream_check.history import session_of as session_in
from stream_check.session import NO_CONTENT, OK, must_be_ok
from stream_check.settings import Authentication

if TYPE_CHECKING:
    from stream_check.client import Client
    from stream_check.history import Message
    from stream_check.recording import Recording
    from stream_check.session import Session

NOT_FOUND = 404
NEXT_QUESTION = "Say that again in one short sentence."


def turns_are_kept(session: Session) -> str:
    """A second question goes on with the session, and both turns are read back as they were, in pages too."""
    name = _named(session)
    turns = (_turn(str(_question(session).get("message")), session.stream), _next_turn(session, name))
    messages, _ = _page(session, name)
    if fault := fault_of(messages, turns):
        raise Failed(
            f"After two turns the session's messages are not right: {fault}.",
            "Something on the way changes or keeps answers, or another table is read than is written.",
        )
    _must_come_in_pages(session, name, messages)
    before, after = input_tokens(messages)
    if after <= before:
        raise Failed(
            f"The model read {before} tokens for the first answer and {after} for the second: it was not told the "
            "first turn.",
            "chat.history.context_tokens has no room for a turn such as this.",
        )
    return f"2 turns; the model read {before} tokens, then {after}"


def sessions_are_private(session: Session) -> str:
    """A name that nobody was given is a 404, and so is this session for another caller."""
    name = _readable(session)
    _must_be_unknown(_get(session, session.client, unknown_session(name)), "A session that nobody began")
    settings = session.settings
    if settings.cdn or settings.authentication in {Authentication.NONE, Authentication.API_KEY}:
        return f"{NOT_FOUND} for a name that nobody has; its callers have no names"
    if session.of_nobody.status not in REFUSALS:
        raise NotTried("The endpoint answers anyone, and so knows no callers: see access.nobody.")
    if session.stranger is None:
        raise NotTried("Needs another caller: give --other-profile, or STREAM_CHECK_OTHER_SECRET.")
    answer = _get(session, session.stranger, name)
    if answer.status in REFUSALS:
        raise Broken(f"The other caller may not ask at all, which proves nothing: {answer.status} {answer.text[:200]}")
    _must_be_unknown(
        answer,
        "Another caller's session",
        "Both callers are the same to AWS: the same user, or the same session of a role.",
        "Something in front of the function signs for all of its callers alike.",
    )
    return f"{NOT_FOUND} for a name that nobody has, and for another caller"


def sessions_are_forgotten(session: Session) -> str:
    """After a DELETE there is nothing to be read."""
    name = _readable(session)
    answer = session.forget(name)
    if answer.status != NO_CONTENT:
        raise Failed(
            f"DELETE {answer.url} must be a {NO_CONTENT}, and is {answer.status}: {answer.text[:300]}",
            "The function's role needs dynamodb:Query and dynamodb:BatchWriteItem on the table.",
        )
    _must_be_unknown(
        _get(session, session.client, name),
        "A session that was forgotten",
        "Something on the way answers the DELETE in the function's place.",
    )
    return str(NO_CONTENT)


def _header(session: Session) -> str:
    """The session that the answer to the question has begun, by its head; empty when it must name one and doesn't."""
    session.need_chat()
    if "messages" in _question(session):
        raise NotTried("The question brings its messages along, and then nothing is kept: give --body a message.")
    name = session.stream.header(SESSION_HEADER)
    if not name and not session.settings.keeps_history:
        raise NotTried("The endpoint keeps no conversations: give --history if it must.")
    return name


def _named(session: Session) -> str:
    """The same, which the first event names too."""
    name, inside = _header(session), session_in(session.events)
    if not name or inside != name:
        raise Failed(
            f"The answer's first event names the session {inside}, its header {SESSION_HEADER} {name or None}.",
            "Set chat.history, or something on the way drops or changes the event or the header.",
        )
    return name


def _readable(session: Session) -> str:
    """The same, when its owner can read it."""
    name = _header(session)
    if not name or _get(session, session.client, name, limit=1).status != OK:
        raise NotTried("The session has no name, or can't be read by its owner: see history.kept.")
    return name


def _question(session: Session) -> dict[str, object]:
    found = json.loads(session.settings.ask.body or b"{}")
    return found if isinstance(found, dict) else {}


def _next_turn(session: Session, name: str) -> Turn:
    asked = {**_question(session), "message": NEXT_QUESTION, "session": name}
    answer = must_be_ok(session.ask_json(asked))
    if (other := answer.header(SESSION_HEADER)) != name:
        raise Failed(f"A question in the session {name} is answered in {other or 'none'}.")
    return _turn(NEXT_QUESTION, answer)


def _turn(question: str, answer: Recording) -> Turn:
    """A turn whose answer came whole."""
    if answer.broken:
        raise NotTried("The endpoint's answers break off: see stream.whole.")
    text = answer_of(events_of(answer))
    if not text:
        raise NotTried("The answer has no text: see stream.first-token.")
    return Turn(question, text)


def _must_come_in_pages(session: Session, name: str, whole: list[Message]) -> None:
    """One message after the other, until there is no cursor any more."""
    found: list[Message] = []
    cursor = None
    for _ in whole:
        messages, cursor = _page(session, name, limit=1, **({"cursor": cursor} if cursor else {}))
        found += messages
        if cursor is None:
            break
    if found != whole or cursor is not None:
        raise Failed(
            f"In pages of one message the session has {len(found)} of {len(whole)} messages"
            f"{', and a cursor behind the last' if cursor else ', or others'}.",
            "Something on the way drops or changes the query.",
        )


def _page(session: Session, name: str, **query: object) -> tuple[list[Message], str | None]:
    answer = must_be_ok(_get(session, session.client, name, **query))
    page = page_of(answer.body)
    if page is None:
        raise Failed(f"GET {answer.url} is answered with no page of messages: {answer.text[:300]}")
    return page


def _get(session: Session, client: Client, name: str, **query: object) -> Recording:
    """The answer to a GET of a session by its name, with any status."""
    answer = client.send("GET", f"{session.settings.ask.path}?{urlencode({'session': name, **query})}")
    if is_old(answer):
        raise NotTried("The answer is an old one: see cdn.cache.")
    return answer


def _must_be_unknown(answer: Recording, what: str, *hints: str) -> None:
    if answer.status != NOT_FOUND:
        kind = "is read all the same" if answer.status == OK else f"is answered {answer.status}: {answer.text[:200]}"
        raise Failed(f"{what} must be a {NOT_FOUND}, and {kind}.", *hints)
