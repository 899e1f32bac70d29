"""The way of a function's output to an HTTP client: streamed chunk by chunk, or buffered."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from aiohttp import HttpVersion11, web

from localaws.execution.invocation import Cut, Failure, Head, Tail
from localaws.front.prelude import PRELUDE_TYPE, PreludeDecoder, PreludeError, ResponseHead

if TYPE_CHECKING:
    from localaws.front.delivery import Delivery, Fault, OutputSource

CLIENT_GRACE_SECONDS = 30.0
"""How long a client of a cut connection may take to read what was written before."""

BODILESS = {204, 304}
FRAMING = {"content-length", "transfer-encoding", "connection"}


class Relay:
    """One response on its way to one client."""

    def __init__(self, request: web.BaseRequest, output: OutputSource, delivery: Delivery) -> None:
        self._request = request
        self._output = output
        self._delivery = delivery
        self._response: web.StreamResponse | None = None

    async def stream(self) -> web.StreamResponse:
        """Pass each chunk on as it comes; a client that hangs up does not stop the function."""
        try:
            return await self._stream()
        except ConnectionError:
            self._output.discard()
            self._delivery.transfer.end()
            return self._response or self._refuse(PreludeError("the client hung up"))

    async def buffer(self) -> web.StreamResponse:
        """Wait for the whole response and send it at once."""
        head, body, last = await collect(self._output)
        self._delivery.transfer.end()
        if not isinstance(last, Tail) or last.error_type:
            return self._refuse(last)
        try:
            parsed, content = self._delivery.whole(head.content_type if head else None, body)
        except PreludeError as error:
            return self._refuse(error)
        response = web.Response(status=parsed.status, body=content)
        self._set_headers(response, parsed)
        self._delivery.transfer.begin(parsed)
        self._delivery.transfer.count(content)
        return response

    async def _stream(self) -> web.StreamResponse:
        decoder: PreludeDecoder | None = None
        while True:
            item = await self._output.get()
            if isinstance(item, bytes):
                if self._response is not None:
                    await self._write(self._response, item)
                elif decoder is not None and (refused := await self._feed(decoder, item)):
                    return refused
            elif isinstance(item, Head):
                decoder = await self._begin(item)
            else:
                return await self._end(item)

    async def _begin(self, head: Head) -> PreludeDecoder | None:
        """Send the head at once when the content type says that there is no prelude."""
        if make_decoder := self._delivery.make_decoder:
            return make_decoder()
        if head.content_type == PRELUDE_TYPE:
            return PreludeDecoder()
        await self._prepare(ResponseHead(200, (("Content-Type", head.content_type),)))
        return None

    async def _feed(self, decoder: PreludeDecoder, data: bytes) -> web.StreamResponse | None:
        try:
            found = decoder.feed(data)
        except PreludeError as error:
            self._output.discard()
            return self._refuse(error)
        if found:
            head, body = found
            await self._write(await self._prepare(head), body)
        return None

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        """Send a chunk, unless the answer may have no body: what the function sends all the same is dropped."""
        if data and self._request.method != "HEAD" and response.status not in BODILESS:
            self._delivery.transfer.count(data)
            await response.write(data)

    async def _prepare(self, head: ResponseHead) -> web.StreamResponse:
        self._delivery.transfer.begin(head)
        response = self._response = web.StreamResponse(status=head.status)
        self._set_headers(response, head)
        if self._request.version >= HttpVersion11:  # an older client reads to the end of the connection
            response.enable_chunked_encoding()
        await response.prepare(self._request)
        return response

    async def _end(self, item: Tail | Failure | Cut) -> web.StreamResponse:
        """End as Lambda does: after the first byte the status stands, and only a cut can be seen."""
        response = self._response
        self._delivery.transfer.end()
        if response is None:
            ended = isinstance(item, Tail) and not item.error_type
            return self._refuse(PreludeError("the body ended before its prelude") if ended else item)
        if isinstance(item, Tail):
            if item.error_type:
                self._note(f"the function failed mid-stream: {_reason(item)}")
            await response.write_eof()
        else:
            self._note(f"the stream was cut: {_reason(item)}")
            cut(self._request)
        return response

    def _set_headers(self, response: web.StreamResponse, head: ResponseHead) -> None:
        for name, value in head.headers:
            if name.lower() not in FRAMING:
                response.headers.add(name, value)
        for name, value in self._delivery.headers.items():
            response.headers.add(name, value)

    def _refuse(self, fault: Fault) -> web.Response:
        response = self._delivery.refuse(fault)
        self._note(f"{response.status}: {_reason(fault)}")
        return response

    def _note(self, text: str) -> None:
        sys.stderr.write(f"localaws: {self._delivery.request_id} {text}\n")


def cut(request: web.BaseRequest) -> None:
    """Close without the final chunk. What is written still gets through: a reset could destroy it."""
    transport = request.transport
    if transport is not None:
        transport.close()
        asyncio.get_running_loop().call_later(CLIENT_GRACE_SECONDS, transport.abort)


async def collect(output: OutputSource) -> tuple[Head | None, bytes, Tail | Failure | Cut]:
    """Return head, body and end of a response once it is complete."""
    head, body = None, bytearray()
    while True:
        item = await output.get()
        if isinstance(item, bytes):
            body += item
        elif isinstance(item, Head):
            head = item
        else:
            return head, bytes(body), item


def _reason(fault: Fault) -> str:
    match fault:
        case Failure(error_type, payload):
            return f"{error_type} {payload.decode(errors='replace')}"
        case Cut(error_type, message):
            return f"{error_type} {message}"
        case Tail(error_type, _):
            return str(error_type)
    return str(fault)
