"""Medians, ratios and percentiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.contenders import FASTAPI, FLOOR, NAIVE, OURS
from bench.results import Metric, Results, Spread, percentile

LESS = Metric("chat.cold_ms", "cold start, ms")
MORE = Metric("chat.cold_ms", "cold start, ms", more_is_better=True)


def results_of(**rounds: list[float]) -> Results:
    return Results({"chat.cold_ms": dict(rounds)})


def test_a_spread_is_the_median_and_its_limits() -> None:
    """Not the mean: one disturbed round must not count."""
    results = results_of(ours=[3.0, 100.0, 1.0])
    assert results.spread("chat.cold_ms", OURS) == Spread(3.0, 1.0, 100.0)


def test_ratios_are_taken_round_by_round() -> None:
    """A busy round slows both: 2, 2 and 3 times, although the medians are 4 and 1."""
    results = results_of(ours=[2.0, 20.0, 3.0], naive=[1.0, 10.0, 1.0])
    assert results.ratio("chat.cold_ms", OURS, NAIVE) == Spread(2.0, 2.0, 3.0)


@pytest.mark.parametrize("base", [[], [0.0]], ids=["not measured", "nought"])
def test_there_is_no_ratio_to_nothing(base: list[float]) -> None:
    """Memory that didn't grow is no measure."""
    assert results_of(ours=[2.0], naive=base).ratio("chat.cold_ms", OURS, NAIVE) is None


def test_what_was_not_measured_has_no_spread() -> None:
    """Neither an unknown metric nor a contender that was left out."""
    assert results_of(ours=[1.0]).spread("chat.cold_ms", NAIVE) is None
    assert Results().spread("chat.cold_ms", OURS) is None


def test_values_are_added_round_by_round() -> None:
    """In the order of the rounds."""
    results = Results()
    results.add("chat.cold_ms", OURS, 1.0)
    results.add("chat.cold_ms", OURS, 2.0)
    assert results.rounds == {"chat.cold_ms": {"ours": [1.0, 2.0]}}


@pytest.mark.parametrize(("metric", "best"), [(LESS, FLOOR), (MORE, NAIVE)])
def test_the_best_has_the_least_or_the_most(metric: Metric, best: str) -> None:
    """As the metric says; who was not measured is not the best."""
    results = results_of(c=[1.0], naive=[9.0], ours=[5.0])
    assert results.best(metric, [FLOOR, NAIVE, OURS, FASTAPI]) == best


def test_nobody_is_the_best_of_nothing() -> None:
    """A metric may be left out."""
    assert Results().best(LESS, [OURS]) is None


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 50), (99, 99), (100, 100)])
def test_percentiles_of_the_first_hundred_numbers(percent: int, expected: float) -> None:
    """Nearest rank, whatever the order."""
    assert percentile(list(range(100, 0, -1)), percent) == expected


@given(st.lists(st.floats(allow_nan=False), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_enough_do_not_exceed(values: list[float], percent: int) -> None:
    """And no smaller value has that property."""
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)
