"""A middlebox in front of an endpoint: what stands on the way of a client, and changes the answers.

While no answer is to be broken the endpoint answers by itself, as if there were no middlebox. Else the request is sent
on over HTTP, with its bytes and its `Host` unchanged, so that signatures hold.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import HttpVersion11, web
from yarl import URL

from localaws.breakage.answer import Answer, broken_answer
from localaws.breakage.catalogue import Place
from localaws.front.relay import cut
from localaws.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localaws.breakage.active import ActiveBreakages
    from localaws.breakage.catalogue import Breakage
    from localaws.listener import Handler

SWALLOWED_DELETES = "swallowed-deletes"
NOT_SENT_ON = {"expect", "transfer-encoding"}
"""The client on the inner way frames the body by itself, and waits for nobody before it sends it."""
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}
ADDED_BY_CLIENTS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
NO_LIMIT = aiohttp.ClientTimeout(total=None)


class Middlebox:
    """One port, and the endpoint behind it."""

    def __init__(self, endpoint: Handler, breakages: ActiveBreakages) -> None:
        self._endpoint = endpoint
        self._breakages = breakages
        self._opened = contextlib.AsyncExitStack()
        self._way: asyncio.Task[tuple[aiohttp.ClientSession, int]] | None = None
        self.port = 0

    @classmethod
    async def open(cls, endpoint: Handler, breakages: ActiveBreakages) -> Middlebox:
        """Listen and return the middlebox."""
        middlebox = cls(endpoint, breakages)
        middlebox.port = await middlebox._listen(middlebox.handle)
        return middlebox

    async def close(self) -> None:
        """Stop listening and end the connections."""
        await self._opened.aclose()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to one request."""
        if request.method == "DELETE" and self._breakages.has(SWALLOWED_DELETES):
            return web.Response(status=204)
        breakages = self._breakages.at(Place.ANSWER)
        if not breakages:
            return await self._endpoint(request)
        if self._way is None:
            self._way = asyncio.create_task(self._make_way())
        client, port = await self._way
        return await _Passage(request, breakages).run(client, port)

    async def _make_way(self) -> tuple[aiohttp.ClientSession, int]:
        """Return what leads to the endpoint behind, made when it is needed for the first time."""
        port = await self._listen(self._endpoint)
        client = aiohttp.ClientSession(
            auto_decompress=False,
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=ADDED_BY_CLIENTS,
            timeout=NO_LIMIT,
        )
        return await self._opened.enter_async_context(client), port

    async def _listen(self, handler: Handler) -> int:
        listener = await Listener.open(handler)
        self._opened.push_async_callback(listener.close)
        return listener.port


class _Passage:
    """One request on its way in, and its answer on the way out."""

    def __init__(self, request: web.BaseRequest, breakages: Sequence[Breakage]) -> None:
        self._request = request
        self._breakages = breakages

    async def run(self, client: aiohttp.ClientSession, port: int) -> web.StreamResponse:
        """Return the answer, sent already."""
        request = self._request
        url = URL(f"http://127.0.0.1:{port}{request.raw_path}", encoded=True)
        headers = [pair for pair in request.headers.items() if pair[0].lower() not in NOT_SENT_ON]
        body = request.content if request.can_read_body else None
        async with client.request(request.method, url, headers=headers, data=body, allow_redirects=False) as source:
            kept = tuple(pair for pair in source.headers.items() if pair[0].lower() not in HOP_BY_HOP)
            answer = broken_answer(Answer(request.method, source.status, kept), self._breakages)
            response = self._head(answer)
            try:
                await response.prepare(request)
                await self._pass_on(source, answer, response)
            except (ConnectionError, aiohttp.ClientError):  # the client hung up, or the endpoint cut its answer
                source.close()
                cut(request)
            return response

    def _head(self, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status)
        for name, value in answer.headers:
            if answer.keeps_length or name.lower() != "content-length":
                response.headers.add(name, value)
        if "Content-Length" not in response.headers and self._request.version >= HttpVersion11:
            response.enable_chunked_encoding()
        return response

    async def _pass_on(self, source: aiohttp.ClientResponse, answer: Answer, response: web.StreamResponse) -> None:
        await asyncio.sleep(answer.delay_seconds)
        pipeline = answer.pipeline()
        async for data in source.content.iter_any():
            await _write(response, pipeline.feed(data))
            if pipeline.is_cut:
                break
        else:
            await _write(response, pipeline.close())
        if answer.max_bytes is None:
            await response.write_eof()
            return
        source.close()
        cut(self._request)


async def _write(response: web.StreamResponse, data: bytes) -> None:
    """An empty chunk would end the body."""
    if data:
        await response.write(data)
