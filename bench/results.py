"""What was measured, and the ratios of it. No I/O."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PERCENTILE_STEPS = 100


@dataclass(frozen=True, slots=True)
class Metric:
    """A column.

    Attributes:
        key: Group and name, as in `chat.cold_ms`.
        more_is_better: Else less is.
    """

    key: str
    title: str
    more_is_better: bool = False


RUNTIME_METRICS = (
    Metric("runtime.cold_ms", "cold start, ms"),
    Metric("runtime.overhead_us", "overhead p50, µs"),
    Metric("runtime.flood_kps", "k chunks/s", more_is_better=True),
    Metric("runtime.flood_cpu_us", "flood CPU, µs/chunk"),
    Metric("runtime.paced_cpu_us", "paced CPU, µs/token"),
    Metric("runtime.bulk_mbps", "bulk, MB/s", more_is_better=True),
    Metric("runtime.paced_p50_us", "token p50, µs"),
    Metric("runtime.paced_p99_us", "token p99, µs"),
    Metric("runtime.rss_mb", "peak RSS, MB"),
    Metric("runtime.growth_mb", "growth over 200 MB, MB"),
)
CHAT_METRICS = (
    Metric("chat.cold_ms", "cold start, ms"),
    Metric("chat.cold_token_ms", "to the first token over TLS, ms"),
    Metric("chat.reply_ms", "warm reply of 5 tokens, ms"),
    Metric("chat.flood_kps", "k tokens/s", more_is_better=True),
    Metric("chat.flood_cpu_us", "flood CPU, µs/token"),
    Metric("chat.paced_cpu_us", "paced CPU, µs/token"),
    Metric("chat.burst_cpu_us", "bursts CPU, µs/token"),
    Metric("chat.paced_p50_us", "paced p50, µs"),
    Metric("chat.paced_p99_us", "paced p99, µs"),
    Metric("chat.burst_p50_us", "bursts p50, µs"),
    Metric("chat.burst_p99_us", "bursts p99, µs"),
    Metric("chat.bulk_mbps", "bulk, MB/s", more_is_better=True),
    Metric("chat.rss_mb", "peak RSS with TLS, MB"),
    Metric("chat.growth_mb", "growth over 200 MB, MB"),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """A median, and the least and the greatest of what it is the median of."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Results:
    """One value for each metric, contender and round; `rounds` is by metric, then by contender."""

    rounds: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, metric: str, contender: str, value: float) -> None:
        """Adds the next round's value."""
        self.rounds.setdefault(metric, {}).setdefault(contender, []).append(value)

    def spread(self, metric: str, contender: str) -> Spread | None:
        """The values of all rounds; None where there is none."""
        values = self.rounds.get(metric, {}).get(contender)
        return Spread.of(values) if values else None

    def ratio(self, metric: str, contender: str, base: str) -> Spread | None:
        """How many times the base's value a contender's is, round by round; None where one of them has none."""
        ours, theirs = (self.rounds.get(metric, {}).get(key, []) for key in (contender, base))
        ratios = [one / other for one, other in zip(ours, theirs, strict=False) if other]
        return Spread.of(ratios) if ratios else None

    def best(self, metric: Metric, contenders: Sequence[str]) -> str | None:
        """Which of the contenders has the best median."""
        medians = {key: found.median for key in contenders if (found := self.spread(metric.key, key))}
        choose = max if metric.more_is_better else min
        return choose(medians, key=medians.__getitem__) if medians else None


def percentile(values: Sequence[float], percent: int) -> float:
    """The least value that so many percent of the values don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / PERCENTILE_STEPS) - 1)]
