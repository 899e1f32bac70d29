"""GET /stream?format=sse|jsonl|text: the same few ticks in three formats."""

import time

from answers import Refused, number
from lambda_stream import JSONL_HEADERS, SSE_HEADERS, TEXT_HEADERS, Response, json_line, sse_event

PAUSE_S = 0.2


def as_sse(ticks):
    """Server-sent events: what a browser's EventSource reads. It connects again at an end, unless `done` closes it."""
    for tick in ticks:
        yield sse_event(tick, event_id=str(tick["n"]))
    yield sse_event({}, event="done")


def as_text(ticks):
    """Lines for people."""
    for tick in ticks:
        yield f"{tick['n']} of {tick['of']}\n"


FORMATS = {
    "sse": (SSE_HEADERS, as_sse),
    "jsonl": (JSONL_HEADERS, lambda ticks: map(json_line, ticks)),
    "text": (TEXT_HEADERS, as_text),
}


def handle(request):
    """`count` ticks, five unless the query says otherwise."""
    name = request.query.get("format", "sse")
    if name not in FORMATS:
        raise Refused(f"format must be one of {', '.join(FORMATS)}.")
    count = number(request.query.get("count", "5"), "count", 1, 100)
    headers, encode = FORMATS[name]
    return Response(encode(ticks(count)), headers=headers)


def ticks(count):
    """Something that takes its time."""
    for n in range(1, count + 1):
        yield {"n": n, "of": count}
        time.sleep(PAUSE_S)
