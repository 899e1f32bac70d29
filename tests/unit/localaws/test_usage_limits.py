"""Throttles and quotas, with a clock of their own."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.rest.document import Method, Resource
from localaws.rest.refusal import Refusal, ResponseType
from localaws.rest.routing import Route
from localaws.rest.throttling import RateLimit, Throttles, method_limit, rate_limit
from localaws.rest.usage_plan import ApiKey, Quota, UsageMeter, UsagePlan
from support.rest import make_exchange

NOW = datetime(2026, 11, 20, 6, 7, 8, tzinfo=UTC)  # a Friday
KEY = ApiKey("k1", "value", enabled=True)
TWO_A_SECOND = RateLimit(2, 3)


def is_admitted(throttles: Throttles, now: float, key: str = "a", limit: RateLimit = TWO_A_SECOND) -> bool:
    try:
        throttles.take(key, limit, now)
    except Refusal as refusal:
        return refusal.kind is not ResponseType.THROTTLED
    return True


def admitted(throttles: Throttles, now: float, key: str = "a", limit: RateLimit = TWO_A_SECOND) -> int:
    """How many requests pass at this moment."""
    return len(list(itertools.takewhile(lambda _: is_admitted(throttles, now, key, limit), range(100))))


def test_a_burst_and_then_the_rate() -> None:
    """Every key has its own."""
    throttles = Throttles()
    assert [admitted(throttles, at) for at in (0, 0, 0.4, 0.5, 1.5, 60)] == [3, 0, 0, 1, 2, 3]
    assert admitted(throttles, 60, "b") == 3


def test_nothing_passes_a_burst_of_nothing() -> None:
    """Which is how a method is closed."""
    assert admitted(Throttles(), 0, limit=RateLimit(0, 0)) == 0


def test_a_changed_limit_counts_at_once() -> None:
    """A smaller burst takes tokens away."""
    throttles = Throttles()
    throttles.take("a", RateLimit(0, 10), 0)
    assert admitted(throttles, 0, limit=RateLimit(0, 2)) == 2


@given(st.lists(st.floats(0, 2), max_size=50))
def test_never_more_than_the_burst_and_the_rate(pauses: list[float]) -> None:
    """However the requests come."""
    throttles, now, passed = Throttles(), 0.0, 0
    for pause in pauses:
        now += pause
        passed += is_admitted(throttles, now)
        assert passed <= TWO_A_SECOND.burst + now * TWO_A_SECOND.rate + 1e-6


def settings(rate: float) -> dict[str, object]:
    return {"throttlingRateLimit": rate, "throttlingBurstLimit": 5}


@pytest.mark.parametrize(
    ("names", "rate"),
    [
        pytest.param([], None, id="none"),
        pytest.param(["*/*"], 0, id="every method"),
        pytest.param(["*/*", "~1chat~1{id}/GET", "~1chat/POST"], 0, id="another method"),
        pytest.param(["*/*", "~1chat~1{id}/*"], 1, id="all of a path"),
        pytest.param(["*/*", "~1chat~1{id}/*", "~1chat~1{id}/ANY"], 2, id="the method as it is declared"),
        pytest.param(["~1chat~1{id}/ANY", "~1chat~1{id}/POST"], 1, id="the method itself"),
    ],
)
def test_the_nearest_settings_count(names: list[str], rate: float | None) -> None:
    """Those of path and method before those of all."""
    exchange = make_exchange(method_settings={name: settings(number) for number, name in enumerate(names)})
    limit = method_limit(exchange.stage, exchange.route, "POST")
    assert limit == (None if rate is None else RateLimit(rate, 5))


def test_the_root_has_a_name_too() -> None:
    """A slash alone."""
    exchange = make_exchange("/live/", method_settings={"~1/POST": settings(3)})
    assert method_limit(exchange.stage, exchange.route, "POST") == RateLimit(3, 5)
    route = Route(Resource("/", {}), Method("GET", None), {})
    assert method_limit(exchange.stage, route, "GET") is None


@pytest.mark.parametrize("value", [{}, {"r": -1, "b": -1}, {"r": 5, "b": -1}, {"b": 5}])
def test_minus_one_is_no_limit(value: dict[str, object]) -> None:
    """Only both make one."""
    assert rate_limit(value, "r", "b") is None
    assert rate_limit({"r": "0.5", "b": "2"}, "r", "b") == RateLimit(0.5, 2)


@pytest.mark.parametrize(
    ("quota", "now", "began"),
    [
        (Quota(1, "DAY"), NOW, "2026-11-20"),
        (Quota(1, "DAY"), NOW.astimezone(timezone(timedelta(hours=-8))), "2026-11-20"),
        (Quota(1, "WEEK"), NOW, "2026-11-15"),
        (Quota(1, "WEEK", 5), NOW, "2026-11-20"),
        (Quota(1, "WEEK", 6), NOW, "2026-11-14"),
        (Quota(1, "MONTH"), NOW, "2026-11-01"),
        (Quota(1, "MONTH", 19), NOW, "2026-11-20"),
        (Quota(1, "MONTH", 20), NOW, "2026-10-21"),
        (Quota(1, "MONTH", 27), NOW.replace(month=1), "2025-12-28"),
        (Quota(1, "MONTH", 27), NOW.replace(month=3, day=1), "2026-02-28"),
        (Quota(1, "MONTH", 1), NOW.replace(month=3, day=1), "2026-02-02"),
    ],
)
def test_when_a_period_began(quota: Quota, now: datetime, began: str) -> None:
    """At midnight in UTC, on Sunday, on the first, or so many days later."""
    assert quota.began(now) == datetime.fromisoformat(began).replace(tzinfo=UTC)


PERIODS = [("DAY", 0), *(("WEEK", offset) for offset in range(7)), *(("MONTH", offset) for offset in range(28))]


@given(st.sampled_from(PERIODS), st.datetimes(min_value=datetime(2, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_period_is_never_in_the_future(kind: tuple[str, int], now: datetime) -> None:
    """And no longer ago than it lasts."""
    longest = {"DAY": 1, "WEEK": 7, "MONTH": 31}
    assert timedelta() <= now - Quota(1, *kind).began(now) < timedelta(days=longest[kind[0]])


def use(
    meter: UsageMeter, plan: UsagePlan | None, key: ApiKey | None = KEY, now: datetime = NOW
) -> ResponseType | None:
    """Why a use is refused, None when it isn't."""
    try:
        meter.use(key, plan, now)
    except Refusal as refusal:
        return refusal.kind
    return None


def test_a_quota_is_spent_and_comes_back() -> None:
    """For each key under each plan on its own."""
    meter, plan = UsageMeter(Throttles()), UsagePlan("p", quota=Quota(2, "DAY"))
    assert [use(meter, plan) for _ in range(3)] == [None, None, ResponseType.QUOTA_EXCEEDED]
    assert use(meter, UsagePlan("q", quota=plan.quota)) is None
    assert use(meter, plan, ApiKey("k2", "other", enabled=True)) is None
    assert use(meter, plan, now=NOW + timedelta(days=1)) is None


def test_a_throttled_use_is_not_counted() -> None:
    """It takes nothing of the quota."""
    meter, plan = UsageMeter(Throttles()), UsagePlan("p", RateLimit(1, 1), Quota(2, "DAY"))
    assert [use(meter, plan) for _ in range(3)] == [None, ResponseType.THROTTLED, ResponseType.THROTTLED]
    later = [use(meter, plan, now=NOW + timedelta(seconds=second)) for second in (1, 2)]
    assert later == [None, ResponseType.QUOTA_EXCEEDED]


@pytest.mark.parametrize(
    ("key", "plan"),
    [(None, None), (KEY, None), (ApiKey("k1", "value", enabled=False), UsagePlan("p"))],
    ids=["no key", "no plan", "disabled"],
)
def test_keys_that_open_nothing(key: ApiKey | None, plan: UsagePlan | None) -> None:
    """All of them are forbidden."""
    assert use(UsageMeter(Throttles()), plan, key) is ResponseType.INVALID_API_KEY
    assert use(UsageMeter(Throttles()), UsagePlan("p")) is None
