"""Server-sent events: each neutral event as one `data:` line of JSON.

Source: html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
from typing import TYPE_CHECKING

from bedrock_chat.events import Finish, PartialUsage, Start, TextDelta, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedrock_chat.events import Event

# Proxies buffer, compress or cache what looks like a page: each of these headers keeps one kind of them from it.
HEADERS: "Mapping[str, str]" = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
}


class SseEncoder:
    """Writes the events of one answer; `request_id` is what a user quotes when asking for help."""

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    def encode(self, event: "Event") -> bytes:
        """The bytes of one event. All of JSON's escapes are in ASCII, so no line separator can break the line."""
        return b"data: %b\n\n" % json.dumps(self._document(event), separators=(",", ":")).encode()

    def _document(self, event: "Event") -> dict[str, object]:
        match event:
            case TextDelta(text):
                return {"type": "token", "content": text}
            case Start(model_id):
                return {"type": "start", "model": model_id, "request_id": self._request_id}
            case Usage():
                return {"type": "usage", **event._asdict()}
            case PartialUsage(output_pieces):
                return {"type": "usage", "partial": True, "output_pieces": output_pieces}
            case Finish(stop_reason):
                return {"type": "done", "stop_reason": stop_reason}
        error = {"message": event.message, "type": event.type, "code": event.code, "request_id": self._request_id}
        return {"type": "error", "error": error}
