"""The price of tokens, against sums made by hand."""

import pytest

from bench.cost import Work, usd_per_million_cold_starts, usd_per_million_tokens, usd_per_second, vcpu_share

REQUESTS = 2000 * 0.20 / 1e6
"""A million tokens are 2,000 answers of 500."""


def test_a_gigabyte_for_a_second() -> None:
    """The price that AWS names, and a quarter of the memory for a quarter of it."""
    assert usd_per_second(1024) == pytest.approx(0.0000133334)
    assert usd_per_second(256) == pytest.approx(0.0000133334 / 4)


@pytest.mark.parametrize(("memory_mb", "share"), [(1769, 1.0), (128, 128 / 1769), (3538, 1.0)])
def test_the_share_of_a_vcpu_is_the_memorys(memory_mb: int, share: float) -> None:
    """1,769 MB are one, which a single thread can't exceed."""
    assert vcpu_share(memory_mb) == pytest.approx(share)


def test_a_function_that_keeps_up_is_paid_for_waiting() -> None:
    """500 tokens at 5 ms are 2.5 s, whatever little CPU they need."""
    expected = 2000 * 2.5 * usd_per_second(256) + REQUESTS
    for cpu_us in (1.0, 700.0):
        assert usd_per_million_tokens(Work(cpu_us, 20), 256, 5) == pytest.approx(expected)


def test_a_function_that_cannot_keep_up_is_paid_for_its_work() -> None:
    """1 ms of CPU for a token is 1769 / 128 ms at that share: 6.91 s for an answer, rounded up to milliseconds."""
    expected = 2000 * 6.911 * usd_per_second(128) + REQUESTS
    assert usd_per_million_tokens(Work(1000.0, 20), 128, 5) == pytest.approx(expected)


def test_work_alone_costs_about_the_same_at_every_memory() -> None:
    """Twice the share at twice the price: only the rounding differs."""
    prices = [usd_per_million_tokens(Work(50.0, 20), memory, 0) for memory in (128, 256, 512)]
    assert prices == pytest.approx([prices[0]] * 3, rel=0.02)


def test_a_duration_is_rounded_up() -> None:
    """The least that is billed is a millisecond."""
    assert usd_per_million_tokens(Work(0.001, 20), 1769, 0) == pytest.approx(
        2000 * 0.001 * usd_per_second(1769) + REQUESTS
    )


@pytest.mark.parametrize(("rss_mb", "fits"), [(128.0, True), (128.1, False)])
def test_a_process_that_does_not_fit_has_no_price(rss_mb: float, *, fits: bool) -> None:
    """Lambda would end it."""
    assert (usd_per_million_tokens(Work(1.0, rss_mb), 128, 5) is not None) is fits


def test_cold_starts_are_billed_as_long_as_they_take() -> None:
    """Rounded up to the millisecond."""
    assert usd_per_million_cold_starts(99.2, 1024) == pytest.approx(0.1 * 13.3334)
