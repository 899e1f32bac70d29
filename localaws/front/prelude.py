"""The head of a response as a function writes it: a streamed prelude, or a buffered proxy object. No I/O.

Source: https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html and, for the 16 KB,
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
DELIMITER = b"\0" * 8
MAX_PRELUDE_BYTES = 16 * 1024
JSON_TYPE = (("Content-Type", "application/json"),)


class PreludeError(Exception):
    """The function's response has no valid head."""


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """Status and headers for the client; cookies are Set-Cookie headers already."""

    status: int
    headers: tuple[tuple[str, str], ...]


class PreludeDecoder:
    """Finds the prelude, of `max_bytes` at most, at the start of a streamed body."""

    def __init__(self, max_bytes: int = MAX_PRELUDE_BYTES) -> None:
        self._max_bytes = max_bytes
        self._buffer = bytearray()

    def feed(self, data: bytes) -> tuple[ResponseHead, bytes] | None:
        """Return the head and the body's first bytes once both are known, None before.

        Raises PreludeError when no valid prelude can come any more.
        """
        self._buffer += data
        end = self._buffer.find(DELIMITER)
        if end > self._max_bytes or (end < 0 and len(self._buffer) >= self._max_bytes + len(DELIMITER)):
            raise PreludeError(f"the prelude is longer than {self._max_bytes} bytes")
        if end < 0:
            return None
        return parse_head(bytes(self._buffer[:end])), bytes(self._buffer[end + len(DELIMITER) :])


def parse_head(prelude: bytes) -> ResponseHead:
    """Return the head that a prelude's JSON describes; PreludeError when it is not such JSON."""
    try:
        fields = json.loads(prelude)
    except ValueError as error:
        raise PreludeError(f"the prelude is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise PreludeError("the prelude is not a JSON object")
    return _head(fields)


def buffered_response(payload: bytes) -> tuple[ResponseHead, bytes]:
    """Return head and body of a BUFFERED Function URL from the function's JSON result.

    An object with statusCode is a proxy response; any other JSON becomes the body of a 200.
    Raises PreludeError when the result is not JSON.
    """
    try:
        result = json.loads(payload or b"null")
    except ValueError as error:
        raise PreludeError(f"the result is not JSON: {error}") from None
    if not isinstance(result, dict) or "statusCode" not in result:
        return ResponseHead(200, JSON_TYPE), payload
    head = _head(result)
    if not any(name.lower() == "content-type" for name, _ in head.headers):
        head = ResponseHead(head.status, head.headers + JSON_TYPE)
    return head, _body(result)


def whole_response(content_type: str | None, payload: bytes) -> tuple[ResponseHead, bytes]:
    """Return head and body of a response that was collected for a Function URL.

    A streaming function behind a BUFFERED URL still sends its prelude. Raises PreludeError when there is no head.
    """
    if content_type != PRELUDE_TYPE:
        return buffered_response(payload)
    prelude, delimiter, content = payload.partition(DELIMITER)
    if not delimiter:
        raise PreludeError("the body ended before its prelude")
    return parse_head(prelude), content


def _head(fields: dict[str, object]) -> ResponseHead:
    status = fields.get("statusCode", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:  # noqa: PLR2004  HTTP's range
        raise PreludeError(f"statusCode {status!r} is not an HTTP status")
    single = [(name, _text(value)) for name, value in _mapping(fields, "headers").items()]
    multiple = [
        (name, _text(value))
        for name, values in _mapping(fields, "multiValueHeaders").items()
        for value in (values if isinstance(values, list) else [values])
    ]
    headers = [pair for pair in single if pair not in multiple] + multiple
    cookies = fields.get("cookies") or []
    if not isinstance(cookies, list):
        raise PreludeError("cookies is not a list")
    headers += [("Set-Cookie", _text(cookie)) for cookie in cookies]
    return ResponseHead(status, tuple(headers))


def _mapping(fields: dict[str, object], name: str) -> dict[str, object]:
    value = fields.get(name) or {}
    if not isinstance(value, dict):
        raise PreludeError(f"{name} is not an object")
    return value


def _text(value: object) -> str:
    """A header value: JSON's scalars are written as in JSON, line breaks would split the head."""
    text = value if isinstance(value, str) else json.dumps(value)
    if "\r" in text or "\n" in text:
        raise PreludeError("a header value holds a line break")
    return text


def _body(result: dict[str, object]) -> bytes:
    body = result.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    if not result.get("isBase64Encoded"):
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise PreludeError(f"the body is not base64: {error}") from None
