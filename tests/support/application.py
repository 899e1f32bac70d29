"""What a test runs the chat application with: a model whose answer is scripted, events and a context."""

import base64
from collections.abc import Generator, Iterable, Sequence
from typing import Any

from bedrock_chat.conversation import ChatRequest
from bedrock_chat.events import Event
from bedrock_chat.privacy.placeholders import PlaceholderMap
from bedrock_chat.privacy.restore import restored
from lambda_stream import Context, Response
from lambda_stream.http1 import HttpResponse
from lambda_stream.runtime_api import Invocation


class ScriptedModel:
    """Answers every request with the same events, or fails where an error stands among them.

    Each comes by itself; those in a list come together, as one read would bring them.
    """

    def __init__(self, script: Sequence[Event | list[Event] | BaseException]) -> None:
        self.script = script
        self.asked: list[ChatRequest] = []
        self.hung_up = False
        self.crossed: list[str] = []

    def ask(self, request: ChatRequest) -> Generator[list[Event], None, None]:
        self.asked.append(request)
        try:
            for event in self.script:
                if isinstance(event, BaseException):
                    raise event
                yield event if isinstance(event, list) else [event]
        finally:
            self.hung_up = True

    def before_snapshot(self) -> None:
        self.crossed.append("before_snapshot")

    def after_restore(self) -> None:
        self.crossed.append("after_restore")


class Exchange:
    """The runtime's side of an invocation, with or without a status that has left."""

    def __init__(self, *, committed: bool = False) -> None:
        self.committed = committed
        self.prepared: Response | None = None

    def prepare(self, response: Response) -> None:
        self.prepared = response

    def write_log(self, message: str) -> None:
        raise AssertionError(message)


def events_of(batches: Iterable[list[Event]]) -> list[Event]:
    """The events of an answer, however they came together."""
    return [event for batch in batches for event in batch]


def restored_events(events: Generator[Event, None, None], placeholders: PlaceholderMap) -> Generator[Event, None, None]:
    """The events as the user should see them, each of which came alone."""
    for batch in restored(([event] for event in events), placeholders):
        yield from batch


def context(exchange: Exchange | None = None) -> Context:
    invocation = Invocation(HttpResponse(200, {"lambda-runtime-aws-request-id": "id-1"}, b"", keep_alive=True))
    return Context(invocation, {}, lambda: 0.0, exchange or Exchange())


def url_event(method: str, path: str, body: bytes = b"") -> dict[str, Any]:
    return {
        "rawPath": path,
        "requestContext": {"http": {"method": method}},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def stream(response: Response) -> Generator[bytes, None, None]:
    assert isinstance(response.body, Generator)
    return response.body
