"""A distribution's settings, as far as its front obeys them. No I/O.

Source: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


class Signing(Enum):
    """When CloudFront signs what it asks of an origin; without an origin access control, never."""

    ALWAYS = "always"
    NEVER = "never"
    UNLESS_AUTHORIZED = "no-override"


class Restriction(Enum):
    """What a list of countries is."""

    ALLOWED = "whitelist"
    DENIED = "blacklist"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Countries:
    """Which countries' viewers are let in."""

    restriction: Restriction = Restriction.NONE
    codes: frozenset[str] = frozenset()

    def let_in(self, country: str | None) -> bool:
        """Tell whether a viewer is let in; one whose country isn't said is where the list wants it."""
        if country is None or self.restriction is Restriction.NONE:
            return True
        return (country.upper() in self.codes) is (self.restriction is Restriction.ALLOWED)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go: `address` is a host with its port. Times are in seconds."""

    address: str
    path: str = ""
    signing: Signing = Signing.NEVER
    read_timeout: float = 30.0
    connection_attempts: int = 3


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How requests are treated: the ids of the policies, and the code of the function for viewers' requests."""

    allowed_methods: frozenset[str]
    cache_policy_id: str = CACHING_DISABLED
    origin_request_policy_id: str = ALL_VIEWER_EXCEPT_HOST_HEADER
    response_headers_policy_id: str | None = None
    viewer_request_code: str | None = None

    @property
    def keeps_answers(self) -> bool:
        """Tell whether the cache policy lets the edge keep what it may."""
        return self.cache_policy_id == CACHING_OPTIMIZED


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution at this moment; `names` are its own domain name and its aliases."""

    identifier: str
    arn: str
    names: tuple[str, ...]
    countries: Countries
    origin: Origin
    behaviour: Behaviour
    enabled: bool = True

    @property
    def unknown_policy(self) -> str | None:
        """Return the id of a policy that the front can't obey, None when it can obey all."""
        behaviour = self.behaviour
        known = {
            behaviour.cache_policy_id: {CACHING_DISABLED, CACHING_OPTIMIZED},
            behaviour.origin_request_policy_id: {ALL_VIEWER_EXCEPT_HOST_HEADER},
        }
        return next((repr(given) for given, expected in known.items() if given not in expected), None)
