"""A model that never sees personal data."""

import os
from typing import TYPE_CHECKING

from bedrock_chat.privacy.placeholders import PlaceholderMap
from bedrock_chat.privacy.request import redacted, refuse_attachments
from bedrock_chat.privacy.restore import restored

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.events import Event
    from bedrock_chat.model import Client, Model
    from bedrock_chat.privacy.findings import DetectAll

_NONCE_BYTES = 2


class RedactingModel:
    """Asks `model` with placeholders for the personal data that `detect_all` finds, and puts it back in the answer."""

    def __init__(self, model: "Client", detect_all: "DetectAll", *, allow_attachments: bool) -> None:
        self.model = model
        self._detect_all = detect_all
        self._allow_attachments = allow_attachments

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """See `Model.ask`. The request holds the whole conversation, so its placeholders need not be kept.

        Raises:
            PrivacyError: nobody can say which personal data the request holds; the model was not asked.
            InvalidRequest: the request holds what can't be redacted; neither was it here.
        """
        placeholders = PlaceholderMap(nonce)
        private = self.redacted(request, placeholders)
        yield from RestoringModel(self.model, placeholders).ask(private)

    def redacted(self, request: "ChatRequest", placeholders: PlaceholderMap) -> "ChatRequest":
        """The request as `model` may see it; its placeholders are added to those of the conversation so far.

        Raises:
            PrivacyError, InvalidRequest: as above.
        """
        if not self._allow_attachments:
            refuse_attachments(request)
        return redacted(request, self._detect_all, placeholders)

    def redacted_answer(self, text: str, placeholders: PlaceholderMap, shown: "Mapping[str, str]") -> str:
        """What may be kept of an answer as `model` wrote it; see PlaceholderMap.redact_answer.

        Raises:
            PrivacyError: nobody can say which personal data it holds.
        """
        (found,) = self._detect_all([text])
        return placeholders.redact_answer(text, found, shown)

    def before_snapshot(self) -> None:
        """See `Client.before_snapshot`."""
        self.model.before_snapshot()

    def after_restore(self) -> None:
        """See `Client.after_restore`. Comprehend's client has no connection yet, and boto3 renews its credentials."""
        self.model.after_restore()


class RestoringModel:
    """Asks `model` what is redacted already, and puts the values back in its answer."""

    def __init__(self, model: "Model", placeholders: PlaceholderMap) -> None:
        self._model = model
        self._placeholders = placeholders

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """See `Model.ask`."""
        text_is_json = request.json_schema is not None
        yield from restored(self._model.ask(request), self._placeholders, text_is_json=text_is_json)


def nonce() -> str:
    """Letters and digits that no user has guessed, for a PlaceholderMap."""
    return os.urandom(_NONCE_BYTES).hex()
