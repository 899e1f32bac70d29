"""GET /stream?format=sse|jsonl|text: the same few ticks in three formats."""

import json
import time

from answers import Refused, number
from lambda_stream import Response

PAUSE_S = 0.2


def as_sse(ticks):
    """Server-sent events: what a browser's EventSource reads. It connects again at an end, unless `done` closes it."""
    for tick in ticks:
        yield f"id: {tick['n']}\ndata: {json.dumps(tick)}\n\n"
    yield "event: done\ndata: {}\n\n"


def as_jsonl(ticks):
    """A JSON object on each line."""
    for tick in ticks:
        yield json.dumps(tick) + "\n"


def as_text(ticks):
    """Lines for people."""
    for tick in ticks:
        yield f"{tick['n']} of {tick['of']}\n"


FORMATS = {
    "sse": ("text/event-stream; charset=utf-8", as_sse),
    "jsonl": ("application/jsonl", as_jsonl),
    "text": ("text/plain; charset=utf-8", as_text),
}


def handle(request):
    """`count` ticks, five unless the query says otherwise."""
    name = request.query.get("format", "sse")
    if name not in FORMATS:
        raise Refused(f"format must be one of {', '.join(FORMATS)}.")
    count = number(request.query.get("count", "5"), "count", 1, 100)
    content_type, encode = FORMATS[name]
    return Response(encode(ticks(count)), headers={"content-type": content_type, "cache-control": "no-store"})


def ticks(count):
    """Something that takes its time."""
    for n in range(1, count + 1):
        yield {"n": n, "of": count}
        time.sleep(PAUSE_S)
