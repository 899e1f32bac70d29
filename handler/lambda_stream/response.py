"""The response that a handler may return, and the prelude that carries its status and headers."""

import json

from lambda_stream.errors import InvalidResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
    from typing import TypeAlias

    Chunk: TypeAlias = bytes | str | bytearray | memoryview
    Body: TypeAlias = Chunk | Iterable[Chunk] | AsyncIterable[Chunk] | None

CONTENT_TYPE = "content-type"
TEXT = "text/plain; charset=utf-8"
OCTET_STREAM = "application/octet-stream"

# API Gateway answers 500 unless the delimiter comes within the first 16 KB.
MAX_PRELUDE_BYTES = 16_384
PRELUDE_END = bytes(8)

MIN_STATUS = 200
MAX_STATUS = 599

# Made once: `json.dumps` would make another encoder for each token.
compact_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Response:
    """An HTTP response whose body may be streamed.

    Args:
        body: Text or bytes, or an iterable (also an async one) of them; each item is one chunk on the wire, at once.
        status: 200 to 599.
        headers: One value for each name; a missing content-type is text for text and iterables, octets for bytes.
        cookies: `Set-Cookie` values.
        multi_value_headers: Headers that repeat; REST APIs know them, Function URLs don't.
        heartbeat: What may be sent while the body is silent, so that no proxy on the way gives up; b"" for nothing.
            None stands for what the content type knows: a comment in server-sent events, a blank line in NDJSON.
            It is sent only where the last chunk ended with the line ends that the heartbeat ends with.
    """

    __slots__ = ("body", "cookies", "headers", "heartbeat", "multi_value_headers", "status")

    def __init__(  # noqa: PLR0913 - these are the parts of an HTTP response, all but the first by name
        self,
        body: "Body" = None,
        *,
        status: int = 200,
        headers: "Mapping[str, str] | None" = None,
        cookies: "Sequence[str]" = (),
        multi_value_headers: "Mapping[str, Sequence[str]] | None" = None,
        heartbeat: bytes | None = None,
    ) -> None:
        self.body = body
        self.status = status
        self.headers = dict(headers or {})
        self.cookies = _values(cookies, "cookies")
        self.multi_value_headers = {
            name: _values(values, f"multi_value_headers[{name!r}]")
            for name, values in (multi_value_headers or {}).items()
        }
        self.heartbeat = heartbeat


def _values(values: "Sequence[str]", where: str) -> list[str]:
    if isinstance(values, str) or not hasattr(values, "__iter__"):
        raise InvalidResult(f"{where} must be a list of texts, not {values!r}")
    return list(values)


def encode_prelude(response: Response) -> bytes:
    """The response's status, headers and cookies as Lambda reads them ahead of the body.

    Raises:
        InvalidResult: the status is out of range, a header could break the HTTP head, or all is over 16 KB.
    """
    status = response.status
    if not isinstance(status, int) or not MIN_STATUS <= status <= MAX_STATUS:
        raise InvalidResult(f"the status must be a whole number from {MIN_STATUS} to {MAX_STATUS}, not {status!r}")
    document: dict[str, object] = {"statusCode": int(status), "headers": _headers_with_type(response)}
    if response.multi_value_headers:
        document["multiValueHeaders"] = response.multi_value_headers
    if response.cookies:
        document["cookies"] = response.cookies
    prelude = compact_json(document).encode() + PRELUDE_END
    if len(prelude) > MAX_PRELUDE_BYTES:
        raise InvalidResult(f"status, headers and cookies are {len(prelude)} bytes, at most {MAX_PRELUDE_BYTES} may be")
    return prelude


def check_headers(response: Response) -> None:
    """Raises InvalidResult when a header's name or value could break the head of an HTTP message."""
    multi = ((name, value) for name, values in response.multi_value_headers.items() for value in values)
    for name, value in (*response.headers.items(), *multi, *(("set-cookie", cookie) for cookie in response.cookies)):
        if not isinstance(name, str) or not name or not _TOKEN.issuperset(name):
            raise InvalidResult(f"not a header name: {name!r}")
        if not isinstance(value, str):
            raise InvalidResult(f"the value of header {name!r} must be text, not {type(value).__name__}: {value!r}")
        if not _is_header_value(value):
            raise InvalidResult(f"the value of header {name!r} must be ASCII without control characters: {value!r}")


def _headers_with_type(response: Response) -> dict[str, str]:
    check_headers(response)
    headers = response.headers
    known = {*map(str.lower, headers), *map(str.lower, response.multi_value_headers)}
    return headers if CONTENT_TYPE in known else {CONTENT_TYPE: _default_content_type(response.body), **headers}


def _is_header_value(value: str) -> bool:
    return value.isascii() and value.replace("\t", "").isprintable()


def _default_content_type(body: "Body") -> str:
    return OCTET_STREAM if isinstance(body, bytes | bytearray | memoryview) else TEXT
