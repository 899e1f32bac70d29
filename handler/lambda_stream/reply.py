"""What a handler returned, made ready for the wire."""

import json

from lambda_stream.chunks import is_stream, iterate_chunks
from lambda_stream.errors import InvalidResult
from lambda_stream.request import PAYLOAD_1, header_of, payload_version
from lambda_stream.response import CONTENT_TYPE, OCTET_STREAM, TEXT, Response, check_headers, encode_prelude
from lambda_stream.runtime_api import HTTP_INTEGRATION, JSON

# What each format lets through unseen.
HEARTBEATS = {"text/event-stream": b": keep-alive\n\n", "application/x-ndjson": b"\n", "application/jsonl": b"\n"}

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_stream.cors import Cors
    from lambda_stream.response import Body


class StreamedReply:
    """A reply of chunks, none of which is made yet.

    Attributes:
        prelude: Status and headers; empty unless the caller is an HTTP front.
        heartbeat: What may be sent while the chunks are silent; may be empty.
    """

    __slots__ = ("chunks", "content_type", "heartbeat", "prelude")

    def __init__(self, content_type: str, prelude: bytes, body: "Body", heartbeat: bytes = b"") -> None:
        self.content_type = content_type
        self.prelude = prelude
        self.chunks = iterate_chunks(body)
        self.heartbeat = heartbeat

    def beats_after(self, last: bytes) -> bool:
        """Whether a heartbeat may follow the chunk `last`: one in the middle of a line would break it."""
        line_ends = self.heartbeat[len(self.heartbeat.rstrip(b"\n")) :]
        return bool(self.heartbeat) and (not last or last.endswith(line_ends))


class BufferedReply:
    """A whole JSON document, for a caller that is not HTTP."""

    __slots__ = ("body",)

    def __init__(self, body: bytes) -> None:
        self.body = body


def reply_to(event: object, result: object, cors: "Cors | None" = None) -> StreamedReply | BufferedReply:
    """The reply that `result` is to `event`; no chunk of it has been made yet.

    An HTTP event gets a prelude and the body; any other event the body alone, or a JSON value as it is. `cors` counts
    for REST APIs.

    Raises:
        InvalidResult: `result` can't become a response.
    """
    version = payload_version(event)
    if version is None:
        return _raw_reply(result)
    response = _http_response(result)
    if cors is not None and version == PAYLOAD_1:
        response = cors.allow(response, header_of(event, "origin"))
    return StreamedReply(HTTP_INTEGRATION, encode_prelude(response), response.body, _heartbeat(response))


def _raw_reply(result: object) -> StreamedReply | BufferedReply:
    if isinstance(result, Response):
        check_headers(result)
        return StreamedReply(_content_type(result), b"", result.body, _heartbeat(result))
    if isinstance(result, bytes | bytearray | memoryview) or is_stream(result):
        return StreamedReply(OCTET_STREAM, b"", _as_body(result))
    return BufferedReply(_json(result))


def _http_response(result: object) -> Response:
    if isinstance(result, Response):
        return result
    if isinstance(result, dict) and "statusCode" in result:
        return _proxy_response(result)
    if isinstance(result, bytes | bytearray | memoryview):
        return Response(bytes(result))
    if is_stream(result):
        return Response(_as_body(result), headers={CONTENT_TYPE: TEXT})
    # As a Function URL does with the managed runtime: text is the body, any other value its JSON.
    body = result if isinstance(result, str) else _json(result)
    return Response(body, headers={CONTENT_TYPE: JSON})


def _proxy_response(result: "dict[str, Any]") -> Response:
    """An API Gateway proxy result, whose body may also be a stream.

    Source: docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    body = result.get("body")
    if result.get("isBase64Encoded"):
        body = _decoded(body)
    elif isinstance(body, dict | list):
        raise InvalidResult("the body of a response with a statusCode must be text, bytes or a stream: json.dumps it")
    headers = _mapping(result, "headers")
    headers = {name: _header_text(value) for name, value in headers.items() if value is not None}
    multi = _mapping(result, "multiValueHeaders")
    if CONTENT_TYPE not in {name.lower() for name in (*headers, *multi) if isinstance(name, str)}:
        headers[CONTENT_TYPE] = JSON
    return Response(
        body,
        status=result["statusCode"],
        headers=headers,
        cookies=result.get("cookies") or (),
        multi_value_headers=multi,
    )


def _mapping(result: "dict[str, Any]", name: str) -> "dict[str, Any]":
    value = result.get(name) or {}
    if not isinstance(value, dict):
        raise InvalidResult(f"{name} must be an object of names and values, not {type(value).__name__}")
    return value


def _decoded(body: object) -> bytes:
    from binascii import a2b_base64  # noqa: PLC0415 - rare

    try:
        if isinstance(body, str | bytes):
            return a2b_base64(body, strict_mode=True) if body else b""
    except ValueError as error:
        raise InvalidResult(f"the body is not base64, though isBase64Encoded says so: {error}") from error
    raise InvalidResult(f"isBase64Encoded needs a body of text, not {type(body).__name__}")


def _header_text(value: object) -> str:
    """API Gateway takes numbers and booleans as header values too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _content_type(response: Response) -> str:
    return next((v for name, v in response.headers.items() if str(name).lower() == CONTENT_TYPE), OCTET_STREAM)


def _heartbeat(response: Response) -> bytes:
    if response.heartbeat is not None:
        return response.heartbeat
    return HEARTBEATS.get(_content_type(response).partition(";")[0].strip().lower(), b"")


def _as_body(result: object) -> "Body":
    return result  # type: ignore[return-value] # is_stream and the isinstance checks say so


def _number(value: object) -> float:
    """A Decimal, which is what DynamoDB's items hold, as a number; the managed runtime does the same."""
    if type(value).__name__ != "Decimal":
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    number = float(value)  # type: ignore[arg-type] # a Decimal, whose module isn't worth an import here
    return int(number) if number.is_integer() else number


def _json(value: object) -> bytes:
    try:
        return json.dumps(value, default=_number).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidResult(f"Unable to marshal response: {error}", "Runtime.MarshalError") from error
