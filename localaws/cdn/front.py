"""The front of one distribution: who is let in, what its function makes of a request, the way to the origin."""

from __future__ import annotations

import secrets
import sys
import time
from typing import TYPE_CHECKING, Protocol

import aiohttp
from aiohttp import HttpVersion11, web
from yarl import URL

from localaws.cdn.cache import GOOD, EdgeCache, Kept
from localaws.cdn.distribution import Signing
from localaws.cdn.headers import COUNTRY_HEADER, Edge, Viewer, origin_headers, signed_headers, viewer_headers
from localaws.cdn.pages import Fault, Refusal
from localaws.cdn.signing import HASH_HEADER, payload_hash, signature
from localaws.cdn.viewer_event import FunctionValidationError, ViewerRequest, ViewerResponse, outcome, viewer_event
from localaws.cdn.viewer_function import ViewerFunctionError, ViewerFunctions
from localaws.front.relay import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from localaws.cdn.distribution import Distribution

ADDED_BY_CLIENTS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
TRIED_AGAIN = {"GET", "HEAD"}


class DistributionTarget(Protocol):
    """What the front asks the control plane on every request, so that changes count at once."""

    @property
    def region(self) -> str:
        """Return the region of the function URLs, which AWS reads off their names."""

    def distribution(self) -> Distribution:
        """Return the distribution's settings."""


class DistributionFront:
    """Answers one distribution's requests."""

    def __init__(self, target: DistributionTarget) -> None:
        self._target = target
        self._functions = ViewerFunctions()
        self._cache = EdgeCache()
        self._client: aiohttp.ClientSession | None = None

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to one request."""
        distribution = self._target.distribution()
        passage = _Passage(request, distribution, self._target.region)
        try:
            passage.check()
            viewed = await self._viewed(passage)
            if isinstance(viewed, ViewerResponse):
                return passage.answer(viewed.status, list(viewed.headers), viewed.body.encode())
            if kept := passage.kept(viewed, self._cache):
                return passage.again(kept)
            return await passage.run(self._session(), viewed, self._cache)
        except Refusal as refusal:
            sys.stderr.write(f"localaws: {refusal.status} {request.method} {request.path}: {refusal}\n")
            headers = [("Content-Type", "text/html"), ("Server", "CloudFront")]
            return passage.answer(refusal.status, headers, refusal.page(passage.edge.request_id))

    async def close(self) -> None:
        """End what leads to the origin, and the process for functions."""
        await self._functions.close()
        if self._client is not None:
            await self._client.close()

    async def _viewed(self, passage: _Passage) -> ViewerRequest | ViewerResponse:
        """Return what the function at `viewer-request` makes of the request, if there is one."""
        request, distribution = passage.viewed, passage.distribution
        code = distribution.behaviour.viewer_request_code
        if code is None:
            return request
        event = viewer_event(request, distribution, passage.edge.request_id, passage.viewer.address)
        sent = event["request"]
        assert isinstance(sent, dict)  # noqa: S101  it was made so
        try:
            return outcome(request, sent, await self._functions.run(code, event))
        except ViewerFunctionError as error:
            raise Refusal(Fault.FUNCTION_FAILED, str(error)) from None
        except FunctionValidationError as error:
            raise Refusal(Fault.FUNCTION_INVALID, str(error)) from None

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                auto_decompress=False,
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=ADDED_BY_CLIENTS,
            )
        return self._client


class _Passage:
    """One request on its way in, and its answer on the way out."""

    def __init__(self, request: web.BaseRequest, distribution: Distribution, region: str) -> None:
        self._request = request
        self._region = region
        self.distribution = distribution
        self.edge = Edge(f"{distribution.identifier.lower()}.cloudfront.net", secrets.token_urlsafe(40))
        version = request.version
        self.viewer = Viewer(request.remote or "127.0.0.1", f"{version.major}.{version.minor}")
        self.viewed = ViewerRequest(request.method, request.raw_path, list(request.headers.items()))

    def check(self) -> None:
        """Raise Refusal for a request that goes no further than the edge."""
        distribution, request = self.distribution, self._request
        if not distribution.enabled:
            raise Refusal(Fault.DISABLED)
        if not distribution.countries.let_in(request.headers.get(COUNTRY_HEADER)):
            raise Refusal(Fault.COUNTRY)
        if request.method not in distribution.behaviour.allowed_methods:
            raise Refusal(Fault.METHOD)
        if unknown := distribution.unknown_policy:
            raise Refusal(Fault.UNKNOWN_POLICY, unknown)

    def kept(self, viewed: ViewerRequest, cache: EdgeCache) -> Kept | None:
        """Return the answer that the edge has already, if the distribution lets it keep any."""
        if not self.distribution.behaviour.keeps_answers:
            return None
        return cache.find(viewed.method, viewed.target, time.monotonic())

    async def run(self, client: aiohttp.ClientSession, viewed: ViewerRequest, cache: EdgeCache) -> web.StreamResponse:
        """Return the origin's answer, sent already; Refusal when there is none."""
        attempts = self.distribution.origin.connection_attempts if self._request.method in TRIED_AGAIN else 1
        fault = Fault.UNREACHABLE
        for _ in range(attempts):
            try:
                source = await self._ask(client, viewed)
            except TimeoutError:
                fault = Fault.TIMEOUT
            except aiohttp.ClientError:
                fault = Fault.UNREACHABLE
            else:
                async with source:
                    return await self._pass_on(source, lambda kept: cache.keep(viewed.method, viewed.target, kept))
        raise Refusal(fault)

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> web.Response:
        """Return a whole answer of the edge's own, or of a function at it."""
        response = web.Response(status=status, body=body)
        for name, value in viewer_headers(status, headers, None, self.edge):
            response.headers.add(name, value)
        return response

    def again(self, kept: Kept) -> web.Response:
        """Return an answer that the edge has kept."""
        response = web.Response(status=GOOD, body=kept.body)
        policy, age_s = self.distribution.behaviour.response_headers_policy_id, int(time.monotonic() - kept.at_s)
        for name, value in viewer_headers(GOOD, kept.headers, policy, self.edge, age_s):
            if name.lower() != "content-length":
                response.headers.add(name, value)
        return response

    async def _ask(self, client: aiohttp.ClientSession, viewed: ViewerRequest) -> aiohttp.ClientResponse:
        """Return the origin's answer once its head is there."""
        origin = self.distribution.origin
        url = f"http://{origin.address}{origin.path}{viewed.target}"
        body = self._request.content if self._request.can_read_body else None
        return await client.request(
            viewed.method,
            URL(url, encoded=True),
            headers=self._headers(viewed, url),
            data=body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_read=origin.read_timeout),
        )

    def _headers(self, viewed: ViewerRequest, url: str) -> list[tuple[str, str]]:
        headers = origin_headers(viewed.headers, self.viewer, self.edge)
        lower = {name.lower(): value for name, value in headers}
        signing = self.distribution.origin.signing
        if signing is Signing.NEVER or (signing is Signing.UNLESS_AUTHORIZED and "authorization" in lower):
            return headers
        digest = payload_hash(viewed.method, lower.get(HASH_HEADER))
        return signed_headers(headers, signature(viewed.method, url, digest, self.distribution.arn, self._region))

    async def _pass_on(self, source: aiohttp.ClientResponse, keep: Callable[[Kept], None]) -> web.StreamResponse:
        """Send each piece as it comes, and keep the whole if it may be; a silence that is too long cuts the answer."""
        response, body = self._head(source), bytearray()
        keeps = self.distribution.behaviour.keeps_answers and source.status == GOOD
        try:
            await response.prepare(self._request)
            async for data in source.content.iter_any():
                await response.write(data)
                if keeps:
                    body += data
            if keeps:
                keep(Kept(list(source.headers.items()), bytes(body), time.monotonic()))
            await response.write_eof()
        except TimeoutError:
            sys.stderr.write(f"localaws: {self._request.path} was silent for too long and is cut by CloudFront\n")
            cut(self._request)
        except (ConnectionError, aiohttp.ClientError):  # the viewer hung up, or the origin cut its answer
            cut(self._request)
        return response

    def _head(self, source: aiohttp.ClientResponse) -> web.StreamResponse:
        response = web.StreamResponse(status=source.status)
        policy = self.distribution.behaviour.response_headers_policy_id
        for name, value in viewer_headers(source.status, list(source.headers.items()), policy, self.edge):
            response.headers.add(name, value)
        if "Content-Length" not in response.headers and self._request.version >= HttpVersion11:
            response.enable_chunked_encoding()
        return response
