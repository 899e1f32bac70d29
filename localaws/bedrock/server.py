"""The HTTP side of the Bedrock stand-in: signatures, routing, and the steps of a stream carried out in time."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp import web

from localaws.bedrock.event_stream import CONTENT_TYPE
from localaws.bedrock.request import ValidationError, parse_converse
from localaws.bedrock.scenarios import scenario_of, text_delta
from localaws.bedrock.steps import Break, Refusal, Send, SendStamp, Step, WaitUntil
from localaws.http_body import BodyTooLargeError, receive
from localaws.sigv4 import Credentials, ReceivedRequest, Scope, SignatureError, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_REQUEST_BYTES = 25 * 1024 * 1024
CONVERSE_STREAM = re.compile(r"/model/(?P<model>[^/]+)/converse-stream")
UNKNOWN_OPERATION = Refusal(404, "UnknownOperationException", "The stand-in knows ConverseStream only.")
TOO_LARGE = Refusal(413, "ValidationException", "The request is larger than 25 MB.")


class BedrockStandIn:
    """Answers Bedrock Runtime requests in one region."""

    def __init__(self, region: str, find_credentials: Callable[[str], Credentials | None]) -> None:
        self._scope = Scope(region, "bedrock")
        self._find_credentials = find_credentials

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
        return await _stream(request, outcome, started)

    def _decide(self, received: ReceivedRequest) -> Refusal | Iterator[Step]:
        path = received.target.partition("?")[0]
        match = CONVERSE_STREAM.fullmatch(path)
        if received.method != "POST" or not match:
            return UNKNOWN_OPERATION
        try:
            verify(received, self._scope, self._find_credentials, datetime.now(UTC))
            converse = parse_converse(received.body)
        except SignatureError as error:
            return Refusal(403, "InvalidSignatureException", f"The request signature is not valid: {error}")
        except ValidationError as error:
            return Refusal(400, "ValidationException", str(error))
        return scenario_of(unquote(match["model"]))(converse)


async def _stream(request: web.BaseRequest, steps: Iterator[Step], started: float) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": CONTENT_TYPE, "x-amzn-RequestId": str(uuid.uuid4())})
    response.enable_chunked_encoding()
    try:
        await response.prepare(request)
        for step in steps:
            match step:
                case WaitUntil(ms):
                    await asyncio.sleep(max(0.0, started + ms / 1000 - time.perf_counter()))
                case Send(frame):
                    await response.write(frame)
                case SendStamp():
                    await response.write(text_delta(f"{time.time_ns()} "))
                case Break():
                    _close(request)
                    return response
        await response.write_eof()
    except ConnectionError:
        pass  # the function hung up, as it may
    return response


def _close(request: web.BaseRequest) -> None:
    """Close after what is written has been sent: a reset could destroy it on its way."""
    if request.transport is not None:
        request.transport.close()


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
