"""Errors have their form: before the stream as a status, inside it as an event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from stream_check.events import events_of
from stream_check.finding import Failed, NotTried
from stream_check.session import FORBIDDEN

if TYPE_CHECKING:
    from stream_check.recording import Recording
    from stream_check.session import Session

METHOD_NOT_ALLOWED = 405
MEMBERS = {"message", "type", "code", "request_id"}


def early_errors_have_a_status(session: Session) -> str:
    """A body that is no JSON is a 400, an unknown path a 404, a wrong method a 405: each in the application's form."""
    session.need_chat()
    session.stream  # noqa: B018  an endpoint that refuses everything has no errors to look at
    ask, client = session.settings.ask, session.client
    json_type = {"content-type": "application/json"}
    answers = {
        400: client.send(ask.method, ask.path, b"{", json_type),
        404: client.send("POST", "stream-check/no-such-path", b"{}", json_type),
        405: client.send("PUT", ask.path, b"{}", json_type),
    }
    for status, answer in answers.items():
        _must_be_error(answer, status)
    if answers[405].status == METHOD_NOT_ALLOWED and not answers[405].header("allow"):
        raise Failed("The 405 names no method in Allow.")
    return "400, 404, 405"


def _is_refused_by_gateway(answer: Recording) -> bool:
    """Whether API Gateway says that it has no such path or method: it does so where nothing catches all."""
    return answer.status == FORBIDDEN and b"MISSING_AUTHENTICATION_TOKEN" in answer.body


def _must_be_error(answer: Recording, status: int) -> None:
    if status in {404, 405} and _is_refused_by_gateway(answer):
        return
    if answer.status != status:
        raise Failed(f"{answer.method} {answer.url} must be a {status}, and is {answer.status}: {answer.text[:300]}")
    try:
        error = json.loads(answer.body)["error"]
    except (ValueError, TypeError, KeyError):
        error = None
    if not isinstance(error, dict) or not error.keys() >= MEMBERS:
        raise Failed(
            f"The {status} of {answer.url} has not the form of an error: {answer.text[:300]}",
            "Something in front of the function answers in its place.",
        )


def late_errors_are_events(session: Session) -> str:
    """A failure after the first byte is an event of type error, and the last."""
    session.need_chat()
    model = session.settings.failing_model
    if model is None:
        raise NotTried("Needs a model that fails in the middle of its answer: give --failing-model.")
    events = events_of(session.ask_model(model))
    if not events or events[-1].kind != "error":
        raise Failed(
            f"The stream of {model} ends with {events[-1].data if events else 'nothing'}, and must end with an error.",
            "Something on the way drops events, or the function ends without saying why.",
        )
    document = events[-1].document
    error = document.get("error", document)
    if not isinstance(error, dict) or not error.keys() >= {"message", "code"}:
        raise Failed(f"The error event has no message and code: {events[-1].data}")
    return str(error["code"])
