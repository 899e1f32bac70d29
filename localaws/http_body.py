"""Reading of a request from aiohttp's low-level server, bounded in size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.sigv4 import ReceivedRequest

if TYPE_CHECKING:
    from aiohttp import web


class BodyTooLargeError(Exception):
    """The body is larger than the service takes."""


async def receive(request: web.BaseRequest, max_bytes: int) -> ReceivedRequest:
    """Return the whole request; BodyTooLargeError beyond `max_bytes`."""
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > max_bytes:
            raise BodyTooLargeError
    headers = [(name.lower(), value) for name, value in request.headers.items()]
    return ReceivedRequest(request.method, request.raw_path, headers, bytes(body))
