"""What is known of a CloudFront distribution in front of a Function URL. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

HASH_HEADER = "x-amz-content-sha256"
"""CloudFront signs for the body's hash that a request names here; it reads no body.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
"""
BLOCKED = "block access from your country"
"""CloudFront's own words, on the page that viewers of such a country get."""
DOMAIN = ".cloudfront.net"
CODES = re.compile(r"[A-Z]{2}(,[A-Z]{2})*")


class Listing(StrEnum):
    """What a list of countries is."""

    ALLOW = "allow"
    DENY = "deny"
    ALL = "all"


RESTRICTIONS = {"whitelist": Listing.ALLOW, "blacklist": Listing.DENY, "none": Listing.ALL}


@dataclass(frozen=True, slots=True)
class Countries:
    """Whose viewers are let in: those of the countries `codes` only, those of all others, or everyone."""

    listing: Listing = Listing.ALL
    codes: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `allow=CZ,SK`, `deny=US` or `all`; raises ValueError for anything else."""
        listing, _, codes = text.partition("=")
        if text == Listing.ALL:
            return cls()
        if listing not in {Listing.ALLOW, Listing.DENY} or not CODES.fullmatch(codes):
            raise ValueError(text)
        return cls(Listing(listing), frozenset(codes.split(",")))

    @classmethod
    def of_distribution(cls, config: Mapping[str, Any]) -> Self:
        """Reads CloudFront's DistributionConfig."""
        restriction = config.get("Restrictions", {}).get("GeoRestriction", {})
        return cls(RESTRICTIONS[restriction.get("RestrictionType", "none")], frozenset(restriction.get("Items", ())))

    def __str__(self) -> str:
        return f"{self.listing}={','.join(sorted(self.codes))}" if self.codes else str(Listing.ALL)


@dataclass(frozen=True, slots=True)
class Cdn:
    """A distribution; what is None isn't known, or isn't to be checked.

    Attributes:
        distribution: Its id, by which its configuration and its grants are read.
        function_url: The Function URL behind it; where it is None the function's configuration tells.
        countries: Whose viewers it must let in.
        blocked_via: URL of a proxy in a country that must be shut out.
        blocked_header: Name and value of a header that stands for such a country, as the local AWS has one.
    """

    distribution: str | None = None
    function_url: str | None = None
    countries: Countries | None = None
    blocked_via: str | None = None
    blocked_header: tuple[str, str] | None = None
