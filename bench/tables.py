"""Tables of what was measured, in Markdown. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import cost
from bench.contenders import CHATS, FLOOR, OURS, OURS_BOTO3, OURS_SOURCE, RUNTIMES
from bench.results import CHAT_METRICS, RUNTIME_METRICS
from bench.targets import BASES, TARGETS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.results import Metric, Results, Spread
    from bench.targets import Target

NOTHING = "-"
WHOLE_FROM, TENTHS_FROM = 100, 10
# Who is not a peer: what can't be beaten, and what is ours.
NO_PEERS = frozenset({FLOOR, OURS, OURS_BOTO3, OURS_SOURCE})


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows, the first of which is the head, as a table that is a table in plain text too."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    # The first column is words, the others are numbers.
    lines = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    lines.insert(1, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def number(value: float) -> str:
    """Three digits, or all before the point."""
    decimals = 0 if abs(value) >= WHOLE_FROM else 1 if abs(value) >= TENTHS_FROM else 2
    return f"{value:,.{decimals}f}"


def spread(found: Spread) -> str:
    """A median with what it is the median of."""
    return f"{number(found.median)} ({number(found.low)} to {number(found.high)})"


def targets(results: Results) -> str:
    """Each target and whether it is met."""
    rows = [("target", "bound", "reached", "")]
    for target in TARGETS:
        reached = target.reached(results)
        told = ("not measured", "") if reached is None else (spread(reached), _verdict(target, reached))
        rows.append((_name(target), _bound(target), *told))
    return table(rows)


def _name(target: Target) -> str:
    if target.base is None:
        return target.what
    return f"{target.what}, in times {BASES[target.metric.partition('.')[0]][target.base]}"


def _bound(target: Target) -> str:
    return f"{'at least' if target.at_least else 'at most'} {target.bound:g}"


def _verdict(target: Target, reached: Spread) -> str:
    return "met" if target.is_met(reached) else "**not met**"


def measured(results: Results, metrics: Sequence[Metric], names: Mapping[str, str]) -> str:
    """A row for each metric, a column for each contender: the median, and what multiple of ours it is."""
    present = [key for key in names if any(results.spread(metric.key, key) for metric in metrics)]
    rows = [["", *(names[key] for key in present)]]
    rows += [[metric.title, *(_cell(results, metric, key) for key in present)] for metric in metrics]
    return table(rows)


def _cell(results: Results, metric: Metric, key: str) -> str:
    found, ratio = results.spread(metric.key, key), results.ratio(metric.key, key, OURS)
    if found is None:
        return NOTHING
    return number(found.median) + (f" ({number(ratio.median)}x)" if ratio and key != OURS else "")


def better_peers(results: Results) -> list[str]:
    """A sentence for each metric in which a peer has a better median than ours."""
    return [
        sentence
        for what, metrics, names in (("Runtimes", RUNTIME_METRICS, RUNTIMES), ("Chats", CHAT_METRICS, CHATS))
        for metric in metrics
        if (sentence := _better_peer(results, what, metric, names))
    ]


def _better_peer(results: Results, what: str, metric: Metric, names: Mapping[str, str]) -> str | None:
    best = results.best(metric, [key for key in names if key not in NO_PEERS or key == OURS])
    theirs, ours = (results.spread(metric.key, key) for key in (best or OURS, OURS))
    if best in {None, OURS} or theirs is None or ours is None:
        return None
    if number(theirs.median) == number(ours.median):
        return None
    return f"{what}, {metric.title}: {names[best]} has {spread(theirs)}, ours {spread(ours)}"


def costs(results: Results, names: Mapping[str, str], pace_ms: float, metric: str) -> str:
    """The price of a million tokens in US cents, and of a million cold starts in US$, for each chat and memory."""
    cold_mb = cost.MEMORY_MB[1]
    rows = [["", *(f"cents at {memory} MB" for memory in cost.MEMORY_MB), f"US$ for cold starts at {cold_mb} MB"]]
    for key, name in names.items():
        cpu, rss, cold = (results.spread(each, key) for each in (metric, "chat.rss_mb", "chat.cold_ms"))
        if cpu and rss and cold:
            work = cost.Work(cpu.median, rss.median)
            prices = [cost.usd_per_million_tokens(work, memory, pace_ms) for memory in cost.MEMORY_MB]
            starts = cost.usd_per_million_cold_starts(cold.median, cold_mb)
            rows.append(
                [name, *(NOTHING if price is None else f"{price * 100:.2f}" for price in prices), f"{starts:.2f}"]
            )
    return table(rows)
