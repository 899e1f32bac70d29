"""What arrives behind CloudFront, tokens, and silences that are longer than it allows."""

import time
from collections.abc import Iterator

from lambda_stream import Request, Response

SILENCE_S = 5.5
PACE_S = 0.1


def handler(event: object, _context: object) -> object:
    """Answers by path."""
    path = Request(event).path
    if path == "/tokens":
        return Response(tokens(), headers={"content-type": "text/event-stream"})
    if path == "/sse":
        return Response(around_silence("data: {}\n\n"), headers={"content-type": "text/event-stream"})
    if path == "/text":
        return Response(around_silence("{}\n"))
    if path == "/late":
        time.sleep(SILENCE_S)
    return event


def tokens() -> Iterator[str]:
    """Ten, each after a while."""
    for number in range(10):
        yield f"data: {number}\n\n"
        time.sleep(PACE_S)


def around_silence(form: str) -> Iterator[str]:
    """One line, and after the silence another."""
    yield form.format("before")
    time.sleep(SILENCE_S)
    yield form.format("after")
