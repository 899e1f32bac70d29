"""What each breakage makes of an answer that is on its way. No I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from localaws.breakage.body import Compressing, Holding, Pipeline, Replacing, Rewriting
from localaws.breakage.server_sent_events import EventFilter, without_comments, without_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.breakage.body import BodyFilter
    from localaws.breakage.catalogue import Breakage
    from localaws.breakage.server_sent_events import Selection

    Header = tuple[str, str]

ALLOW_ORIGIN = "access-control-allow-origin"
CORS_PREFIX = "access-control-"
BYTES_TYPE = "application/octet-stream"
EVENTS_TYPE = "text/event-stream"
JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"
PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Request blocked</title></head><body><h1>Request blocked</h1></body></html>\n"
)
BODILESS = {204, 304}
FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a request of `method`: its head as it goes on, and what happens to its body."""

    method: str
    status: int
    headers: tuple[Header, ...]
    filters: tuple[BodyFilter, ...] = ()
    delay_seconds: float = 0.0
    max_bytes: int | None = None

    @property
    def has_body(self) -> bool:
        """Tell whether HTTP lets it have a body."""
        return self.method != "HEAD" and self.status not in BODILESS

    @property
    def is_content(self) -> bool:
        """Tell whether it is what was asked for, and no error or preflight."""
        return self.has_body and self.method != "OPTIONS" and self.status < FIRST_ERROR

    @property
    def keeps_length(self) -> bool:
        """Tell whether the body is as long as the endpoint has said."""
        return not self.filters and self.max_bytes is None

    def header(self, name: str) -> str:
        """Return the first value of a header, empty when it is absent."""
        return next((value for known, value in self.headers if known.lower() == name), "")

    def pipeline(self) -> Pipeline:
        """Return what the body goes through."""
        return Pipeline(self.filters, self.max_bytes)


def broken_answer(answer: Answer, breakages: Sequence[Breakage]) -> Answer:
    """Return the answer with every breakage that concerns answers, in the order of CHANGES."""
    for name, change in CHANGES.items():
        for breakage in breakages:
            if breakage.kind.name == name:
                answer = change(answer, breakage.amount)
    return answer


def _with_header(answer: Answer, name: str, value: str) -> Answer:
    kept = tuple(header for header in answer.headers if header[0].lower() != name.lower())
    return replace(answer, headers=(*kept, (name, value)))


def _with_filter(answer: Answer, added: BodyFilter) -> Answer:
    return replace(answer, filters=(*answer.filters, added))


def _buffer(answer: Answer, _: float) -> Answer:
    return _with_filter(answer, Holding()) if answer.is_content else answer


def _compress(answer: Answer, _: float) -> Answer:
    """What is compressed already stays as it is."""
    if not answer.is_content or answer.header("content-encoding"):
        return answer
    return _with_filter(_with_header(answer, "Content-Encoding", "gzip"), Compressing())


def _double_cors(answer: Answer, _: float) -> Answer:
    if answer.method == "OPTIONS":
        return answer
    doubled = tuple(header for header in answer.headers if header[0].lower() == ALLOW_ORIGIN)
    return replace(answer, headers=answer.headers + doubled)


def _refuse_preflight(answer: Answer, _: float) -> Answer:
    if answer.method != "OPTIONS":
        return answer
    kept = tuple(header for header in answer.headers if not header[0].lower().startswith(CORS_PREFIX))
    return replace(answer, headers=kept)


def _mistype(answer: Answer, _: float) -> Answer:
    return _with_header(answer, "Content-Type", BYTES_TYPE) if answer.is_content else answer


def _cut(answer: Answer, max_bytes: float) -> Answer:
    return replace(answer, max_bytes=int(max_bytes)) if answer.is_content else answer


def _delay(answer: Answer, seconds: float) -> Answer:
    return replace(answer, delay_seconds=seconds) if answer.is_content else answer


def _select_events(selection: Selection) -> Callable[[Answer, float], Answer]:
    def change(answer: Answer, _: float) -> Answer:
        is_stream = answer.is_content and answer.header("content-type").lower().startswith(EVENTS_TYPE)
        return _with_filter(answer, EventFilter(selection)) if is_stream else answer

    return change


def _replace_error(answer: Answer, _: float) -> Answer:
    if answer.status < FIRST_ERROR or not answer.has_body:
        return answer
    return _with_filter(_with_header(answer, "Content-Type", HTML_TYPE), Replacing(PAGE))


def _lose_a_message(answer: Answer, _: float) -> Answer:
    is_document = answer.is_content and answer.header("content-type").lower().startswith(JSON_TYPE)
    return _with_filter(answer, Rewriting(_without_last_message)) if is_document and answer.method == "GET" else answer


def _without_last_message(body: bytes) -> bytes:
    """Return a page of a session without its last message; what is no such page, as it is."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    if not isinstance(document, dict) or not {"session", "messages"} <= document.keys():
        return body
    return json.dumps({**document, "messages": document["messages"][:-1]}).encode()


CHANGES: dict[str, Callable[[Answer, float], Answer]] = {
    "dropped-heartbeats": _select_events(without_comments),
    "dropped-errors": _select_events(without_type("error")),
    "no-end": _select_events(without_type("done")),
    "plain-errors": _replace_error,
    "buffering": _buffer,
    "compressed": _compress,
    "cut": _cut,
    "slow-first-byte": _delay,
    "wrong-type": _mistype,
    "doubled-cors": _double_cors,
    "no-preflight": _refuse_preflight,
    "lost-messages": _lose_a_message,
}
"""In the order in which they are applied: what looks into a body comes before what hides it."""
