"""Doors that stand open: who must be refused is let through."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localaws.front.url_access import INVOKE_ACTION, NO_AUTHORIZATION, URL_ACTION
from localaws.sigv4 import DATE_FORMAT, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.breakage.active import ActiveBreakages
    from localaws.execution.deployment import Deployment
    from localaws.front.function_url import UrlSettings, UrlTarget
    from localaws.policy import Statement
    from localaws.rest.exchange import Exchange
    from localaws.rest.front import RequestStep
    from localaws.sigv4 import Credentials, ReceivedRequest, Scope

OPEN = "open"
STALE = "stale-signatures"
ANYONE_MAY: tuple[Statement, ...] = (
    {"Effect": "Allow", "Principal": "*", "Action": [URL_ACTION, INVOKE_ACTION], "Resource": "*"},
)


class UnlockableUrl:
    """A Function URL that asks for no credentials while it is broken open; the control plane shows nothing of that."""

    def __init__(self, target: UrlTarget, breakages: ActiveBreakages) -> None:
        self._target = target
        self._breakages = breakages

    def settings(self) -> UrlSettings:
        """Return the URL's configuration."""
        settings = self._target.settings()
        return replace(settings, auth_type=NO_AUTHORIZATION) if self._breakages.has(OPEN) else settings

    def deployment(self) -> Deployment | None:
        """Return what the URL invokes."""
        return self._target.deployment()

    def policy(self) -> Sequence[Statement]:
        """Return the statements of the function's resource policy."""
        return ANYONE_MAY if self._breakages.has(OPEN) else self._target.policy()


class UnlockableSteps:
    """The steps of a REST API that decide who may call; none of them is taken while it is broken open."""

    def __init__(self, steps: RequestStep, breakages: ActiveBreakages) -> None:
        self._steps = steps
        self._breakages = breakages

    async def __call__(self, exchange: Exchange) -> None:
        """Take the steps, at the time of the signature when that must not matter."""
        if self._breakages.has(OPEN):
            return
        arrival = exchange.arrival
        if self._breakages.has(STALE):
            exchange.arrival = replace(arrival, now=_signed_at(exchange.request, arrival.now))
        try:
            await self._steps(exchange)
        finally:
            exchange.arrival = arrival


class LenientClock:
    """Verifies signatures; while they may be stale, as if it were still the time of signing."""

    def __init__(self, breakages: ActiveBreakages) -> None:
        self._breakages = breakages

    def __call__(
        self, request: ReceivedRequest, scope: Scope, find: Callable[[str], Credentials | None], now: datetime
    ) -> Credentials:
        """Return the credentials that the request is signed with; SignatureError with the reason."""
        return verify(request, scope, find, _signed_at(request, now) if self._breakages.has(STALE) else now)


def _signed_at(request: ReceivedRequest, now: datetime) -> datetime:
    """Return when a request was signed, `now` when it doesn't say."""
    with contextlib.suppress(ValueError):
        return datetime.strptime(request.header("x-amz-date") or "", DATE_FORMAT).replace(tzinfo=UTC)
    return now
