"""The HTTP side of the Bedrock stand-in: signatures, routing, and the steps of a stream carried out in time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import struct
import time
import uuid
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp import web

from localaws.authorization import AccessDeniedError, Identities, check, principal_of
from localaws.bedrock.access import guardrail_accesses, needed_accesses
from localaws.bedrock.blocks import delta_frame
from localaws.bedrock.event_stream import CONTENT_TYPE
from localaws.bedrock.guarded import refused
from localaws.bedrock.guardrail import Guard, GuardrailConfig, Guardrails
from localaws.bedrock.prompt_cache import PromptCache
from localaws.bedrock.request import Converse, parse_converse
from localaws.bedrock.scenarios import scenario_of
from localaws.bedrock.steps import Break, Refusal, Reset, Send, SendHead, SendStamp, Step, WaitUntil
from localaws.bedrock.validation import ValidationError
from localaws.http_body import BodyTooLargeError, receive
from localaws.sigv4 import Credentials, ReceivedRequest, Scope, SignatureError, verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from localaws.policy import Access

NO_LINGER = struct.pack("ii", 1, 0)
MAX_REQUEST_BYTES = 25 * 1024 * 1024
KEPT_REQUESTS = 20
CONVERSE_STREAM = re.compile(r"/model/(?P<model>[^/]+)/converse-stream")
UNKNOWN_OPERATION = Refusal(404, "UnknownOperationException", "The stand-in knows ConverseStream only.")
TOO_LARGE = Refusal(413, "ValidationException", "The request is larger than 25 MB.")


class BedrockStandIn:
    """Answers Bedrock Runtime requests in one region."""

    def __init__(self, region: str, identities: Identities, guardrails: Guardrails) -> None:
        self._scope = Scope(region, "bedrock")
        self._identities = identities
        self._guardrails = guardrails
        self._cache = PromptCache()
        self.received: deque[bytes] = deque(maxlen=KEPT_REQUESTS)
        """The bodies of the last requests that reached a model."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to one request."""
        started = time.perf_counter()
        try:
            received = await receive(request, MAX_REQUEST_BYTES)
        except BodyTooLargeError:
            return _error(TOO_LARGE)
        outcome = self._decide(received)
        if isinstance(outcome, Refusal):
            return _error(outcome)
        return await _Response(request, started).stream(outcome)

    def _decide(self, received: ReceivedRequest) -> Refusal | Iterator[Step]:
        path = received.target.partition("?")[0]
        match = CONVERSE_STREAM.fullmatch(path)
        if received.method != "POST" or not match:
            return UNKNOWN_OPERATION
        model_id = unquote(match["model"])
        try:
            caller = verify(received, self._scope, self._identities.credentials, datetime.now(UTC))
            self._authorize(caller, needed_accesses(principal_of(caller), model_id, self._scope.region))
            converse = self._completed(parse_converse(received.body), caller, model_id)
        except SignatureError as error:
            return Refusal(403, "InvalidSignatureException", f"The request signature is not valid: {error}")
        except AccessDeniedError as error:
            return Refusal(403, "AccessDeniedException", str(error))
        except ValidationError as error:
            return Refusal(400, "ValidationException", str(error))
        if converse.guard is not None and converse.guard.guardrail.blocks(converse.prompt):
            return refused(converse, converse.guard.guardrail.blocked_input)
        self.received.append(received.body)
        return scenario_of(model_id)(converse)

    def _completed(self, converse: Converse, caller: Credentials, model_id: str) -> Converse:
        """Return a request with its guardrail, and with what the cache has of it."""
        guard = self._guard(converse.guardrail_config, caller)
        usage = self._cache.use(model_id, converse.cache_points)
        left = converse.input_tokens - sum(usage.values())
        return replace(converse, guard=guard, input_tokens=left, cache_usage=usage)

    def _guard(self, config: GuardrailConfig | None, caller: Credentials) -> Guard | None:
        if config is None:
            return None
        guardrail = self._guardrails.guardrail(config.identifier, config.version)
        if guardrail is None:
            raise ValidationError("The guardrail identifier or version provided in the request does not exist.")
        self._authorize(caller, guardrail_accesses(principal_of(caller), guardrail, self._scope.region))
        return Guard(guardrail, config.waits)

    def _authorize(self, caller: Credentials, accesses: Iterable[Access]) -> None:
        policies = self._identities.policies(caller)
        for access in accesses:
            check(access, policies)


class _Response:
    """A streamed response, step by step."""

    def __init__(self, request: web.BaseRequest, started: float) -> None:
        self._request = request
        self._started = started
        self.http = web.StreamResponse(headers={"Content-Type": CONTENT_TYPE, "x-amzn-RequestId": str(uuid.uuid4())})
        self.http.enable_chunked_encoding()

    async def stream(self, steps: Iterator[Step]) -> web.StreamResponse:
        """Carry the steps out and return the response."""
        with contextlib.suppress(ConnectionError):  # the function may hang up
            for step in steps:
                match step:
                    case WaitUntil(ms):
                        await asyncio.sleep(max(0.0, self._started + ms / 1000 - time.perf_counter()))
                    case SendHead():
                        await self._send_head()
                    case Send(frame):
                        await self._send(frame)
                    case SendStamp(block):
                        await self._send(delta_frame({"text": f"{time.time_ns()} "}, block))
                    case Break():
                        self._close()
                        return self.http
                    case Reset():
                        self._reset()
                        return self.http
            await self._send_head()
            await self.http.write_eof()
        return self.http

    async def _send(self, frame: bytes) -> None:
        await self._send_head()
        await self.http.write(frame)

    async def _send_head(self) -> None:
        if not self.http.prepared:
            await self.http.prepare(self._request)

    def _close(self) -> None:
        """Close after what is written has been sent: a reset could destroy it on its way."""
        if self._request.transport is not None:
            self._request.transport.close()

    def _reset(self) -> None:
        """Close without lingering: the system then sends an RST."""
        if self._request.transport is not None:
            connection = self._request.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self._request.transport.abort()


def _error(refusal: Refusal) -> web.Response:
    return web.Response(
        status=refusal.status,
        body=json.dumps({"message": refusal.message}).encode(),
        headers={
            "Content-Type": "application/json",
            "x-amzn-ErrorType": refusal.code,
            "x-amzn-RequestId": str(uuid.uuid4()),
        },
    )
