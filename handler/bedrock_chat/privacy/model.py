"""A model that never sees personal data."""

import os
from typing import TYPE_CHECKING

from bedrock_chat.privacy.placeholders import PlaceholderMap
from bedrock_chat.privacy.request import redacted, refuse_attachments
from bedrock_chat.privacy.restore import restored

if TYPE_CHECKING:
    from collections.abc import Generator

    from bedrock_chat.conversation import ChatRequest
    from bedrock_chat.events import Event
    from bedrock_chat.model import Client
    from bedrock_chat.privacy.findings import DetectAll

_NONCE_BYTES = 2


class RedactingModel:
    """Asks `model` with placeholders for the personal data that `detect_all` finds, and puts it back in the answer."""

    def __init__(self, model: "Client", detect_all: "DetectAll", *, allow_attachments: bool) -> None:
        self._model = model
        self._detect_all = detect_all
        self._allow_attachments = allow_attachments

    def ask(self, request: "ChatRequest") -> "Generator[list[Event], None, None]":
        """See `Model.ask`. The request holds the whole conversation, so its placeholders need not be kept.

        Raises:
            PrivacyError: nobody can say which personal data the request holds; the model was not asked.
            InvalidRequest: the request holds what can't be redacted; neither was it here.
        """
        yield from self.ask_with(request, PlaceholderMap(_nonce))

    def ask_with(self, request: "ChatRequest", placeholders: PlaceholderMap) -> "Generator[list[Event], None, None]":
        """The same with the placeholders of the conversation so far, to which those of this request are added."""
        if not self._allow_attachments:
            refuse_attachments(request)
        private = redacted(request, self._detect_all, placeholders)
        yield from restored(self._model.ask(private), placeholders, text_is_json=request.json_schema is not None)

    def before_snapshot(self) -> None:
        """See `Client.before_snapshot`."""
        self._model.before_snapshot()

    def after_restore(self) -> None:
        """See `Client.after_restore`. Comprehend's client has no connection yet, and boto3 renews its credentials."""
        self._model.after_restore()


def _nonce() -> str:
    return os.urandom(_NONCE_BYTES).hex()
