"""Whether a target is met."""

import pytest

from bench.contenders import CHATS, NAIVE, OURS, RUNTIMES
from bench.results import CHAT_METRICS, RUNTIME_METRICS, Results, Spread
from bench.targets import BASES, TARGETS, Target

KNOWN = {metric.key: metric for metric in (*RUNTIME_METRICS, *CHAT_METRICS)}


@pytest.mark.parametrize(
    ("median", "at_least", "met"),
    [(1.0, False, True), (1.01, False, False), (0.5, False, True), (1.0, True, True), (0.99, True, False)],
)
def test_the_median_decides(median: float, *, at_least: bool, met: bool) -> None:
    """Not the best round and not the worst."""
    target = Target("x", "chat.cold_ms", NAIVE, 1.0, at_least=at_least)
    assert target.is_met(Spread(median, 0.0, 9.0)) is met


def test_a_target_is_a_ratio_to_its_base(results: Results) -> None:
    """10 to 20 and 12 to 36."""
    assert Target("x", "chat.cold_ms", NAIVE, 1.0).reached(results) == Spread((1 / 3 + 1 / 2) / 2, 1 / 3, 1 / 2)


def test_a_target_without_a_base_is_a_value(results: Results) -> None:
    """In the unit of its metric."""
    assert Target("x", "chat.rss_mb", None, 26.0).reached(results) == Spread(11.0, 10.0, 12.0)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.metric} {target.base}")
def test_every_target_is_about_something_that_is_measured(target: Target) -> None:
    """A metric there is, in its better direction, and a base that takes part and has a name."""
    group = target.metric.partition(".")[0]
    assert target.at_least is KNOWN[target.metric].more_is_better
    assert OURS in {"runtime": RUNTIMES, "chat": CHATS}[group]
    assert target.base is None or target.base in BASES[group]
