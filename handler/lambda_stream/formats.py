"""The formats that streams are made of: server-sent events, lines of JSON and plain text, with the headers each needs.

Source: html.spec.whatwg.org/multipage/server-sent-events.html, github.com/ndjson/ndjson-spec and jsonlines.org
"""

from lambda_stream.response import TEXT, Response, compact_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Mapping

    from lambda_stream.response import Chunk

# Proxies buffer, compress or cache what looks like a page: each of these headers keeps one kind of them from it.
_UNBUFFERED = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}

SSE_HEADERS: "Mapping[str, str]" = {"content-type": "text/event-stream; charset=utf-8", **_UNBUFFERED}
NDJSON_HEADERS: "Mapping[str, str]" = {"content-type": "application/x-ndjson", **_UNBUFFERED}
JSONL_HEADERS: "Mapping[str, str]" = {"content-type": "application/jsonl", **_UNBUFFERED}
TEXT_HEADERS: "Mapping[str, str]" = {"content-type": TEXT, **_UNBUFFERED}


def json_line(value: object) -> bytes:
    """`value` as one line of JSON, with its end. All escapes are in ASCII, so nothing within can break the line.

    Raises:
        ValueError: it holds NaN or an infinity, which JSON doesn't have and clients can't read.
    """
    return compact_json(value).encode() + b"\n"


def sse_event(data: object, *, event: str | None = None, event_id: str | None = None) -> bytes:
    """One server-sent event. Text is its data as it is, line by line; anything else is written as JSON.

    Give an `event_id` only where a client can resume after it: one parser in the field (httpx-sse) shows an empty event
    for each heartbeat once it has seen an id.

    Raises:
        TypeError: `event` or `event_id` isn't text.
        ValueError: one of them holds a line end, which would begin another field; or `data` holds NaN or an infinity,
            which JSON doesn't have.
    """
    if isinstance(data, str):
        # A reader takes CR, LF and CRLF for line ends, and no other character.
        lines = data.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\ndata: ")
    else:
        lines = compact_json(data)
    return f"{_field('event', event)}{_field('id', event_id)}data: {lines}\n\n".encode()


def _field(name: str, value: str | None) -> str:
    """A line of its own; nothing where there is no value."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"the {name} of a server-sent event must be text, not {value!r}")
    if any(character in value for character in "\r\n\0"):
        raise ValueError(f"the {name} of a server-sent event must not hold a line end: {value!r}")
    return f"{name}: {value}\n"


def sse_response(events: "Iterable[Chunk] | AsyncIterable[Chunk]", *, status: int = 200) -> Response:
    """A response of server-sent events, each made by `sse_event`; a silence is filled with comments."""
    return Response(events, status=status, headers=SSE_HEADERS)


def ndjson_response(lines: "Iterable[Chunk] | AsyncIterable[Chunk]", *, status: int = 200) -> Response:
    """A response of JSON lines, each made by `json_line`; a silence is filled with blank lines."""
    return Response(lines, status=status, headers=NDJSON_HEADERS)


def text_response(pieces: "Iterable[Chunk] | AsyncIterable[Chunk]", *, status: int = 200) -> Response:
    """A response of plain text in pieces that nothing on the way holds back."""
    return Response(pieces, status=status, headers=TEXT_HEADERS)
