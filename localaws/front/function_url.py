"""The front of one Function URL: CORS, size, authorization, event, placement, relay."""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from localaws.execution.service import ThrottledError, new_trace_id
from localaws.front.answers import FORBIDDEN, NOT_FOUND, THROTTLED, TOO_LARGE, Answer, refuse
from localaws.front.cors import Cors, is_preflight
from localaws.front.event import Arrival, build_event
from localaws.front.relay import Relay
from localaws.front.resource_policy import Access, Statement, allows
from localaws.http_body import BodyTooLargeError, receive
from localaws.sigv4 import Credentials, ReceivedRequest, Scope, SignatureError, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.execution.deployment import Deployment
    from localaws.execution.service import LambdaService

MAX_REQUEST_BYTES = 6 * 1024 * 1024
NO_AUTHORIZATION = "NONE"
STREAMED = "RESPONSE_STREAM"


@dataclass(frozen=True, slots=True)
class UrlSettings:
    """A Function URL's configuration at this moment."""

    region: str
    function_arn: str
    auth_type: str
    invoke_mode: str
    cors: Cors | None


class UrlTarget(Protocol):
    """What the front asks the control plane on every request, so that changes count at once."""

    def settings(self) -> UrlSettings:
        """Return the URL's configuration."""

    def deployment(self) -> Deployment | None:
        """Return what the URL invokes, None when it is gone."""

    def policy(self) -> Sequence[Statement]:
        """Return the statements of the function's resource policy."""


class ForbiddenError(Exception):
    """The caller may not invoke the URL; the text says why, for the terminal only."""


class FunctionUrlFront:
    """Answers one URL's requests."""

    def __init__(
        self, target: UrlTarget, service: LambdaService, find_credentials: Callable[[str], Credentials | None]
    ) -> None:
        self._target = target
        self._service = service
        self._find_credentials = find_credentials

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Return the response to one request."""
        settings = self._target.settings()
        origin = request.headers.get("Origin")
        if settings.cors and origin and is_preflight(request.method, request.headers):
            return web.Response(status=200, headers=settings.cors.preflight(origin))
        headers = settings.cors.actual(origin) if settings.cors else {}
        try:
            received = await receive(request, MAX_REQUEST_BYTES)
            caller = self._authorize(received, settings)
            return await self._invoke(request, received, settings, caller, headers)
        except BodyTooLargeError:
            return _refuse(TOO_LARGE, headers)
        except ForbiddenError as error:
            sys.stderr.write(f"localaws: 403 {request.method} {request.path}: {error}\n")
            return _refuse(FORBIDDEN, headers)
        except ThrottledError:
            return _refuse(THROTTLED, headers)

    def _authorize(self, received: ReceivedRequest, settings: UrlSettings) -> Credentials | None:
        if settings.auth_type == NO_AUTHORIZATION:
            check_public_access(self._target.policy(), settings.function_arn)
            return None
        try:
            scope = Scope(settings.region, "lambda")
            return verify(received, scope, self._find_credentials, datetime.now(UTC))
        except SignatureError as error:
            raise ForbiddenError(str(error)) from None

    async def _invoke(
        self,
        request: web.BaseRequest,
        received: ReceivedRequest,
        settings: UrlSettings,
        caller: Credentials | None,
        headers: dict[str, str],
    ) -> web.StreamResponse:
        deployment = self._target.deployment()
        if deployment is None:
            return _refuse(NOT_FOUND, headers)
        now = datetime.now(UTC)
        arrival = Arrival(str(uuid.uuid4()), new_trace_id(now.timestamp()), request.remote or "127.0.0.1", now)
        event = json.dumps(build_event(received, arrival, caller), separators=(",", ":")).encode()
        invocation = await self._service.begin(deployment, event, settings.function_arn)
        relay = Relay(request, invocation, headers)
        return await (relay.stream() if settings.invoke_mode == STREAMED else relay.buffer())


def check_public_access(policy: Sequence[Statement], function_arn: str) -> None:
    """Raise ForbiddenError unless everybody has both grants that a public URL needs.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html (since October 2025)
    """
    needed = (
        ("lambda:InvokeFunctionUrl", {"lambda:functionurlauthtype": NO_AUTHORIZATION}),
        ("lambda:InvokeFunction", {"lambda:invokedviafunctionurl": "true"}),
    )
    for action, context in needed:
        if not allows(policy, Access("*", action, function_arn, context)):
            raise ForbiddenError(f"the resource policy does not grant {action} to everybody on {function_arn}")


def _refuse(answer: Answer, headers: dict[str, str]) -> web.Response:
    return refuse(answer, {"x-amzn-RequestId": str(uuid.uuid4()), **headers})
