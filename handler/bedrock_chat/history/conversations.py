"""The conversations in a table: their next turn, their answers, their pages, and their end.

Two requests that race on one session get turns of their own, in the order in which their messages were stored. Each is
told of the turns that were answered when it looked for the last time; which of the two answers first is of no account.
"""

from enum import Enum
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bedrock_chat.conversation import Message
from bedrock_chat.errors import ChatError, HistoryUnavailable, SessionBusy, SessionNotFound
from bedrock_chat.history.items import (
    ASSISTANT,
    MESSAGES,
    PLACEHOLDERS,
    USER,
    StoredMessage,
    cursor_of,
    items_of,
    key_after,
    message_of,
    pieces_prefix,
    sort_key,
)
from bedrock_chat.history.window import context_window, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.history.items import Item
    from bedrock_chat.model import Model

MAX_RACES = 20
_SECONDS_PER_DAY = 86_400
# More than most context windows hold, and far from the megabyte that DynamoDB reads at once.
_NEWEST_AT_ONCE = 40
_NO_SESSION = (
    "there is no such session: its messages have been forgotten, or it is somebody else's. Leave session out to begin "
    "a new one"
)
_OTHER_PRIVACY = (
    "this session was begun when the server's redaction was {0}, and can't go on now that it is {1}: leave session out "
    "to begin a new one"
)


class Found(NamedTuple):
    """A page of a query: its items, and whether there may be more."""

    items: "Sequence[Item]"
    more: bool


class Query(NamedTuple):
    """The items of `pk` whose `sk` begins with `prefix`, at most `limit` of them, behind the key `after`."""

    pk: str
    prefix: str
    limit: int | None = None
    after: str | None = None
    newest_first: bool = False


class Before(NamedTuple):
    """A message that must be there, at `sk`; with `request_id` one that this request has brought."""

    sk: str
    request_id: str | None = None


class Beside(NamedTuple):
    """An item that goes in with a message, where `version` is the one that stands in its place; 0 where none does."""

    item: "Item"
    version: int


class Write(NamedTuple):
    """A message to store where its place is free, together with all that is said of it, or not at all."""

    item: "Item"
    before: Before | None = None
    beside: Beside | None = None


class Written(Enum):
    """What has become of a Write: GONE where what must be there is not, OVERTAKEN where another request was faster."""

    DONE = "done"
    GONE = "gone"
    OVERTAKEN = "overtaken"


class Table(Protocol):
    """What conversations need of DynamoDB. Each method raises HistoryUnavailable where the table can't be used."""

    def query(self, query: Query) -> Found:
        """A page of items, as they are at this moment."""

    def write(self, write: Write) -> Written:
        """Stores a message. One that this request has stored already, in an attempt that got no answer, is DONE."""

    def put_pieces(self, items: "Sequence[Item]") -> None:
        """Stores items whose places nobody else wants."""

    def delete(self, pk: str, sort_keys: "Sequence[str]") -> None:
        """Deletes items."""


class Private(Protocol):
    """What stands for the personal data of one conversation, as it was stored last."""

    @property
    def values(self) -> "Mapping[str, str]":
        """What each placeholder stands for."""

    def redacted(self, asked: "ChatRequest") -> "ChatRequest":
        """The request as the model and the table may see it."""

    def redacted_answer(self, text: str, shown: "Mapping[str, str]") -> str:
        """An answer as the table may see it; its client was shown it with the values `shown`."""

    def told_again(self, text: str) -> str:
        """A stored text as the model may see it: without the values that were found only after it was stored."""

    def restored(self, text: str) -> str:
        """A stored text as its client may see it."""

    def beside(self, pk: str, request_id: str, expires_s: int) -> Beside:
        """What must be stored together with each message that it has redacted."""

    def model(self, recorded: "Callable[[Model], Model]") -> "Model":
        """Asks what is redacted already; `recorded` is put around the model that sees no personal data."""


class Privacy(Protocol):
    """Redaction, where the operator has turned it on."""

    def opened(self, pk: str, item: "Item | None") -> Private:
        """What is stored of a conversation, or None yet. Raises HistoryUnavailable where nobody can read it."""


class Turn(NamedTuple):
    """A question that is stored; `request` is what to ask the model, and redacted where `private` is not None."""

    pk: str
    number: int
    request_id: str
    request: "ChatRequest"
    private: Private | None = None


class Outcome(NamedTuple):
    """An answer, whole or broken off; see StoredMessage."""

    text: str
    model: str
    usage: "Mapping[str, int] | None" = None
    stop_reason: str | None = None
    error: str | None = None


class Page(NamedTuple):
    """Messages, oldest first, and where to read on; None at the end."""

    messages: "Sequence[StoredMessage]"
    cursor: str | None


class Lifetime(NamedTuple):
    """For how many days a message is kept, and how many tokens of a conversation the model is told again."""

    ttl_days: int
    context_tokens: int


class Conversations:
    """Every conversation in a table; `now_s` is the time in seconds since 1970."""

    def __init__(
        self, table: Table, lifetime: Lifetime, now_s: "Callable[[], float]", privacy: Privacy | None = None
    ) -> None:
        self._table = table
        self._lifetime = lifetime
        self._now_s = now_s
        self._privacy = privacy

    def ask(self, pk: str, asked: "ChatRequest", request_id: str, *, new: bool) -> Turn:
        """Stores the one message of `asked` as the next turn of a conversation, or as the first one of a `new` one.

        Raises:
            SessionNotFound: there is nothing to go on with.
            SessionBusy: too many others were faster.
            HistoryUnavailable: it can't be stored.
            PrivacyError, InvalidRequest: redaction is on, and it can't be redacted.
        """
        for _ in range(MAX_RACES):
            # Read anew each time: who was faster may be answered by now.
            last, newest_first = (None, iter(())) if new else self._stored(pk)
            private = self._opened(pk, new=new)
            request = asked if private is None else private.redacted(asked)
            question = text_of(request.messages[0])
            window = context_window(newest_first, question, self._lifetime.context_tokens)
            if private is not None:
                window = _told_again(window, private)
            number = last.turn + 1 if last else 1
            turn = Turn(pk, number, request_id, request._replace(messages=window), private)
            # What was forgotten since it was read does not begin again here. An answer outlives its question a little.
            before = Before(sort_key(last.turn, last.role)) if last else None
            if self._write(turn, self._message(turn, USER, question), before) is Written.DONE:
                return turn
        raise SessionBusy(f"{MAX_RACES} other messages came first in this conversation: send it again")

    def answer(self, turn: Turn, outcome: Outcome) -> bool:
        """Stores an answer; False where the conversation was forgotten meanwhile.

        Raises:
            HistoryUnavailable: it can't be stored.
            PrivacyError: nobody can say which personal data it holds. It is stored as one that broke off, without text.
        """
        before, now = Before(sort_key(turn.number, USER), turn.request_id), turn
        for _ in range(MAX_RACES):
            kept, failure = _redacted(outcome, turn.private, now.private)
            message = self._message(turn, ASSISTANT, kept.text)._replace(
                model=kept.model, usage=kept.usage, stop_reason=kept.stop_reason, error=kept.error
            )
            written = self._write(now, message, before)
            if written is not Written.OVERTAKEN:
                if failure is not None:
                    raise failure
                return written is Written.DONE
            try:
                now = turn._replace(private=self._opened(turn.pk))
            except SessionNotFound:
                return False
        raise HistoryUnavailable("the answer can't be stored, as too many others are at this moment")

    def page(self, pk: str, limit: int, cursor: str | None = None) -> Page:
        """Up to `limit` messages, behind those that the cursor's page ended with.

        Raises:
            InvalidRequest: the cursor is none.
            SessionNotFound: there is no such conversation.
            HistoryUnavailable: it can't be read.
        """
        after = None if cursor is None else key_after(cursor)
        found = self._table.query(Query(pk, MESSAGES, limit, after))
        if not found.items and cursor is None:
            raise SessionNotFound(_NO_SESSION)
        messages = [message for message in self._messages(pk, found.items) if self._lives(message)]
        return Page(self._restored(pk, messages), cursor_of(found.items[-1]) if found.more else None)

    def forget(self, pk: str) -> None:
        """Deletes a conversation, and all else that is kept under its key; nothing where there is none.

        Raises:
            HistoryUnavailable: it can't be deleted, or not all of it.
        """
        # Until nothing is left: a turn may have come in while those before it were deleted, and no other can now.
        while found := self._table.query(Query(pk, "")).items:
            self._table.delete(pk, [item["sk"]["S"] for item in found])

    def _write(self, turn: Turn, message: StoredMessage, before: Before | None) -> Written:
        """Stores a message with all of its pieces, or nothing of it."""
        item, pieces = items_of(turn.pk, message)
        beside = None if turn.private is None else turn.private.beside(turn.pk, message.request_id, message.expires_s)
        self._table.put_pieces(pieces)
        written = self._table.write(Write(item, before, beside))
        if written is not Written.DONE:
            self._table.delete(turn.pk, [piece["sk"]["S"] for piece in pieces])
        return written

    def _message(self, turn: Turn, role: str, text: str) -> StoredMessage:
        now_s = self._now_s()
        expires_s = int(now_s) + self._lifetime.ttl_days * _SECONDS_PER_DAY
        return StoredMessage(
            turn.number, role, text, turn.request_id, int(now_s * 1000), expires_s, redacted=turn.private is not None
        )

    def _lives(self, message: StoredMessage) -> bool:
        """DynamoDB may take days to delete what has expired."""
        return message.expires_s > self._now_s()

    def _stored(self, pk: str) -> "tuple[StoredMessage, Iterator[StoredMessage]]":
        """The last message, and all that is stored, newest first."""
        newest_first = self._newest(pk)
        last = next(newest_first, None)
        if last is None or not self._lives(last):
            raise SessionNotFound(_NO_SESSION)
        # What was stored as it is must not reach the model now, and a placeholder means nothing without its value.
        if last.redacted != (self._privacy is not None):
            raise SessionNotFound(_OTHER_PRIVACY.format(*(("on", "off") if last.redacted else ("off", "on"))))
        return last, filter(self._lives, chain((last,), newest_first))

    def _opened(self, pk: str, *, new: bool = False) -> Private | None:
        """The conversation's placeholders; None where redaction is off."""
        if self._privacy is None:
            return None
        items = () if new else self._table.query(Query(pk, PLACEHOLDERS)).items
        if not items and not new:
            raise SessionNotFound(_NO_SESSION)
        return self._privacy.opened(pk, items[0] if items else None)

    def _restored(self, pk: str, messages: "list[StoredMessage]") -> "list[StoredMessage]":
        if self._privacy is None or not any(message.redacted and "[" in message.text for message in messages):
            return messages
        private = self._opened(pk)
        return [
            message._replace(text=private.restored(message.text)) if private and message.redacted else message
            for message in messages
        ]

    def _newest(self, pk: str) -> "Iterator[StoredMessage]":
        query = Query(pk, MESSAGES, _NEWEST_AT_ONCE, newest_first=True)
        while True:
            found = self._table.query(query)
            yield from self._messages(pk, found.items)
            if not found.more:
                return
            query = query._replace(after=found.items[-1]["sk"]["S"])

    def _messages(self, pk: str, items: "Sequence[Item]") -> "Iterator[StoredMessage]":
        for item in items:
            message = message_of(item)
            # Of what has expired the pieces may be deleted already.
            if "pieces" in item and self._lives(message):
                message = message_of(item, self._more_text(pk, message, int(item["pieces"]["N"])))
            yield message

    def _more_text(self, pk: str, message: StoredMessage, count: int) -> str:
        """The text in the other pieces of a message, which has `count` of them."""
        query = Query(pk, pieces_prefix(message.request_id, message.role))
        texts: list[str] = []
        while True:
            found = self._table.query(query)
            texts += [piece["text"]["S"] for piece in found.items]
            if not found.more:
                break
            query = query._replace(after=found.items[-1]["sk"]["S"])
        # They go first when a conversation is forgotten: half a message must not pass for a whole one.
        if len(texts) != count:
            raise SessionNotFound(_NO_SESSION)
        return "".join(texts)


def _told_again(window: "tuple[Message, ...]", private: Private) -> "tuple[Message, ...]":
    """The messages of a window; the last one, which is new, is redacted already."""
    *earlier, question = window
    return (*(Message.of_text(each.role, private.told_again(text_of(each))) for each in earlier), question)


def _redacted(outcome: Outcome, shown: Private | None, now: Private | None) -> tuple[Outcome, ChatError | None]:
    """The answer as it may be kept, and why nothing of its text may be."""
    if shown is None or now is None:
        return outcome, None
    try:
        return outcome._replace(text=now.redacted_answer(outcome.text, shown.values)), None
    except ChatError as error:
        return outcome._replace(text="", stop_reason=None, error=outcome.error or error.code), error
