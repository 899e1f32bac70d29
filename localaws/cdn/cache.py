"""What an edge keeps under AWS's cache policy CachingOptimized. No I/O.

The policy's key has the path, but neither the query nor a header; its times are a second at least, a day by default and
a year at most.

Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html and
Expiration.html beside it, on what Cache-Control does when the least time is not zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Header = tuple[str, str]

METHOD = "GET"
"""Of the two methods that the policy is for, the one whose answers have a body."""
GOOD = 200
MIN_S, DEFAULT_S, MAX_S = 1.0, 86_400.0, 31_536_000.0
AGE = re.compile(r"(?:^|[,\s])s-maxage=(\d+)"), re.compile(r"(?:^|[,\s])max-age=(\d+)")
NOT_KEPT = re.compile(r"no-store|no-cache|private")


@dataclass(frozen=True, slots=True)
class Kept:
    """The origin's answer, and when it came, in seconds of whatever clock."""

    headers: Sequence[Header]
    body: bytes
    at_s: float


class EdgeCache:
    """Good answers by path."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def find(self, method: str, target: str, now_s: float) -> Kept | None:
        """Return the answer that is kept for a request, None when there is none that is still good."""
        kept = self._kept.get(_key(target)) if method == METHOD else None
        return kept if kept is not None and now_s - kept.at_s < _time_to_live_s(kept.headers) else None

    def keep(self, method: str, target: str, answer: Kept) -> None:
        """Keep a good answer, if it is one to the method whose answers are kept."""
        if method == METHOD:
            self._kept[_key(target)] = answer


def _key(target: str) -> str:
    return target.partition("?")[0]


def _time_to_live_s(headers: Sequence[Header]) -> float:
    control = ",".join(value.lower() for name, value in headers if name.lower() == "cache-control")
    if NOT_KEPT.search(control):
        return MIN_S
    said = next((float(found[1]) for pattern in AGE if (found := pattern.search(control))), DEFAULT_S)
    return min(max(said, MIN_S), MAX_S)
