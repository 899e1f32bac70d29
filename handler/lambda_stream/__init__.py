"""A streaming Lambda runtime for Python: what a handler yields leaves at once.

A handler is `handler(event, context)`. It may be a generator or an async generator of bytes and text, or return an
iterable of them, a `Response`, an API Gateway style dict or any JSON value. See docs/handler.md.
"""

from lambda_stream.context import Context
from lambda_stream.errors import DeadlineExceeded, HandlerFault, HandlerLoadError, InvalidResult, LambdaStreamError
from lambda_stream.formats import (
    JSONL_HEADERS,
    NDJSON_HEADERS,
    SSE_HEADERS,
    TEXT_HEADERS,
    json_line,
    ndjson_response,
    sse_event,
    sse_response,
    text_response,
)
from lambda_stream.request import Request, payload_version
from lambda_stream.response import Response

__all__ = [
    "JSONL_HEADERS",
    "NDJSON_HEADERS",
    "SSE_HEADERS",
    "TEXT_HEADERS",
    "Context",
    "DeadlineExceeded",
    "HandlerFault",
    "HandlerLoadError",
    "InvalidResult",
    "LambdaStreamError",
    "Request",
    "Response",
    "json_line",
    "ndjson_response",
    "payload_version",
    "sse_event",
    "sse_response",
    "text_response",
]
