"""The answer arrives while it is made, soon, whole, and as what it says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream_check.checks import access, cdn
from stream_check.finding import Failed, NotTried
from stream_check.session import FORBIDDEN, is_spread, must_be_ok

if TYPE_CHECKING:
    from stream_check.recording import Recording
    from stream_check.session import Session

STREAM_TYPES = ("text/event-stream", "application/x-ndjson", "application/jsonl", "text/plain")
END_OF_STREAM = "done"


def is_answered(session: Session) -> str:
    """Fails on any status but 200, unless the deployment's own configuration shows why."""
    if session.answer.status == FORBIDDEN and access.is_grant_missing(session):
        raise NotTried("The endpoint refuses everyone: see access.grants.")
    if session.answer.status == FORBIDDEN and cdn.is_grant_missing(session):
        raise NotTried("The endpoint refuses everyone: see cdn.grants.")
    return f"{must_be_ok(session.answer).head_s:.2f} s"


def is_progressive(session: Session) -> str:
    """Fails when the answer comes in one piece, or in a few at its end."""
    stream = session.stream
    moments = stream.moments_s
    if is_spread(stream):
        return f"{len(moments)} moments, from {moments[0]:.2f} s to {moments[-1]:.2f} s"
    if cause := session.deployed.cause_to_buffer:
        raise NotTried(f"The answer does not stream: see {cause}.")
    span_s = moments[-1] - moments[0] if moments else 0.0
    raise Failed(
        f"The answer does not stream: all of it arrived within {span_s:.2f} s (moments: {len(moments)}), "
        f"the last after {stream.end_s:.2f} s.",
        *_reasons_to_buffer(stream),
    )


def _reasons_to_buffer(stream: Recording) -> list[str]:
    """What the head betrays comes first."""
    hints = []
    if stream.header("apigw-requestid"):
        hints.append("An HTTP API answers (its header is apigw-requestid). It can't stream: use a REST API or the URL.")
    if stream.header("x-amz-apigw-id"):
        hints.append(
            "A REST API answers: its integration must have responseTransferMode STREAM and the URI "
            ".../2021-11-15/functions/.../response-streaming-invocations."
        )
    elif ".lambda-url." in stream.url or stream.header("x-amzn-requestid"):
        hints.append("The Function URL's invoke mode is BUFFERED: it must be RESPONSE_STREAM.")
    if stream.header("content-encoding"):
        hints.append(f"Something compresses ({stream.header('content-encoding')}), and waits for enough to compress.")
    if via := stream.header("via"):
        hints.append(f"A proxy on the way buffers: {via}.")
    if stream.header("content-length"):
        hints.append("The answer has a Content-Length: whoever sent it had all of it before.")
    return [*hints, "The handler collects its answer before it returns it.", "A proxy on the way buffers."]


def first_byte_is_in_time(session: Session) -> str:
    """Fails over the budget."""
    budget_s = session.settings.budgets.first_byte_s
    first_s = session.stream.first_byte_s
    if first_s is None:
        raise Failed("The answer has no body.")
    if first_s > budget_s:
        raise Failed(
            f"The first byte came after {first_s:.2f} s, and {budget_s:.2f} s were allowed.",
            "A cold start: ask again, or keep environments started (provisioned concurrency).",
            "Too little memory: Lambda gives processor time in proportion to function.memory_size.",
        )
    return f"{first_s:.2f} s"


def first_token_is_in_time(session: Session) -> str:
    """Fails over the budget, or when there is no token."""
    session.need_chat()
    budget_s = session.settings.budgets.first_token_s
    tokens = [event for event in session.events if event.kind == "token"]
    if not tokens:
        raise Failed("No event of type token came.", "The answer's last event says more, if it is of type error.")
    if tokens[0].at_s > budget_s:
        raise Failed(
            f"The first token came after {tokens[0].at_s:.2f} s, and {budget_s:.2f} s were allowed.",
            "The model is slow to begin: try another, or a shorter prompt.",
        )
    return f"{tokens[0].at_s:.2f} s, {len(tokens)} tokens"


def is_whole(session: Session) -> str:
    """Fails when the connection broke off, or the chat application's last event is not the last one."""
    stream = session.stream
    if stream.broken:
        raise Failed(
            f"The stream broke off after {stream.end_s:.2f} s and {len(stream.body)} bytes: {stream.broken}.",
            "The function was ended: its timeout, its memory, or an error that its log names.",
            "A proxy on the way gave up: API Gateway's or CloudFront's limit on the time or on silence.",
        )
    if session.settings.is_chat and (not session.events or session.events[-1].kind != END_OF_STREAM):
        last = session.events[-1].data if session.events else "nothing"
        raise Failed(f"The last event is not of type {END_OF_STREAM} but: {last}.")
    return f"{len(stream.body)} bytes in {stream.end_s:.2f} s"


def says_what_it_is(session: Session) -> str:
    """Fails on a content type that clients don't read as a stream, and on what makes proxies hold it back."""
    stream = session.stream
    wanted = ("text/event-stream",) if session.settings.is_chat else STREAM_TYPES
    types = stream.all_of("content-type")
    if len(types) != 1 or stream.content_type not in wanted:
        raise Failed(
            f"The content type is {', '.join(types) or 'missing'}, and must be {' or '.join(wanted)}.",
            "Something on the way, or the handler's own headers, change it: an EventSource would refuse the stream.",
        )
    if session.settings.is_chat and "no-transform" not in stream.header("cache-control"):
        raise Failed(f"Cache-Control is {stream.header('cache-control') or 'missing'}, and must hold no-transform.")
    return stream.header("content-type")
