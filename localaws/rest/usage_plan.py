"""API keys, and how often each may be used under its usage plan. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html and, for offsets,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-apigateway-usageplan-quotasettings.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from localaws.rest.refusal import Refusal, ResponseType

if TYPE_CHECKING:
    from localaws.rest.throttling import RateLimit, Throttles

SUNDAY_AFTER = 1
"""A week begins on Sunday, a day before Python's."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the account."""

    id: str
    value: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests in a DAY, WEEK or MONTH, which begins `offset` days after midnight, Sunday or the first."""

    limit: int
    period: str
    offset: int = 0

    def began(self, now: datetime) -> datetime:
        """Return when the period that `now` is in began."""
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self.period == "DAY":
            return midnight
        if self.period == "WEEK":
            return midnight - timedelta(days=(midnight.weekday() + SUNDAY_AFTER - self.offset) % 7)
        first = midnight.replace(day=self.offset + 1)  # offset is 27 at most
        in_last_month = midnight.replace(day=1) - timedelta(days=1)
        return first if first <= midnight else in_last_month.replace(day=first.day)


@dataclass(frozen=True, slots=True)
class UsagePlan:
    """A plan that has a key and a stage."""

    id: str
    throttle: RateLimit | None = None
    quota: Quota | None = None


class UsageMeter:
    """Counts the use of every key under every plan; `throttles` may be shared with what else is limited."""

    def __init__(self, throttles: Throttles) -> None:
        self.throttles = throttles
        self._used: dict[tuple[str, str], tuple[datetime, int]] = {}

    def use(self, key: ApiKey | None, plan: UsagePlan | None, now: datetime) -> None:
        """Count a request; Refusal when the key doesn't open the API, or was used too often."""
        if key is None or plan is None or not key.enabled:
            reason = f"the API key {key.id} is disabled or in no plan of the stage" if key else "no such API key"
            raise Refusal(ResponseType.INVALID_API_KEY, reason=reason)
        if plan.throttle:
            self.throttles.take((plan.id, key.id), plan.throttle, now.timestamp())
        if plan.quota:
            self._count(key, plan.id, plan.quota, now)

    def _count(self, key: ApiKey, plan_id: str, quota: Quota, now: datetime) -> None:
        began, name = quota.began(now), (plan_id, key.id)
        last, used = self._used.get(name, (began, 0))
        used = used if last == began else 0
        if used >= quota.limit:
            raise Refusal(ResponseType.QUOTA_EXCEEDED, reason=f"{used} requests with {key.id} since {began}")
        self._used[name] = (began, used + 1)
