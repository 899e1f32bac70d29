"""The formats of `POST /chat`: server-sent events, lines of JSON, and plain text."""

from typing import TYPE_CHECKING

from bedrock_chat.errors import InvalidRequest, NotAcceptable
from bedrock_chat.event_order import NEW, TOOL, state_after
from bedrock_chat.events import (
    Citation,
    Failed,
    Finish,
    ReasoningDelta,
    ReasoningSignature,
    Start,
    TextDelta,
    ToolDelta,
    ToolStart,
    Usage,
)
from bedrock_chat.fields import shown
from lambda_stream import JSONL_HEADERS, NDJSON_HEADERS, SSE_HEADERS, TEXT_HEADERS, json_line, sse_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bedrock_chat.encoder import Encoder
    from bedrock_chat.events import Event
    from lambda_stream import Request


# What most events are as JSON: the `type`, and the names of the event's own fields.
_SHAPES: "Mapping[type[Event], tuple[str, tuple[str, ...]]]" = {
    TextDelta: ("token", ("content",)),
    ReasoningDelta: ("reasoning", ("content",)),
    ReasoningSignature: ("reasoning_signature", ("signature",)),
    ToolStart: ("tool", ("id", "name")),
    ToolDelta: ("tool_input", ("content",)),
    Citation: ("citation", ("title", "url", "quote")),
    Finish: ("done", ("stop_reason",)),
}


class _DocumentEncoder:
    """Writes each event as one JSON object, or two; `request_id` is what a user quotes when asking for help."""

    headers: "Mapping[str, str]"
    _frame: "Callable[[object], bytes]"

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id
        self._state = NEW

    def encode(self, event: "Event") -> bytes:
        """See Encoder.encode."""
        following = state_after(self._state, event)
        documents = b"".join(map(self._frame, self._documents(event)))
        self._state = following
        return documents

    def _documents(self, event: "Event") -> list[dict[str, object]]:
        if shape := _SHAPES.get(type(event)):
            name, fields = shape
            return [{"type": name, **dict(zip(fields, event, strict=True))}]
        match event:
            case Start(model_id, session):
                stored = {} if session is None else {"session": session}
                return [{"type": "start", "model": model_id, "request_id": self._request_id, **stored}]
            case Usage():
                return [{"type": "usage", **_usage(event)}]
            case Failed():
                return [*_partial_usage(event), self._error(event)]
        # The end of a block. A reader of text needs none of it; one of a tool's input must know when it is whole.
        return [{"type": "tool_end"}] if self._state == TOOL else []

    def _error(self, event: Failed) -> dict[str, object]:
        error = {"message": event.message, "type": event.type, "code": event.code, "request_id": self._request_id}
        return {"type": "error", "error": error}


def _usage(event: Usage) -> dict[str, object]:
    """Without what the prompt cache did where it did nothing."""
    return {name: count for name, count in event._asdict().items() if count or not name.startswith("cache_")}


def _partial_usage(event: Failed) -> list[dict[str, object]]:
    if event.output_pieces is None:
        return []
    return [{"type": "usage", "partial": True, "output_pieces": event.output_pieces}]


class SseEncoder(_DocumentEncoder):
    """Each JSON object as the data of a server-sent event."""

    headers = SSE_HEADERS
    _frame = staticmethod(sse_event)


class NdjsonEncoder(_DocumentEncoder):
    """Each JSON object on a line of its own."""

    headers = NDJSON_HEADERS
    _frame = staticmethod(json_line)


class JsonlEncoder(NdjsonEncoder):
    """The same under the other name that the format goes by."""

    headers = JSONL_HEADERS


class TextEncoder:
    """The text of the answer and nothing else.

    It can't carry an error: the runtime's error trailer alone says that an answer isn't whole.
    """

    headers = TEXT_HEADERS

    def __init__(self, _request_id: str) -> None:
        self._state = NEW

    def encode(self, event: "Event") -> bytes:
        """See Encoder.encode."""
        self._state = state_after(self._state, event)
        return event.text.encode() if isinstance(event, TextDelta) else b""


FORMATS: "Mapping[str, type[SseEncoder | NdjsonEncoder | TextEncoder]]" = {
    "sse": SseEncoder,
    "ndjson": NdjsonEncoder,
    "jsonl": JsonlEncoder,
    "text": TextEncoder,
}
# In the order of preference where a client has none.
MEDIA_TYPES = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "jsonl",
    "text/plain": "text",
}


def encoder_for(request: "Request", request_id: str) -> "Encoder":
    """The encoder of the format that the client asks for: `?format=`, else `Accept`, else server-sent events.

    Raises:
        InvalidRequest: `?format=` names none.
        NotAcceptable: `Accept` takes none.
    """
    name = request.query.get("format")
    if name is None:
        name = _accepted(request.headers.get("accept", "*/*"))
    if name not in FORMATS:
        raise InvalidRequest(f"format must be one of {', '.join(FORMATS)}, not {shown(name)}", "format")
    return FORMATS[name](request_id)


def _accepted(accept: str) -> str:
    """The format whose media type `accept` likes best.

    Source: www.rfc-editor.org/rfc/rfc9110#section-12.5.1
    """
    ranges = [_media_range(item) for item in accept.split(",") if item.strip()] or [("*/*", 1.0)]
    weights = {media_type: _weight(media_type, ranges) for media_type in MEDIA_TYPES}
    best = max(weights, key=weights.__getitem__)
    if weights[best] <= 0:
        raise NotAcceptable(f"Accept is {shown(accept)}, but an answer is one of {', '.join(MEDIA_TYPES)}")
    return MEDIA_TYPES[best]


def _media_range(item: str) -> tuple[str, float]:
    """The range and its weight; a weight that can't be read counts as none given."""
    media_type, *parameters = (part.strip().lower() for part in item.split(";"))
    weights = [part[2:] for part in parameters if part.startswith("q=")]
    try:
        return media_type, float(weights[0]) if weights else 1.0
    except ValueError:
        return media_type, 1.0


def _weight(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """The weight of the range that fits most closely."""
    for fitting in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        weights = [weight for media_range, weight in ranges if media_range == fitting]
        if weights:
            return max(weights)
    return 0.0
