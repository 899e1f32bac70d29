"""Silent for longer than API Gateway allows, in a format with heartbeats and in one without; and the event itself."""

import time
from collections.abc import Iterator

from lambda_stream import Context, Request, Response

SILENCE_S = 4.5


def handler(event: object, context: Context) -> object:
    """Answers by path."""
    path = Request(event).path
    if path == "/event":
        return {"event": event, "invoked": context.invoked_function_arn}
    if path == "/sse":
        return Response(lines("data: {}\n\n"), headers={"content-type": "text/event-stream"})
    return Response(lines("{}\n"))


def lines(form: str) -> Iterator[str]:
    """One line, and after the silence another."""
    yield form.format("before")
    time.sleep(SILENCE_S)
    yield form.format("after")
