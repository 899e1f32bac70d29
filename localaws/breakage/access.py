"""Doors that stand open: who must be refused is let through."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localaws.cdn.distribution import Countries
from localaws.cdn.signing import EDGE
from localaws.front.url_access import INVOKE_ACTION, NO_AUTHORIZATION, URL_ACTION
from localaws.identity import ACCESS_KEY_ID
from localaws.sigv4 import DATE_FORMAT, check_payload, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from localaws.breakage.active import ActiveBreakages
    from localaws.cdn.distribution import Distribution
    from localaws.cdn.front import DistributionTarget
    from localaws.execution.deployment import Deployment
    from localaws.front.function_url import UrlSettings, UrlTarget
    from localaws.policy import Statement
    from localaws.rest.exchange import Exchange
    from localaws.rest.front import RequestStep
    from localaws.sigv4 import Credentials, ReceivedRequest, Scope

OPEN = "open"
STALE = "stale-signatures"
UNCHECKED_BODIES = "unchecked-bodies"
EVERY_COUNTRY = "every-country"
ONE_CALLER = "one-caller"
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


class UnlockableDistribution:
    """A distribution that lets in every country while it is broken so; the control plane shows nothing of that."""

    def __init__(self, target: DistributionTarget, breakages: ActiveBreakages) -> None:
        self._target = target
        self._breakages = breakages

    @property
    def region(self) -> str:
        """Return the region of the function URLs."""
        return self._target.region

    def distribution(self) -> Distribution:
        """Return the distribution's settings."""
        distribution = self._target.distribution()
        return replace(distribution, countries=Countries()) if self._breakages.has(EVERY_COUNTRY) else distribution


class LenientVerifier:
    """Verifies signatures.

    While they may be stale it does so as of the time of signing; while bodies are unchecked, for whatever body came;
    while there is one caller, whoever else has signed is taken for him, but for CloudFront.
    """

    def __init__(self, breakages: ActiveBreakages) -> None:
        self._breakages = breakages

    def __call__(
        self, request: ReceivedRequest, scope: Scope, find: Callable[[str], Credentials | None], now: datetime
    ) -> Credentials:
        """Return the credentials that the request is signed with; SignatureError with the reason."""
        then = _signed_at(request, now) if self._breakages.has(STALE) else now
        check = _any_payload if self._breakages.has(UNCHECKED_BODIES) else check_payload
        caller = verify(request, scope, find, then, check)
        owner = find(ACCESS_KEY_ID) if self._breakages.has(ONE_CALLER) and caller != EDGE else None
        return owner or caller


def _any_payload(_: ReceivedRequest) -> None:
    """Nothing is wrong with it."""


def _signed_at(request: ReceivedRequest, now: datetime) -> datetime:
    """Return when a request was signed, `now` when it doesn't say."""
    with contextlib.suppress(ValueError):
        return datetime.strptime(request.header("x-amz-date") or "", DATE_FORMAT).replace(tzinfo=UTC)
    return now
