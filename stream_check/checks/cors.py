"""A web page may ask, and read the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream_check.cdn import HASH_HEADER
from stream_check.finding import Failed, NotTried
from stream_check.settings import Authentication

if TYPE_CHECKING:
    from stream_check.recording import Recording
    from stream_check.session import Session

ALLOW_ORIGIN = "access-control-allow-origin"
MAX_SUCCESS = 299
REQUEST_HEADERS = {
    Authentication.NONE: "content-type",
    Authentication.IAM: "authorization,content-type,x-amz-content-sha256,x-amz-date",
    Authentication.API_KEY: "content-type,x-api-key",
    Authentication.BEARER: "authorization,content-type",
}


def preflight_is_allowed(session: Session) -> str:
    """A browser's question before the request is answered with the origin, the method and the headers."""
    settings, origin = session.settings, _origin(session)
    asked = REQUEST_HEADERS[settings.authentication] + (f",{HASH_HEADER}" if settings.cdn else "")
    answer = session.client.send(
        "OPTIONS",
        settings.ask.path,
        headers={
            "origin": origin,
            "access-control-request-method": settings.ask.method,
            "access-control-request-headers": asked,
        },
    )
    if answer.status > MAX_SUCCESS:
        raise Failed(f"The preflight is answered {answer.status}: {answer.text[:200]}", "CORS is off: set `cors`.")
    _must_name(answer, origin)
    methods = _names(answer, "access-control-allow-methods")
    if not {settings.ask.method.lower(), "*"} & methods:
        raise Failed(f"{settings.ask.method} is not among the allowed methods: {', '.join(sorted(methods))}.")
    missing = set(asked.split(",")) - _names(answer, "access-control-allow-headers")
    if missing:
        raise Failed(f"A page may not send {', '.join(sorted(missing))}.", "Name them in cors.allow_headers.")
    return f"{answer.status}, {origin}"


def answer_is_readable(session: Session) -> str:
    """The answer names the origin, once: a browser refuses a header that came twice."""
    origin = _origin(session)
    session.stream  # noqa: B018  an endpoint that refuses everything has no answer to read
    answer = session.client.ask(session.settings.ask, headers={"origin": origin})
    _must_name(answer, origin)
    return origin


def _origin(session: Session) -> str:
    if session.settings.origin is None:
        raise NotTried("Needs the origin of a page that may call the endpoint: give --origin.")
    return session.settings.origin


def _must_name(answer: Recording, origin: str) -> None:
    values = answer.all_of(ALLOW_ORIGIN)
    if len(values) > 1:
        raise Failed(
            f"{ALLOW_ORIGIN} came {len(values)} times: {', '.join(values)}.",
            "A Function URL adds it by itself: the handler must not send it too.",
        )
    if values not in ([origin], ["*"]):
        raise Failed(f"{ALLOW_ORIGIN} is {values[0] if values else 'missing'}, and must name {origin}.", "See `cors`.")


def _names(answer: Recording, header: str) -> set[str]:
    return {name.strip().lower() for name in answer.header(header).split(",")}
