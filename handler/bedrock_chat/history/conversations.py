"""The conversations in a table: their next turn, their answers, their pages, and their end.

Two requests that race on one session get turns of their own, in the order in which their messages were stored. Each is
told of the turns that were answered when its own was stored; which of the two answers first is of no account.
"""

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bedrock_chat.errors import SessionBusy, SessionNotFound
from bedrock_chat.history.items import (
    ASSISTANT,
    MESSAGES,
    USER,
    StoredMessage,
    cursor_of,
    items_of,
    key_after,
    message_of,
    pieces_prefix,
    sort_key,
)
from bedrock_chat.history.window import context_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bedrock_chat.conversation import Message
    from bedrock_chat.history.items import Item

MAX_RACES = 20
_SECONDS_PER_DAY = 86_400
# More than most context windows hold, and far from the megabyte that DynamoDB reads at once.
_NEWEST_AT_ONCE = 40
_NO_SESSION = (
    "there is no such session: its messages have been forgotten, or it is somebody else's. Leave session out to begin "
    "a new one"
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


class Table(Protocol):
    """What conversations need of DynamoDB. Each method raises HistoryUnavailable where the table can't be used."""

    def query(self, query: Query) -> Found:
        """A page of items, as they are at this moment."""

    def put(self, item: "Item") -> bool:
        """Stores an item; False where its place is taken by another request's."""

    def put_answer(self, item: "Item", question: str) -> bool:
        """Stores an answer while the question of the same request stands at `question`; False where it doesn't."""

    def put_pieces(self, items: "Sequence[Item]") -> None:
        """Stores items whose places nobody else wants."""

    def delete(self, pk: str, sort_keys: "Sequence[str]") -> None:
        """Deletes items."""


class Turn(NamedTuple):
    """A question that is stored; `messages` is what to ask the model."""

    pk: str
    number: int
    request_id: str
    messages: "tuple[Message, ...]"


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

    def __init__(self, table: Table, lifetime: Lifetime, now_s: "Callable[[], float]") -> None:
        self._table = table
        self._lifetime = lifetime
        self._now_s = now_s

    def ask(self, pk: str, question: str, request_id: str, *, new: bool) -> Turn:
        """Stores a question as the next turn of a conversation, or as the first one of a `new` one.

        Raises:
            SessionNotFound: there is nothing to go on with.
            SessionBusy: too many others were faster.
            HistoryUnavailable: it can't be stored.
        """
        pieces_stored = False
        for _ in range(MAX_RACES):
            # Read anew each time: who was faster may be answered by now.
            last, newest_first = (0, iter(())) if new else self._stored(pk)
            messages = context_window(newest_first, question, self._lifetime.context_tokens)
            item, pieces = items_of(pk, self._message(last + 1, USER, question, request_id))
            if not pieces_stored:
                self._table.put_pieces(pieces)
                pieces_stored = True
            if self._table.put(item):
                return Turn(pk, last + 1, request_id, messages)
        raise SessionBusy(f"{MAX_RACES} other messages came first in this conversation: send it again")

    def answer(self, turn: Turn, outcome: Outcome) -> bool:
        """Stores an answer; False where the conversation was forgotten meanwhile.

        Raises:
            HistoryUnavailable: it can't be stored.
        """
        message = self._message(turn.number, ASSISTANT, outcome.text, turn.request_id)._replace(
            model=outcome.model, usage=outcome.usage, stop_reason=outcome.stop_reason, error=outcome.error
        )
        item, pieces = items_of(turn.pk, message)
        self._table.put_pieces(pieces)
        if self._table.put_answer(item, sort_key(turn.number, USER)):
            return True
        self._table.delete(turn.pk, [piece["sk"]["S"] for piece in pieces])
        return False

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
        return Page(messages, cursor_of(found.items[-1]) if found.more else None)

    def forget(self, pk: str) -> None:
        """Deletes a conversation, and all else that is kept under its key; nothing where there is none.

        Raises:
            HistoryUnavailable: it can't be deleted, or not all of it.
        """
        while True:
            found = self._table.query(Query(pk, ""))
            self._table.delete(pk, [item["sk"]["S"] for item in found.items])
            if not found.more:
                return

    def _message(self, number: int, role: str, text: str, request_id: str) -> StoredMessage:
        now_s = self._now_s()
        expires_s = int(now_s) + self._lifetime.ttl_days * _SECONDS_PER_DAY
        return StoredMessage(number, role, text, request_id, int(now_s * 1000), expires_s)

    def _lives(self, message: StoredMessage) -> bool:
        """DynamoDB may take days to delete what has expired."""
        return message.expires_s > self._now_s()

    def _stored(self, pk: str) -> "tuple[int, Iterator[StoredMessage]]":
        """The number of the last turn, and what is stored, newest first."""
        newest_first = self._newest(pk)
        last = next(newest_first, None)
        if last is None or not self._lives(last):
            raise SessionNotFound(_NO_SESSION)
        return last.turn, filter(self._lives, chain((last,), newest_first))

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
            yield message_of(item, self._more_text(pk, item) if "pieces" in item else "")

    def _more_text(self, pk: str, item: "Item") -> str:
        message = message_of(item)
        query = Query(pk, pieces_prefix(message.request_id, message.role))
        texts: list[str] = []
        while True:
            found = self._table.query(query)
            texts += [piece["text"]["S"] for piece in found.items]
            if not found.more:
                return "".join(texts)
            query = query._replace(after=found.items[-1]["sk"]["S"])
