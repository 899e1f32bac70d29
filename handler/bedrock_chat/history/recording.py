"""An answer that is stored before its client is told that it is whole."""

from typing import TYPE_CHECKING

from bedrock_chat.answer import log, told
from bedrock_chat.errors import ChatError
from bedrock_chat.events import Finish, Start, TextDelta, Usage
from bedrock_chat.history.conversations import Outcome
from bedrock_chat.history.items import storable
from lambda_stream import DeadlineExceeded

if TYPE_CHECKING:
    from collections.abc import Generator

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.events import Event
    from bedrock_chat.history.conversations import Conversations, Turn
    from bedrock_chat.model import Model

HUNG_UP = "client_closed"


class RecordingModel:
    """Asks another model, and keeps what it answers to one turn of a session.

    The Finish of an answer is handed out when the answer is stored. If it can't be, what Conversations.answer raises
    comes instead: who sees the end of a stream knows that it will be in the history.
    """

    def __init__(self, model: "Model", conversations: "Conversations", turn: "Turn", session: str) -> None:
        self._model = model
        self._conversations = conversations
        self._turn = turn
        self._session = session
        self._text: list[str] = []
        self._usage: Usage | None = None

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """See Model.ask; it also raises what Conversations.answer does."""
        batches = self._model.ask(request)
        finished = False
        try:
            for batch in batches:
                last = batch[-1]
                if not isinstance(last, Finish):
                    yield self._noted(batch)
                    continue
                if before := self._noted(batch[:-1]):
                    yield before
                finished = True
                self._store(request.model_id, stop_reason=last.stop_reason)
                yield [last]
        except (Exception, DeadlineExceeded, GeneratorExit) as error:
            if not finished:
                self._keep_what_came(request.model_id, error)
            raise
        finally:
            batches.close()

    def _noted(self, batch: "list[Event]") -> "list[Event]":
        """The events as they go on, with the session in the first one."""
        for index, event in enumerate(batch):
            match event:
                case TextDelta(text):
                    self._text.append(text)
                case Usage():
                    self._usage = event
                case Start():
                    batch[index] = event._replace(session=self._session)
        return batch

    def _keep_what_came(self, model_id: str, error: BaseException) -> None:
        """Stores the answer as one that broke off; whoever reads the log, not the client, is told if that fails too."""
        code = HUNG_UP if isinstance(error, GeneratorExit) else told(error).code
        try:
            self._store(model_id, error=code)
        except ChatError:
            log().exception("an answer that broke off (%s) is not stored", code)

    def _store(self, model_id: str, *, stop_reason: str | None = None, error: str | None = None) -> None:
        usage = None if self._usage is None else self._usage._asdict()
        outcome = Outcome(storable("".join(self._text)), model_id, usage, stop_reason, error)
        if not self._conversations.answer(self._turn, outcome):
            log().info("an answer is not stored, because its session was forgotten meanwhile")
