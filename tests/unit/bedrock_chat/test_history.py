"""Conversations in DynamoDB, as `/chat` keeps them: moto in this process stands for the table."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bedrock_chat.app import Application
from bedrock_chat.errors import ModelThrottled, SessionBusy, SessionNotFound, StreamTruncated
from bedrock_chat.events import BlockEnd, Event, Finish, Start, TextDelta, Usage
from bedrock_chat.history.conversations import Conversations, Found, Lifetime, Outcome, Query, Write, Written
from bedrock_chat.history.dynamodb import DynamoDbTable
from bedrock_chat.history.items import StoredMessage, items_of, sort_key
from bedrock_chat.history.window import text_of
from bedrock_chat.settings import Settings
from lambda_stream import DeadlineExceeded, Response
from support.application import ScriptedModel, context, stream, url_event
from support.conversations import asked, stores

SETTINGS = Settings(model_id="m", allowed_model_ids=frozenset({"m"}), history_table="history", max_input_bytes=10**7)
USAGE = Usage(3, 2, 5)
ANSWER: list[Event | BaseException] = [
    Start("m"),
    TextDelta("Hi"),
    TextDelta("!"),
    BlockEnd(),
    USAGE,
    Finish("end_turn"),
]
NOW_S = 1_700_000_000.5
DAY_S = 86_400


class Clock:
    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


class Meddling(DynamoDbTable):
    """The table, with somebody who stores or forgets something just before a call."""

    def __init__(self, client: Any) -> None:
        super().__init__(client, "history")
        self.client = client
        self.before_put: list[Any] = []
        self.before_answer: list[Any] = []

    def count(self) -> int:
        """How many items there are; a scan gives a megabyte of them at once."""
        pages = self.client.get_paginator("scan").paginate(TableName="history")
        return sum(page["Count"] for page in pages)

    def query(self, query: Query) -> Found:
        return super().query(query._replace(limit=3) if query.newest_first else query)

    def write(self, write: Write) -> Written:
        meddles = self.before_put if write.item["role"]["S"] == "user" else self.before_answer
        for meddle in meddles:
            meddle()
        return super().write(write)


@pytest.fixture
def table() -> Iterator[Meddling]:
    """It gives the newest items three by three, so that conversations of more need several queries."""
    with stores() as client:
        yield Meddling(client)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def conversations(table: Meddling, clock: Clock) -> Conversations:
    return Conversations(table, Lifetime(2, 1000), clock)


class Chat:
    """The application with a scripted model."""

    def __init__(self, conversations: Conversations) -> None:
        self.model = ScriptedModel(ANSWER)
        self._application = Application(SETTINGS, self.model, conversations)

    def send(self, method: str, query: dict[str, str] | None = None, **body: object) -> Response:
        event = url_event(method, "/chat", json.dumps(body).encode() if body else b"")
        return self._application({**event, "queryStringParameters": query or {}}, context())

    def ask(self, **body: object) -> tuple[str, list[dict[str, Any]]]:
        """The session and the events of an answer that comes to its end."""
        response = self.send("POST", None, **body)
        events = events_of(b"".join(stream(response)))
        assert events[-1]["type"] == "done"
        return response.headers["x-session-id"], events

    def history(self, session: str, **query: str) -> dict[str, Any]:
        response = self.send("GET", {"session": session, **query})
        assert response.status == 200
        page: dict[str, Any] = json.loads(str(response.body))
        return page

    def asked(self) -> list[str]:
        return [message.parts[0].text for message in self.model.asked[-1].messages]  # type: ignore[union-attr]


def events_of(written: bytes) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix(b"data: ")) for line in written.split(b"\n\n") if line]


def code_of(response: Response) -> tuple[int, str]:
    return response.status, json.loads(str(response.body))["error"]["code"]


@pytest.fixture
def chat(conversations: Conversations) -> Chat:
    return Chat(conversations)


def test_a_conversation_is_kept(chat: Chat) -> None:
    """Messages with all that is known of them; the start event and the header name the session."""
    session, events = chat.ask(message="Hello")
    assert events[0] == {"type": "start", "model": "m", "request_id": "id-1", "session": session}
    stored = {"turn": 1, "created_ms": 1_700_000_000_500, "request_id": "id-1"}
    usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5, "cache_read_tokens": 0, "cache_write_tokens": 0}
    answer = {"role": "assistant", "content": "Hi!", "model": "m", "usage": usage, "stop_reason": "end_turn"}
    assert chat.history(session) == {
        "session": session,
        "messages": [{**stored, "role": "user", "content": "Hello"}, {**stored, **answer}],
        "cursor": None,
    }


def test_the_next_message_brings_the_turns_before_it(chat: Chat) -> None:
    """Oldest first, over several pages of the table."""
    session, _ = chat.ask(message="0")
    for number in range(1, 6):
        chat.ask(message=str(number), session=session)
    assert chat.asked() == ["0", "Hi!", "1", "Hi!", "2", "Hi!", "3", "Hi!", "4", "Hi!", "5"]


def test_the_question_is_stored_before_the_model_is_asked(chat: Chat, table: Meddling) -> None:
    """And the answer before its client sees the end."""
    counts = [(b'"done"' in chunk, table.count()) for chunk in stream(chat.send("POST", message="Hello"))]
    assert set(counts[:-1]) == {(False, 1)}
    assert counts[-1] == (True, 2)


def test_pages_follow_each_other(chat: Chat) -> None:
    """By the cursor, until there is none."""
    session, _ = chat.ask(message="1")
    chat.ask(message="2", session=session)
    first = chat.history(session, limit="2")
    assert [message["content"] for message in first["messages"]] == ["1", "Hi!"]
    rest = chat.history(session, cursor=first["cursor"])
    assert [message["content"] for message in rest["messages"]] == ["2", "Hi!"]
    assert rest["cursor"] is None
    assert chat.history(session, cursor="9.1")["messages"] == []


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "²", "00001"])
def test_a_wrong_limit_is_refused(chat: Chat, limit: str) -> None:
    """It is a number from 1 to 100."""
    session, _ = chat.ask(message="1")
    assert code_of(chat.send("GET", {"session": session, "limit": limit})) == (400, "invalid_request")


def test_a_misspelt_parameter_is_refused(chat: Chat) -> None:
    """It would do nothing otherwise."""
    assert code_of(chat.send("GET", {"session": "A" * 24, "curser": "1.0"})) == (400, "invalid_request")
    assert code_of(chat.send("DELETE", {"session": "A" * 24, "limit": "1"})) == (400, "invalid_request")


def test_a_long_message_is_split_and_whole_again(chat: Chat, table: Meddling) -> None:
    """One that DynamoDB takes in no single item; forgetting it leaves nothing behind."""
    text = "ä" * 1_000_000
    session, _ = chat.ask(message=text)
    assert chat.history(session)["messages"][0]["content"] == text
    assert table.count() > 5
    assert chat.send("DELETE", {"session": session}).status == 204
    assert table.count() == 0


def test_half_a_message_is_not_shown_as_a_whole_one(chat: Chat, table: Meddling, clock: Clock) -> None:
    """A DELETE is under way, or got no further. What has expired is none of it: its pieces may go before it does."""
    session, _ = chat.ask(message="x" * 800_000)
    pieces = [item for item in table.client.scan(TableName="history")["Items"] if item["sk"]["S"].startswith("piece")]
    assert len(pieces) == 2
    table.delete(pieces[0]["pk"]["S"], [pieces[0]["sk"]["S"]])
    assert code_of(chat.send("GET", {"session": session})) == (404, "session_not_found")
    assert code_of(chat.send("POST", message="more", session=session)) == (404, "session_not_found")
    clock.now_s += 2 * DAY_S
    assert chat.history(session)["messages"] == []
    assert chat.send("DELETE", {"session": session}).status == 204
    assert table.count() == 0


@pytest.mark.parametrize("messages", [1, 14, 40])
def test_a_session_is_forgotten(chat: Chat, table: Meddling, messages: int) -> None:
    """However long it is; another one stays."""
    other, _ = chat.ask(message="stay")
    session, _ = chat.ask(message="0")
    for number in range(1, messages):
        chat.ask(message=str(number), session=session)
    assert chat.send("DELETE", {"session": session}).status == 204
    assert code_of(chat.send("GET", {"session": session})) == (404, "session_not_found")
    assert table.count() == 2
    assert len(chat.history(other)["messages"]) == 2


def test_a_turn_that_comes_in_while_a_session_is_forgotten_goes_too(
    conversations: Conversations, table: Meddling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stored after what there was had been listed, and before that was deleted."""
    conversations.ask("key", asked("first"), "id-1", new=True)
    delete, others = table.delete, ["late"]

    def meddled(pk: str, sort_keys: Sequence[str]) -> None:
        if others:
            conversations.ask("key", asked(others.pop()), "id-2", new=False)
        delete(pk, sort_keys)

    monkeypatch.setattr(table, "delete", meddled)
    conversations.forget("key")
    assert table.count() == 0


def test_a_session_that_is_forgotten_while_it_is_asked_is_gone(conversations: Conversations, table: Meddling) -> None:
    """The question doesn't begin it anew, however long it is."""
    conversations.ask("key", asked("first"), "id-1", new=True)
    table.before_put.append(lambda: conversations.forget("key"))
    with pytest.raises(SessionNotFound):
        conversations.ask("key", asked("x" * 500_000), "id-2", new=False)
    assert table.count() == 0


def test_messages_expire(chat: Chat, clock: Clock) -> None:
    """At their time, whether or not DynamoDB has deleted them."""
    session, _ = chat.ask(message="old")
    clock.now_s += DAY_S
    chat.ask(message="new", session=session)
    clock.now_s += DAY_S - 0.5
    assert [message["content"] for message in chat.history(session)["messages"]] == ["new", "Hi!"]
    chat.ask(message="next", session=session)
    assert chat.asked() == ["new", "Hi!", "next"]
    clock.now_s += 2 * DAY_S
    assert code_of(chat.send("POST", message="gone", session=session)) == (404, "session_not_found")
    assert chat.history(session)["messages"] == []


def test_an_answer_that_outlives_its_question_is_gone_on_with(
    conversations: Conversations, table: Meddling, clock: Clock
) -> None:
    """It came later, and so DynamoDB deletes it later."""
    turn = conversations.ask("key", asked("old"), "id-1", new=True)
    clock.now_s += 60
    conversations.answer(turn, Outcome("Hi", "m"))
    clock.now_s += 2 * DAY_S - 30
    table.client.delete_item(TableName="history", Key={"pk": {"S": "key"}, "sk": {"S": sort_key(1, "user")}})
    turn = conversations.ask("key", asked("new"), "id-2", new=False)
    assert (turn.number, [text_of(message) for message in turn.request.messages]) == (2, ["new"])


def test_all_of_a_long_message_expires(chat: Chat, table: Meddling) -> None:
    """Its pieces too: DynamoDB keeps what has no such attribute for ever."""
    chat.ask(message="x" * 800_000)
    lives = [item.get("expires_at") for item in table.client.scan(TableName="history")["Items"]]
    assert lives == [{"N": str(int(NOW_S) + 2 * DAY_S)}] * 4


def test_the_table_is_read_as_it_is_at_that_moment(chat: Chat, table: Meddling) -> None:
    """By default DynamoDB may give what was there a second ago: a message that was stored would be missing."""
    queries: list[Any] = []
    table.client.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: queries.append(params["ConsistentRead"])
    )
    session, _ = chat.ask(message="x" * 400_000)
    chat.ask(message="more", session=session)
    chat.history(session)
    assert len(queries) > 3
    assert all(queries)


def test_the_faster_request_has_the_earlier_turn(conversations: Conversations, table: Meddling) -> None:
    """The other one takes the next, and is told what was answered when it was stored."""
    conversations.ask("key", asked("first"), "id-1", new=True)

    def be_faster() -> None:
        table.before_put.clear()
        turn = conversations.ask("key", asked("faster"), "id-2", new=False)
        assert turn.number == 2
        conversations.answer(turn, Outcome("at once", "m"))

    table.before_put.append(be_faster)
    turn = conversations.ask("key", asked("slower"), "id-3", new=False)
    assert turn.number == 3
    assert [text_of(message) for message in turn.request.messages] == ["faster", "at once", "slower"]
    conversations.answer(turn, Outcome("later", "m"))
    stored = conversations.page("key", 3).messages
    assert [(message.turn, message.text) for message in stored] == [(1, "first"), (2, "faster"), (2, "at once")]


def test_a_session_can_be_too_busy(conversations: Conversations, table: Meddling) -> None:
    """Somebody else is faster each time: the client may send its message again, of which nothing is left here."""
    conversations.ask("key", asked("first"), "id-1", new=True)
    rival = Conversations(DynamoDbTable(table.client, "history"), Lifetime(2, 1000), lambda: NOW_S)
    ids = iter(range(100))
    table.before_put.append(lambda: rival.ask("key", asked("x"), f"rival-{next(ids)}", new=False))
    with pytest.raises(SessionBusy, match="send it again"):
        conversations.ask("key", asked("x" * 500_000), "id-2", new=False)
    stored = table.client.scan(TableName="history", ProjectionExpression="sk")["Items"]
    assert [item["sk"]["S"] for item in stored if item["sk"]["S"].startswith("piece")] == []


def test_an_attempt_whose_answer_was_lost_is_no_race(table: Meddling, conversations: Conversations) -> None:
    """boto3 sends it again, and it is stored once."""
    turn = conversations.ask("key", asked("first"), "id-1", new=True)
    assert conversations.ask("key", asked("first"), "id-1", new=True) == turn
    assert table.count() == 1


def test_a_place_that_is_taken_is_not_gone(table: Meddling, conversations: Conversations) -> None:
    """Nothing else had to be there: another request was faster, and that is all."""
    conversations.ask("key", asked("first"), "id-1", new=True)
    item, _ = items_of("key", StoredMessage(1, "user", "second", "id-2", 0, 0))
    assert table.write(Write(item)) is Written.OVERTAKEN


@pytest.mark.parametrize("text", ["late", "l" * 900_000])
def test_a_forgotten_conversation_gets_no_answer(chat: Chat, table: Meddling, text: str) -> None:
    """The client has it all the same; nothing of it is in the table."""
    chat.model.script = [Start("m"), TextDelta(text), BlockEnd(), USAGE, Finish("end_turn")]
    response = chat.send("POST", message="Hello")
    table.before_answer.append(lambda: chat.send("DELETE", {"session": response.headers["x-session-id"]}))
    assert events_of(b"".join(stream(response)))[-1]["type"] == "done"
    assert table.count() == 0


def test_a_turn_that_somebody_else_has_begun_anew_gets_no_answer(conversations: Conversations, table: Meddling) -> None:
    """The session was forgotten, and its first turn is another request's now."""
    turn = conversations.ask("key", asked("first"), "id-1", new=True)
    conversations.forget("key")
    conversations.ask("key", asked("other"), "id-2", new=True)
    assert not conversations.answer(turn, Outcome("late" * 300_000, "m"))
    assert table.count() == 1
    assert [message.text for message in conversations.page("key", 3).messages] == ["other"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StreamTruncated("it broke"), "stream_truncated"),
        (DeadlineExceeded(), "deadline_exceeded"),
        (ValueError("ours"), "internal_error"),
    ],
)
def test_an_answer_that_breaks_off_is_kept(chat: Chat, error: BaseException, code: str) -> None:
    """With what came of it, and why there is no more."""
    chat.model.script = [Start("m"), TextDelta("Half"), error]
    response = chat.send("POST", message="Hello")
    written: list[bytes] = []
    with pytest.raises(type(error)):
        written.extend(stream(response))
    assert events_of(b"".join(written))[-1]["error"]["code"] == code
    answer = chat.history(response.headers["x-session-id"])["messages"][1]
    assert (answer["content"], answer["interrupted"], answer["error"]) == ("Half", True, code)


def test_halves_of_a_character_are_stored_as_one(chat: Chat) -> None:
    """A model may cut between them; a half that stays alone is no text."""
    chat.model.script = [Start("m"), TextDelta("a\ud83d"), TextDelta("\ude00b\ud83d"), *ANSWER[3:]]
    session, _ = chat.ask(message="Hello")
    assert chat.history(session)["messages"][1]["content"] == "a\U0001f600b\ufffd"


def test_a_client_that_hangs_up_keeps_what_came(chat: Chat) -> None:
    """The stream is closed in its middle."""
    response = chat.send("POST", message="Hello")
    body = stream(response)
    next(body), next(body)
    body.close()
    assert chat.history(response.headers["x-session-id"])["messages"][1]["error"] == "client_closed"
    assert chat.model.hung_up


def test_a_refusal_is_kept_beside_its_question(chat: Chat) -> None:
    """The client has a true status."""
    session, _ = chat.ask(message="Hello")
    chat.model.script = [ModelThrottled("slowly")]
    assert code_of(chat.send("POST", message="Again", session=session)) == (429, "throttled")
    assert chat.history(session)["messages"][3]["error"] == "throttled"


def test_no_table_means_no_answer(chat: Chat, table: Meddling) -> None:
    """503 before anything is spent on the model; the client isn't told whose role may do what."""
    session, _ = chat.ask(message="Hello")
    table.client.delete_table(TableName="history")
    asked = len(chat.model.asked)
    for response in (
        chat.send("POST", message="Again"),
        chat.send("POST", message="Again", session=session),
        chat.send("GET", {"session": session}),
        chat.send("DELETE", {"session": session}),
    ):
        assert code_of(response) == (503, "history_unavailable")
        assert "arn:" not in str(response.body)
    assert len(chat.model.asked) == asked


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_a_table_that_hangs_to_the_deadline_is_told_of(
    chat: Chat, table: Meddling, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """In time for an answer of the client's form: what Lambda says of a function that is out of time has none."""

    def hang(**_: object) -> None:
        raise DeadlineExceeded

    for operation in ("query", "put_item"):
        monkeypatch.setattr(table.client, operation, hang)
    body = {"message": "Hello"} if method == "POST" else {}
    query = {} if method == "POST" else {"session": "A" * 24}
    assert code_of(chat.send(method, query, **body)) == (504, "deadline_exceeded")
    assert chat.model.asked == []


@pytest.mark.parametrize("script", [ANSWER, [*ANSWER[:2], StreamTruncated("it broke")]], ids=["whole", "broken"])
def test_an_answer_that_is_not_stored_has_no_end(
    chat: Chat, table: Meddling, script: list[Event | BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    """All of its text, and an error in the place of `done`; a broken one tells why it broke, and the log the rest."""
    chat.model.script = script
    response = chat.send("POST", message="Hello")
    table.before_answer.append(lambda: table.client.delete_table(TableName="history"))
    written: list[bytes] = []
    with pytest.raises(Exception, match=r"conversation|broke"):
        written.extend(stream(response))
    events = events_of(b"".join(written))
    assert "token" in {event["type"] for event in events}
    code = "history_unavailable" if script is ANSWER else "stream_truncated"
    assert (events[-1]["type"], events[-1]["error"]["code"]) == ("error", code)
    assert "can't store" in caplog.text


def test_events_that_come_together_stay_together(chat: Chat) -> None:
    """But for the last one, which waits until the answer is stored."""

    class AtOnce(ScriptedModel):
        def ask(self, request: Any) -> Any:
            yield [event for (event,) in super().ask(request)]

    chat.model.ask = AtOnce(ANSWER).ask  # type: ignore[method-assign]
    chunks = list(stream(chat.send("POST", message="Hello")))
    assert [len(events_of(chunk)) for chunk in chunks] == [4, 1]


def test_messages_come_without_a_session(chat: Chat, table: Meddling) -> None:
    """A client that brings its conversation along is answered as ever, and nothing is kept."""
    messages = [{"role": "user", "content": "Hello"}]
    response = chat.send("POST", messages=messages)
    assert "session" not in events_of(b"".join(stream(response)))[0]
    assert table.count() == 0
    assert code_of(chat.send("POST", messages=messages, session="A" * 24)) == (400, "invalid_request")


def test_without_a_table_there_is_no_session() -> None:
    """The field is unknown, and `/chat` takes POST alone."""
    application = Application(SETTINGS, ScriptedModel(ANSWER))
    body = b'{"message": "Hello", "session": "AAAAAAAAAAAAAAAAAAAAAAAA"}'
    assert code_of(application(url_event("POST", "/chat", body), context())) == (400, "invalid_request")
    assert code_of(application(url_event("GET", "/chat"), context())) == (405, "method_not_allowed")


def test_a_page_of_nothing_is_no_session(conversations: Conversations) -> None:
    """Nobody is told more than that."""
    with pytest.raises(SessionNotFound, match="somebody else's"):
        conversations.page("key", 5)


def test_what_a_busy_table_leaves_over_is_deleted_later(table: Meddling, conversations: Conversations) -> None:
    """DynamoDB may do a part of a batch only."""
    conversations.ask("key", asked("x" * 800_000), "id-1", new=True)
    original, calls = table.client.batch_write_item, []

    def half(RequestItems: dict[str, Any]) -> Any:  # noqa: N803 - boto3's name
        calls.append(len(RequestItems["history"]))
        done = RequestItems["history"][:2]
        original(RequestItems={"history": done})
        return {"UnprocessedItems": {"history": RequestItems["history"][2:]}}

    table.client.batch_write_item = half
    conversations.forget("key")
    assert calls == [3, 1]
    assert table.count() == 0
