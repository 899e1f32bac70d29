"""`/chat` where conversations are kept: the next turn of one, its messages, and forgetting it."""

import json
import os
from typing import TYPE_CHECKING, Any, cast

from bedrock_chat import answer, fields
from bedrock_chat.chat_request import EXAMPLE, chat_request
from bedrock_chat.errors import InvalidRequest
from bedrock_chat.formats import encoder_for
from bedrock_chat.history.identity import conversation_key, new_session, session_name, subject_of
from bedrock_chat.history.items import described
from bedrock_chat.history.recording import RecordingModel
from bedrock_chat.service import JSON_HEADERS
from lambda_stream import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.encoder import Encoder
    from bedrock_chat.events import Event
    from bedrock_chat.history.conversations import Conversations
    from bedrock_chat.model import Model
    from bedrock_chat.service import Service
    from lambda_stream import Context, Request

SESSION_HEADER = "x-session-id"
DEFAULT_LIMIT = 50
MAX_LIMIT = 100
_PARAMETERS = {"GET": {"session", "cursor", "limit"}, "DELETE": {"session"}}


def chat(service: "Service", request: "Request", context: "Context") -> Response:
    """The answer to the next message of a session, a new one where the request names none.

    A request with `messages` brings its conversation along: nothing of it is kept.
    """
    encoder = encoder_for(request, context.aws_request_id)
    document = fields.json_object(request.body, service.settings.max_input_bytes, EXAMPLE)
    named = document.pop("session", None)
    asked = chat_request(document, service.settings)
    if "messages" in document:
        if named is not None:
            raise InvalidRequest(
                "a session takes one 'message' at a time, not 'messages': it knows the others", "session"
            )
        return answer.streamed(service.model, asked, encoder, context)
    conversations = _conversations(service)
    session = new_session(os.urandom) if named is None else session_name(named)
    key = conversation_key(subject_of(request), session)
    turn = conversations.ask(key, asked, context.aws_request_id, new=named is None)

    def recorded(model: "Model") -> "Model":
        return RecordingModel(model, conversations, turn, session)

    # What is kept is what the model wrote: its placeholders are restored outside of it.
    model = recorded(service.model) if turn.private is None else turn.private.model(recorded)
    return answer.streamed(model, turn.request, _SessionEncoder(encoder, session), context)


def read(service: "Service", request: "Request", _context: "Context") -> Response:
    """A page of a session's messages, oldest first."""
    query = _query(request)
    session, cursor = session_name(query.get("session")), query.get("cursor")
    key = conversation_key(subject_of(request), session)
    page = _conversations(service).page(key, _limit(query.get("limit")), cursor)
    document: dict[str, Any] = {
        "session": session,
        "messages": [described(message) for message in page.messages],
        "cursor": page.cursor,
    }
    return Response(json.dumps(document), headers=JSON_HEADERS)


def forget(service: "Service", request: "Request", _context: "Context") -> Response:
    """Nothing: the session's messages are gone, or there were none."""
    key = conversation_key(subject_of(request), session_name(_query(request).get("session")))
    _conversations(service).forget(key)
    return Response(b"", status=204, headers={"cache-control": "no-store"})


class _SessionEncoder:
    """Another encoder, with the session's name in the headers: a plain text has no other place for it."""

    def __init__(self, encoder: "Encoder", session: str) -> None:
        self._encoder = encoder
        self._headers = {**encoder.headers, SESSION_HEADER: session}

    @property
    def headers(self) -> "Mapping[str, str]":
        """See Encoder.headers."""
        return self._headers

    def encode(self, event: "Event") -> bytes:
        """See Encoder.encode."""
        return self._encoder.encode(event)


def _conversations(service: "Service") -> "Conversations":
    """Those that there are: without them the application has none of these routes."""
    return cast("Conversations", service.conversations)


def _query(request: "Request") -> "Mapping[str, str]":
    known = _PARAMETERS[request.method]
    if unknown := sorted(request.query.keys() - known):
        raise InvalidRequest(f"unknown parameter {fields.shown(unknown[0])}; known are {', '.join(sorted(known))}")
    return request.query


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_LIMIT)) and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidRequest(f"limit must be a whole number from 1 to {MAX_LIMIT}, not {fields.shown(text)}", "limit")
    return int(text)
