"""A function's response as API Gateway reads it. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html and, buffered,
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
#api-gateway-simple-proxy-for-lambda-output-format
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from localaws.front.prelude import (
    DELIMITER,
    JSON_TYPE,
    PRELUDE_TYPE,
    PreludeDecoder,
    PreludeError,
    ResponseHead,
    parse_head,
)

MAX_DELIMITER_END = 16 * 1024
STREAMED_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "cookies"}
BUFFERED_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}


def streamed_head_decoder() -> PreludeDecoder:
    """Return what finds the head of a stream: its delimiter must be there within the first 16 KB."""
    return PreludeDecoder(MAX_DELIMITER_END - len(DELIMITER))


@dataclass(frozen=True, slots=True)
class BufferedProxy:
    """Reads the result of an integration that buffers; `decodes` tells whether the client may get bytes."""

    decodes: bool

    def __call__(self, content_type: str | None, payload: bytes) -> tuple[ResponseHead, bytes]:
        """Return head and body; PreludeError when the result is no proxy response.

        A function that answers in the streaming form, which it should not here, loses its body.
        """
        if content_type == PRELUDE_TYPE:
            return parse_head(payload.partition(DELIMITER)[0]), b""
        try:
            fields = json.loads(payload or b"null")
        except ValueError as error:
            raise PreludeError(f"the result is not JSON: {error}") from None
        if not isinstance(fields, dict) or not fields.keys() <= BUFFERED_MEMBERS:
            raise PreludeError(f"the result is not an object with only {', '.join(sorted(BUFFERED_MEMBERS))}")
        head = parse_head(json.dumps({name: fields[name] for name in fields.keys() & STREAMED_MEMBERS}).encode())
        if not any(name.lower() == "content-type" for name, _ in head.headers):
            head = ResponseHead(head.status, head.headers + JSON_TYPE)
        return head, self._body(fields)

    def _body(self, fields: dict[str, object]) -> bytes:
        body = fields.get("body")
        if body is not None and not isinstance(body, str):
            raise PreludeError("the body is not a string")
        text = body or ""
        if not fields.get("isBase64Encoded") or not self.decodes:
            return text.encode()
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise PreludeError(f"the body is not base64: {error}") from None
