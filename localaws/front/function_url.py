"""The front of one Function URL: CORS, size, authorization, event, placement, relay."""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from localaws.authorization import AccessDeniedError, Identities, Policies, principal_of
from localaws.cdn.signing import distribution_of
from localaws.execution.service import ThrottledError, new_trace_id
from localaws.front.answers import (
    BAD_GATEWAY,
    FORBIDDEN,
    INVALID_SIGNATURE,
    NOT_FOUND,
    THROTTLED,
    TOO_LARGE,
    Answer,
    refuse,
)
from localaws.front.cors import Cors, is_preflight
from localaws.front.delivery import Delivery
from localaws.front.event import Arrival, build_event
from localaws.front.relay import Relay
from localaws.front.url_access import NO_AUTHORIZATION, check_distribution, check_public, check_signed
from localaws.http_body import BodyTooLargeError, receive
from localaws.sigv4 import Credentials, ReceivedRequest, Scope, SignatureError, WrongSignatureError, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.execution.deployment import Deployment
    from localaws.execution.service import LambdaService
    from localaws.policy import Statement

    Authenticate = Callable[[ReceivedRequest, Scope, Callable[[str], Credentials | None], datetime], Credentials]

MAX_REQUEST_BYTES = 6 * 1024 * 1024
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


class FunctionUrlFront:
    """Answers one URL's requests; `authenticate` finds out whose signature a request has, or raises SignatureError."""

    def __init__(
        self,
        target: UrlTarget,
        service: LambdaService,
        identities: Identities,
        authenticate: Authenticate = verify,
    ) -> None:
        self._target = target
        self._service = service
        self._identities = identities
        self._authenticate = authenticate

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
        except (SignatureError, AccessDeniedError) as error:
            sys.stderr.write(f"localaws: 403 {request.method} {request.path}: {error}\n")
            return _refuse(INVALID_SIGNATURE if isinstance(error, WrongSignatureError) else FORBIDDEN, headers)
        except ThrottledError:
            return _refuse(THROTTLED, headers)

    def _authorize(self, received: ReceivedRequest, settings: UrlSettings) -> Credentials | None:
        arn, policy = settings.function_arn, self._target.policy()
        owner = arn.split(":")[4]
        if settings.auth_type == NO_AUTHORIZATION:
            check_public(arn, Policies(resource=policy, owner=owner))
            return None
        scope = Scope(settings.region, "lambda")
        caller = self._authenticate(received, scope, self._identities.credentials, datetime.now(UTC))
        if distribution := distribution_of(caller, received):
            check_distribution(distribution, arn, Policies(resource=policy, owner=owner))
            return caller
        policies = replace(self._identities.policies(caller), resource=policy, owner=owner)
        check_signed(principal_of(caller), arn, policies)
        return caller

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
        added = {"x-amzn-RequestId": invocation.request_id, **headers}
        delivery = Delivery(invocation.request_id, added, refuse=lambda _: refuse(BAD_GATEWAY, added))
        relay = Relay(request, invocation.output, delivery)
        return await (relay.stream() if settings.invoke_mode == STREAMED else relay.buffer())


def _refuse(answer: Answer, headers: dict[str, str]) -> web.Response:
    return refuse(answer, {"x-amzn-RequestId": str(uuid.uuid4()), **headers})
