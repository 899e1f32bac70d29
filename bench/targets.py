"""What the project wants to reach, as ratios in one run on one machine. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.contenders import FLOOR, NAIVE, NODE_RIC, OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.results import Results, Spread


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on what ours has of a metric.

    Attributes:
        base: Whose value the bound is a multiple of; None where it is in the metric's own unit.
        at_least: Else at most.
    """

    what: str
    metric: str
    base: str | None
    bound: float
    at_least: bool = False

    def reached(self, results: Results) -> Spread | None:
        """The ratio, or the value; None where it was not measured."""
        if self.base is None:
            return results.spread(self.metric, OURS)
        return results.ratio(self.metric, OURS, self.base)

    def is_met(self, reached: Spread) -> bool:
        """Whether the median keeps to the bound."""
        return reached.median >= self.bound if self.at_least else reached.median <= self.bound


BASES: Mapping[str, Mapping[str, str]] = {
    "runtime": {FLOOR: "the C client's", NODE_RIC: "Node.js's"},
    "chat": {NAIVE: "boto3 + http.client's", NODE_RIC: "Node.js's with the SDK"},
}
CONSTANT_MB = 1.0
"""Growth that counts as none: a buffer more or less of the allocator's."""
TARGETS = (
    Target("overhead p50", "runtime.overhead_us", FLOOR, 1.3),
    Target("overhead p50", "runtime.overhead_us", NODE_RIC, 0.35),
    Target("cold start", "chat.cold_ms", NAIVE, 0.3),
    Target("cold start", "chat.cold_ms", NODE_RIC, 0.6),
    Target("cold start to the first token over TLS", "chat.cold_token_ms", NAIVE, 0.4),
    Target("cold start to the first token over TLS", "chat.cold_token_ms", NODE_RIC, 0.7),
    Target("CPU per paced token", "chat.paced_cpu_us", NAIVE, 0.5),
    Target("CPU per paced token", "chat.paced_cpu_us", NODE_RIC, 0.25),
    Target("paced latency p50", "chat.paced_p50_us", NAIVE, 0.65),
    Target("flood", "chat.flood_kps", NAIVE, 2.3, at_least=True),
    Target("flood", "chat.flood_kps", NODE_RIC, 1.0, at_least=True),
    Target("peak RSS with TLS, MB", "chat.rss_mb", None, 26.0),
    Target("growth while 200 MB stream, MB", "chat.growth_mb", None, CONSTANT_MB),
    Target("growth while 200 MB stream, runtime alone, MB", "runtime.growth_mb", None, CONSTANT_MB),
)
