"""Conversations that are kept without personal data: what the model and the table see, and what their owner reads."""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bedrock_chat.app import Application
from bedrock_chat.errors import HistoryUnavailable, SessionNotFound, SettingsError, StreamTruncated
from bedrock_chat.events import BlockEnd, Event, Finish, Start, TextDelta, Usage
from bedrock_chat.history.conversations import Conversations, Found, Lifetime, Outcome, Query
from bedrock_chat.history.dynamodb import conversations_in
from bedrock_chat.history.items import PLACEHOLDERS
from bedrock_chat.history.kms import KmsKey
from bedrock_chat.history.redaction import MAX_PIECE_BYTES, KeptPlaceholders
from bedrock_chat.history.window import text_of
from bedrock_chat.privacy.errors import DetectionFailed, TooMuchPersonalData
from bedrock_chat.privacy.findings import DetectAll, Finding
from bedrock_chat.privacy.model import RedactingModel
from bedrock_chat.privacy.settings import Redaction
from bedrock_chat.settings import Settings
from lambda_stream import Response
from support.application import ScriptedModel, context, stream, url_event
from support.conversations import (
    NAME,
    NOW_S,
    MeddledTable,
    asked,
    detect_all,
    items,
    new_key,
    redacted,
    redacting,
    stores,
)

SETTINGS = Settings("m", frozenset({"m"}), max_input_bytes=10**7)
END: list[Event] = [BlockEnd(), Usage(1, 1, 2), Finish("end_turn")]
ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[MeddledTable]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with stores() as client:
        yield MeddledTable(client)


@pytest.fixture
def key(table: MeddledTable) -> KmsKey:
    assert table
    return new_key()


class Chat:
    """The application with a scripted model, whose answer is one text."""

    def __init__(self, table: MeddledTable, key: KmsKey, detect_all: DetectAll = detect_all) -> None:
        self.model = ScriptedModel([])
        model = redacting(self.model, detect_all)
        self.conversations = redacted(table, key, model, lambda: NOW_S)
        self._application = Application(SETTINGS, model, self.conversations)

    def send(self, method: str, query: dict[str, str] | None = None, **body: object) -> Response:
        event = url_event(method, "/chat", json.dumps(body).encode() if body else b"")
        return self._application({**event, "queryStringParameters": query or {}}, context())

    def ask(self, answer: Sequence[Event | BaseException] | str, **body: object) -> tuple[str, str]:
        """The session, and the text that the client is shown."""
        self.model.script = [Start("m"), TextDelta(answer), *END] if isinstance(answer, str) else answer
        response = self.send("POST", None, **body)
        text = "".join(event["content"] for event in events_of(stream(response)) if event["type"] == "token")
        return response.headers["x-session-id"], text

    def told(self) -> list[str]:
        return [text_of(message) for message in self.model.asked[-1].messages]

    def history(self, session: str) -> list[dict[str, Any]]:
        response = self.send("GET", {"session": session})
        messages: list[dict[str, Any]] = json.loads(str(response.body))["messages"]
        return messages

    def texts(self, session: str) -> list[str]:
        return [message["content"] for message in self.history(session)]


def events_of(chunks: Iterator[bytes]) -> list[dict[str, Any]]:
    written: list[bytes] = []
    with suppress(StreamTruncated, DetectionFailed, HistoryUnavailable):  # the last event says so too
        written.extend(chunks)
    return [json.loads(line.removeprefix(b"data: ")) for line in b"".join(written).split(b"\n\n") if line]


@pytest.fixture
def chat(table: MeddledTable, key: KmsKey) -> Chat:
    return Chat(table, key)


def test_a_value_keeps_its_placeholder_over_the_turns(chat: Chat, table: MeddledTable) -> None:
    """The owner is shown the values, at once and later; the model and the table have none of them."""
    session, shown = chat.ask("Noted: [EMAIL_1].", message=f"I am {ANN}")
    assert shown == f"Noted: {ANN}."
    _, shown = chat.ask("[EMAIL_2] after [EMAIL_1]", message=f"{BOB} and {ANN} again", session=session)
    assert shown == f"{BOB} after {ANN}"
    assert chat.told() == ["I am [EMAIL_1]", "Noted: [EMAIL_1].", "[EMAIL_2] and [EMAIL_1] again"]
    assert chat.texts(session) == [
        f"I am {ANN}", f"Noted: {ANN}.", f"{BOB} and {ANN} again", f"{BOB} after {ANN}",
    ]  # fmt: skip
    assert b"@example.com" not in repr(items(table.client)).encode()


def test_what_is_found_later_is_not_told_again(table: MeddledTable, key: KmsKey) -> None:
    """A detector may need the words around a name: once it is known, the model gets it from no earlier turn."""

    def names(texts: Sequence[str]) -> list[list[Finding]]:
        return [[Finding(5, 11, "NAME")] if text.startswith("I am Louisa") else [] for text in texts]

    chat = Chat(table, key, names)
    session, _ = chat.ask("Who is Louisa? [NAME_1]?", message="Ask Louisa")
    chat.ask("Hello", message="I am Louisa, not [NAME_1]", session=session)
    placeholder = chat.told()[2][5:].split(",", maxsplit=1)[0]
    assert chat.told() == [
        f"Ask {placeholder}", f"Who is {placeholder}? [NAME_1]?", f"I am {placeholder}, not [NAME_1]"
    ]  # fmt: skip
    assert placeholder.startswith("[NAME_1_")
    assert chat.texts(session)[:3] == ["Ask Louisa", "Who is Louisa? [NAME_1]?", "I am Louisa, not [NAME_1]"]


def test_what_the_model_says_of_itself_is_not_kept_as_it_is(chat: Chat, table: MeddledTable) -> None:
    """An address of its own making is shown, and replaced in the table; the next turn tells it by its placeholder."""
    session, shown = chat.ask(f"Ask {BOB}.", message="Hello")
    assert shown == f"Ask {BOB}."
    assert "@example" not in repr(items(table.client))
    assert chat.texts(session) == ["Hello", f"Ask {BOB}."]
    chat.ask("Yes.", message=f"{BOB}?", session=session)
    assert chat.told() == ["Hello", "Ask [EMAIL_1].", "[EMAIL_1]?"]


def test_an_answer_that_breaks_off_is_redacted_too(chat: Chat, table: MeddledTable) -> None:
    """With the error that ended it."""
    session, _ = chat.ask([Start("m"), TextDelta(f"[EMAIL_1], {BOB}"), StreamTruncated("cut")], message=ANN)
    answer = chat.history(session)[1]
    assert (answer["content"], answer["interrupted"], answer["error"]) == (f"{ANN}, {BOB}", True, "stream_truncated")
    assert "@example" not in repr(items(table.client))


def test_what_looks_like_a_placeholder_stays_the_users(chat: Chat) -> None:
    """Before and after there is a true one of the same name."""
    session, _ = chat.ask("[EMAIL_1]", message="What is [EMAIL_1]?")
    chat.ask("ok", message=ANN, session=session)
    assert chat.texts(session)[:3] == ["What is [EMAIL_1]?", "[EMAIL_1]", ANN]
    session, _ = chat.ask("ok", message=ANN)
    _, shown = chat.ask("[LITERAL_1]", message="What is [EMAIL_1]?", session=session)
    assert shown == "[EMAIL_1]"
    assert chat.texts(session)[2:] == ["What is [EMAIL_1]?", "[EMAIL_1]"]


def test_forgetting_takes_the_values_along(chat: Chat, table: MeddledTable) -> None:
    """Nothing is left of the session."""
    session, _ = chat.ask("[EMAIL_1]", message=ANN)
    assert chat.send("DELETE", {"session": session}).status == 204
    assert items(table.client) == []


def test_the_values_live_as_long_as_the_newest_message(chat: Chat, table: MeddledTable) -> None:
    """Also where that brought no new ones."""
    now_s = [NOW_S]
    conversations = redacted(table, new_key(), redacting(chat.model), lambda: now_s[0])
    turn = conversations.ask("key", asked(ANN), "id-1", new=True)
    now_s[0] += 86_400
    conversations.answer(turn, Outcome("Hi", "m"))
    lifetimes = {item["sk"]["S"]: int(item["expires_at"]["N"]) for item in items(table.client)}
    assert lifetimes["placeholders"] == max(lifetimes.values()) == int(NOW_S) + 3 * 86_400


def test_the_values_outlive_older_messages_when_lives_are_shortened(chat: Chat, table: MeddledTable) -> None:
    """Each message keeps the life that it was stored with, and its values with it: also when new ones come."""
    key, model = new_key(), redacting(chat.model)

    def kept_for(days: int) -> Conversations:
        return Conversations(table, Lifetime(days, 1000), lambda: NOW_S, KeptPlaceholders(model, key, NAME))

    kept_for(30).ask("key", asked(ANN), "id-1", new=True)
    for number, words in enumerate(("more", BOB, "more"), 2):
        kept_for(7).ask("key", asked(words), f"id-{number}", new=False)
        lifetimes = {item["sk"]["S"]: int(item["expires_at"]["N"]) for item in items(table.client)}
        assert lifetimes["placeholders"] == max(lifetimes.values()) == int(NOW_S) + 30 * 86_400


def test_without_personal_data_kms_is_not_asked(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is paid by the call, and each takes its time."""
    monkeypatch.setattr(KmsKey, "encrypt", None)
    monkeypatch.setattr(KmsKey, "decrypt", None)
    session, _ = chat.ask("Hello", message="Hi")
    chat.ask("Hello [", message="Hi", session=session)
    assert chat.texts(session) == ["Hi", "Hello", "Hi", "Hello ["]


def test_many_values_take_several_pieces(chat: Chat) -> None:
    """Each no longer than KMS takes; their order is kept."""
    many = " ".join(f"user{number}@example.com" for number in range(1000))
    session, _ = chat.ask("ok", message=many)
    chat.ask("ok", message=f"{many} {ANN}", session=session)
    assert chat.texts(session)[::2] == [many, f"{many} {ANN}"]


def test_too_many_values_are_refused(chat: Chat, table: MeddledTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is stored or the model is asked."""
    monkeypatch.setattr("bedrock_chat.history.redaction.MAX_PIECES", 2)
    count = 2 * MAX_PIECE_BYTES // 20
    response = chat.send("POST", message=" ".join(f"{number}@example.com" for number in range(count)))
    error = json.loads(str(response.body))["error"]
    assert (response.status, error["code"]) == (400, "too_much_personal_data")
    assert "begin a new session" in error["message"]
    assert (items(table.client), chat.model.asked) == ([], [])


def test_too_many_values_of_the_models_own_end_the_answer(
    chat: Chat, table: MeddledTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept as one that broke off, without a text."""
    turn = chat.conversations.ask("key", asked(ANN), "id-1", new=True)
    monkeypatch.setattr("bedrock_chat.history.redaction.MAX_PIECES", 2)
    count = 2 * MAX_PIECE_BYTES // 20
    with pytest.raises(TooMuchPersonalData):
        chat.conversations.answer(turn, Outcome(" ".join(f"{number}@example.com" for number in range(count)), "m"))
    question, answer = chat.conversations.page("key", 2).messages
    assert (question.text, answer.text, answer.error) == (ANN, "", "too_much_personal_data")
    assert len(items(table.client)) == 3


def test_a_piece_of_another_conversation_can_not_be_read(chat: Chat, table: MeddledTable) -> None:
    """Who can write to the table gets nobody's values shown."""
    for pk, mail in (("one", ANN), ("two", BOB)):
        chat.conversations.ask(pk, asked(mail), "id-1", new=True)
    stolen, mine = (item for item in items(table.client) if item["sk"]["S"] == "placeholders")
    table.client.put_item(TableName="history", Item={**stolen, "pk": mine["pk"]})
    with pytest.raises(HistoryUnavailable):
        chat.conversations.page(mine["pk"]["S"], 1)


def test_pieces_in_another_order_can_not_be_read(chat: Chat, table: MeddledTable) -> None:
    """Each has its place."""
    chat.conversations.ask("key", asked(" ".join(f"user{number}@example.com" for number in range(200))), "id", new=True)
    (item,) = (item for item in items(table.client) if item["sk"]["S"] == "placeholders")
    assert len(item["sealed"]["L"]) > 1
    table.client.put_item(TableName="history", Item={**item, "sealed": {"L": item["sealed"]["L"][::-1]}})
    with pytest.raises(HistoryUnavailable):
        chat.conversations.page("key", 1)


def test_an_older_piece_can_not_be_put_back(chat: Chat, table: MeddledTable) -> None:
    """Placeholders that were given out since would mean nothing, and be given out again."""

    def kept() -> dict[str, Any]:
        (item,) = (item for item in items(table.client) if item["sk"]["S"] == "placeholders")
        return item

    chat.conversations.ask("key", asked(ANN), "id-1", new=True)
    older = kept()
    chat.conversations.ask("key", asked(BOB), "id-2", new=False)
    table.client.put_item(TableName="history", Item={**kept(), "sealed": older["sealed"]})
    with pytest.raises(HistoryUnavailable):
        chat.conversations.page("key", 1)


def test_the_log_has_no_request_of_the_keys(table: MeddledTable, caplog: pytest.LogCaptureFixture) -> None:
    """At the level DEBUG boto3 would write what is to be encrypted there."""
    assert table
    with caplog.at_level(logging.DEBUG, logger="botocore"):
        key = new_key()
        caplog.clear()
        key.decrypt(key.encrypt(ANN.encode(), {"a": "b"}), {"a": "b"})
    assert b64encode(ANN.encode()).decode() not in caplog.text
    assert ANN not in caplog.text


def test_without_its_values_a_session_does_not_go_on(chat: Chat, table: MeddledTable) -> None:
    """A DELETE got no further: its placeholders would be given to other values."""
    turn = chat.conversations.ask("key", asked(ANN), "id-1", new=True)
    table.delete("key", ["placeholders"])
    with pytest.raises(SessionNotFound):
        chat.conversations.ask("key", asked(BOB), "id-2", new=False)
    with pytest.raises(SessionNotFound):
        chat.conversations.page("key", 1)
    assert not chat.conversations.answer(turn, Outcome(BOB, "m"))
    assert len(items(table.client)) == 1


def test_without_its_key_nothing_is_asked_or_stored(
    chat: Chat, table: MeddledTable, caplog: pytest.LogCaptureFixture
) -> None:
    """The message and the log say so, without a value."""
    other = redacted(table, KmsKey("arn:aws:kms:eu-west-1:123456789012:key/none"), redacting(chat.model), lambda: NOW_S)
    with pytest.raises(HistoryUnavailable, match="key of the conversation's personal data"):
        other.ask("key", asked(ANN), "id-1", new=True)
    assert (items(table.client), chat.model.asked) == ([], [])
    assert "can't encrypt" in caplog.text
    assert "example.com" not in caplog.text


def test_with_another_key_a_session_is_over(chat: Chat, table: MeddledTable) -> None:
    """Redaction that was turned off and on again has a new one: no retry would help. Without values it is no matter."""
    session, _ = chat.ask("Hello.", message=f"I am {ANN}")
    bare, _ = chat.ask("Hello.", message="I am nobody")
    later = Chat(table, new_key())
    for response in (later.send("GET", {"session": session}), later.send("POST", message="And?", session=session)):
        error = json.loads(str(response.body))["error"]
        assert (response.status, error["code"]) == (404, "session_not_found")
    assert "a key that the server doesn't use any more" in error["message"]
    assert later.send("DELETE", {"session": session}).status == 204
    assert later.ask("Still.", message="And now?", session=bare)[1] == "Still."


class Blind:
    """A detector that fails from its second call on."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, texts: Sequence[str]) -> list[list[Finding]]:
        self.calls += 1
        if self.calls > 1:
            raise DetectionFailed("personal data could not be looked for")
        return detect_all(texts)


@pytest.mark.parametrize(
    ("end", "error"),
    [(END, "redaction_failed"), ([StreamTruncated("cut")], "stream_truncated")],
    ids=["whole", "broken"],
)
def test_an_answer_that_nobody_can_look_through_is_not_kept(
    table: MeddledTable, key: KmsKey, end: list[Any], error: str
) -> None:
    """Its text, that is: the client has seen it, and is told that it broke off."""
    model = ScriptedModel([Start("m"), TextDelta(f"[EMAIL_1] {BOB}"), *end])
    private = RedactingModel(model, Blind(), allow_attachments=False)
    conversations = redacted(table, key, private, lambda: NOW_S)
    application = Application(SETTINGS, private, conversations)
    response = application(url_event("POST", "/chat", json.dumps({"message": ANN}).encode()), context())
    last = events_of(stream(response))[-1]
    assert (last["type"], last["error"]["code"]) == ("error", error)
    stored = sorted(items(table.client), key=lambda item: str(item["sk"]["S"]))
    assert [item.get("text", {}).get("S") for item in stored] == [None, "[EMAIL_1]", ""]
    assert stored[2]["error"]["S"] == error
    assert "stop_reason" not in stored[2]


def test_a_session_does_not_go_on_when_redaction_is_switched(chat: Chat, table: MeddledTable) -> None:
    """Its texts would reach the model, or its placeholders would mean nothing. It can be read, and forgotten."""
    plain = Conversations(table, Lifetime(2, 1000), lambda: NOW_S)
    plain.ask("plain", asked(ANN), "id-1", new=True)
    chat.conversations.ask("private", asked(ANN), "id-1", new=True)
    with pytest.raises(SessionNotFound, match="redaction was off, and can't go on now that it is on"):
        chat.conversations.ask("plain", asked("more"), "id-2", new=False)
    with pytest.raises(SessionNotFound, match="redaction was on, and can't go on now that it is off"):
        plain.ask("private", asked("more"), "id-2", new=False)
    assert [message.text for message in chat.conversations.page("plain", 1).messages] == [ANN]
    assert [message.text for message in plain.page("private", 1).messages] == ["[EMAIL_1]"]


def test_racing_requests_share_the_placeholders(chat: Chat, table: MeddledTable) -> None:
    """The slower one learns what the faster one was given, and gives its own value another."""
    conversations = chat.conversations
    conversations.ask("key", asked("Hello"), "id-1", new=True)
    table.meanwhile.append(lambda: conversations.ask("key", asked(ANN), "id-2", new=False))
    turn = conversations.ask("key", asked(f"{BOB} {ANN}"), "id-3", new=False)
    assert (turn.number, text_of(turn.request.messages[-1])) == (3, "[EMAIL_2] [EMAIL_1]")


def test_an_answer_tells_a_later_placeholder_from_its_own_text(chat: Chat, table: MeddledTable) -> None:
    """The model made up `[EMAIL_2]`, and while it wrote another request was given it."""
    conversations = chat.conversations
    turn = conversations.ask("key", asked(ANN), "id-1", new=True)
    table.meanwhile.append(lambda: conversations.ask("key", asked(BOB), "id-2", new=False))
    assert conversations.answer(turn, Outcome("[EMAIL_1] [EMAIL_2] carl@example.com", "m"))
    answer = conversations.page("key", 2).messages[1]
    assert answer.text == f"{ANN} [EMAIL_2] carl@example.com"
    assert conversations.page("key", 3).messages[2].text == BOB


def test_an_answer_to_what_is_forgotten_meanwhile_is_not_kept(chat: Chat, table: MeddledTable) -> None:
    """Neither it nor what was learnt of it."""
    turn = chat.conversations.ask("key", asked(ANN), "id-1", new=True)
    chat.conversations.forget("key")
    assert not chat.conversations.answer(turn, Outcome(BOB, "m"))
    assert items(table.client) == []


def test_values_that_are_gone_are_those_of_a_forgotten_session(
    chat: Chat, table: MeddledTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may go just before they are read: nothing begins them anew, or a placeholder would get another value."""
    query, conversations = table.query, chat.conversations

    def forgetting(wanted: Query) -> Found:
        if wanted.prefix == PLACEHOLDERS:
            conversations.forget("key")
        return query(wanted)

    turn = conversations.ask("key", asked(ANN), "id-1", new=True)
    table.meanwhile.append(lambda: conversations.ask("key", asked(BOB), "id-2", new=False))
    table.meanwhile.append(lambda: monkeypatch.setattr(table, "query", forgetting))
    assert not conversations.answer(turn, Outcome("Hi", "m"))
    assert items(table.client) == []
    conversations.ask("key", asked(ANN), "id-3", new=True)
    with pytest.raises(SessionNotFound):
        conversations.ask("key", asked(BOB), "id-4", new=False)
    assert items(table.client) == []


def test_a_session_that_is_forgotten_while_it_is_asked_is_gone(chat: Chat, table: MeddledTable) -> None:
    """The question doesn't begin it anew, nor do its values."""
    chat.conversations.ask("key", asked(ANN), "id-1", new=True)
    table.meanwhile.append(lambda: chat.conversations.forget("key"))
    with pytest.raises(SessionNotFound):
        chat.conversations.ask("key", asked(BOB), "id-2", new=False)
    assert items(table.client) == []


def test_redaction_of_what_is_kept_needs_a_key(table: MeddledTable) -> None:
    """An init error that names the variable; with it, or without redaction, there are conversations."""
    assert table
    model = redacting(ScriptedModel([]))
    settings = SETTINGS._replace(history_table="history", redaction=Redaction(detector="patterns"))
    with pytest.raises(SettingsError, match="BEDROCK_CHAT_HISTORY_KEY is not set"):
        conversations_in("history", settings, model)
    conversations_in("history", settings._replace(history_key="arn:key"), model)
    conversations_in("history", settings._replace(redaction=None), model)


def test_dynamodbs_own_failures_are_no_races(chat: Chat, table: MeddledTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that is cancelled for throttling is a 503, one for a conflict is tried again."""
    chat.conversations.ask("key", asked(ANN), "id-1", new=True)
    write, reasons = table.client.transact_write_items, ["TransactionConflict"]

    def cancelled(**members: Any) -> Any:
        if not reasons:
            return write(**members)
        reason = [{"Code": "None"}, {"Code": reasons.pop()}]
        raise ClientError(
            {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reason}, "TransactWriteItems"
        )

    monkeypatch.setattr(table.client, "transact_write_items", cancelled)
    turn = chat.conversations.ask("key", asked(BOB), "id-2", new=False)
    assert turn.number == 2
    reasons.append("ThrottlingError")
    with pytest.raises(HistoryUnavailable):
        chat.conversations.answer(turn, Outcome("Hi", "m"))
    reasons += ["TransactionConflict"] * 20
    with pytest.raises(HistoryUnavailable, match="too many others"):
        chat.conversations.answer(turn, Outcome("Hi", "m"))
    assert chat.conversations.answer(turn, Outcome("Hi", "m"))
