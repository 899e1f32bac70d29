"""How often a method may be called: token buckets, and which of a stage's settings count for a method. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsFloat, cast

from localaws.rest.refusal import Refusal, ResponseType

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from localaws.rest.exchange import Stage
    from localaws.rest.routing import Route

EVERY_METHOD = "*/*"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Requests a second in the long run, and at once."""

    rate: float
    burst: int


class Throttles:
    """A bucket of tokens for whatever is limited, by any key."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def take(self, key: Hashable, limit: RateLimit, now: float) -> None:
        """Take a token, at `now` in seconds; Refusal when there is none. A bucket is full at first."""
        tokens, filled_at = self._buckets.get(key, (float(limit.burst), now))
        tokens = min(limit.burst, tokens + max(0.0, now - filled_at) * limit.rate)
        admitted = tokens >= 1
        self._buckets[key] = (tokens - admitted, now)
        if not admitted:
            raise Refusal(ResponseType.THROTTLED, reason=f"more than {limit} of {key}")


def method_limit(stage: Stage, route: Route, http_method: str) -> RateLimit | None:
    """Return the limit of each method on its own, None where the account's counts, which is not applied here.

    The settings of a path and method count before those of all methods; in their names `~1` stands for a slash.
    """
    path = route.resource.path.replace("/", "~1")
    names = (f"{path}/{http_method}", f"{path}/{route.method.name}", f"{path}/*", EVERY_METHOD)
    settings = next((stage.method_settings[name] for name in names if name in stage.method_settings), {})
    return rate_limit(settings, "throttlingRateLimit", "throttlingBurstLimit")


def rate_limit(settings: Mapping[str, object], rate_name: str, burst_name: str) -> RateLimit | None:
    """Return the limit that settings of the API hold, None when they have none: -1 is none."""
    rate, burst = (float(cast("SupportsFloat", settings.get(name, -1))) for name in (rate_name, burst_name))
    return RateLimit(rate, int(burst)) if rate >= 0 and burst >= 0 else None
