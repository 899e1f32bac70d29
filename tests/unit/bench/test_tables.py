"""What is printed of the results."""

import pytest

from bench import tables
from bench.contenders import CHATS, FLOOR, NAIVE, OURS, RUNTIMES
from bench.results import CHAT_METRICS, RUNTIME_METRICS, Metric, Results


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (12345.6, "12,346"), (-0.5, "-0.50")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    """What noise changes isn't shown."""
    assert tables.number(value) == text


def test_a_table_is_one_in_plain_text_too() -> None:
    """All lines have the same length; words stand left, numbers right."""
    assert tables.table([("", "us"), ("first", "1"), ("x", "100")]) == (
        "|       |  us |\n"
        "| ----- | --: |\n"
        "| first |   1 |\n"
        "| x     | 100 |\n"
    )  # fmt: skip


def test_a_cell_has_the_median_and_the_multiple_of_ours(results: Results) -> None:
    """Ours has none of itself, and what was not measured has nothing."""
    table = tables.measured(results, CHAT_METRICS[:1], CHATS)
    assert table.splitlines()[2].split("|")[1:-1] == [
        cell.center(len(cell) + 2) if cell else cell
        for cell in (
            "cold start, ms",
            "28.0 (2.50x)".rjust(len(CHATS[NAIVE])),
            "42.0 (3.75x)".rjust(len(CHATS["node"])),
            "56.0 (5.00x)".rjust(len(CHATS["fastapi"])),
            "70.0 (6.25x)".rjust(len(CHATS["ours-boto3"])),
            "11.0".rjust(len(CHATS[OURS])),
        )
    ]


def test_a_contender_that_took_part_in_some_has_gaps(results: Results) -> None:
    """Cold starts alone, for instance."""
    results.add("runtime.cold_ms", "ours-source", 99.0)
    head, _, cold, overhead, *_ = tables.measured(results, RUNTIME_METRICS, RUNTIMES).splitlines()
    assert head.endswith(f"{RUNTIMES['ours-source']} |")
    assert cold.rpartition("|")[0].endswith(" 99.0 (9.90x) ")
    assert overhead.rpartition("|")[0].endswith(" - ")


def test_targets_are_met_missed_or_open(results: Results) -> None:
    """One line each, with the bound and what was reached."""
    del results.rounds["chat.rss_mb"]
    lines = tables.targets(results).splitlines()
    told = {tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in lines}
    assert ("overhead p50, in times the C client's", "at most 1.3", "0.42 (0.33 to 0.50)", "met") in told
    assert ("flood, in times boto3 + http.client's", "at least 2.3", "0.42 (0.33 to 0.50)", "**not met**") in told
    assert ("peak RSS with TLS, MB", "at most 26", "not measured", "") in told


def test_a_better_peer_is_named(results: Results) -> None:
    """For each metric the best of them; the floor is none, and in the fixture more chunks are the peers'."""
    sentences = tables.better_peers(results)
    assert "Chats, k tokens/s: bedrock_chat, client boto3" not in "".join(sentences)
    assert (
        "Chats, k tokens/s: FastAPI + boto3 behind a pass-through has 56.0 (40.0 to 72.0), ours 11.0 (10.0 to 12.0)"
        in sentences
    )
    assert not any("cold start" in sentence or RUNTIMES[FLOOR] in sentence for sentence in sentences)


def test_equal_values_make_no_peer_better() -> None:
    """Equal as they are shown: both have no growth to speak of."""
    results = Results({"chat.growth_mb": {NAIVE: [0.001], OURS: [0.002]}})
    assert tables.better_peers(results) == []


def test_without_ours_no_peer_is_better() -> None:
    """There is nothing to compare with."""
    metric = Metric("chat.cold_ms", "cold start, ms")
    results = Results({metric.key: {NAIVE: [1.0]}})
    assert tables.better_peers(results) == []


def test_prices_are_by_memory(results: Results) -> None:
    """At 5 ms a token; a stack that doesn't fit has none, and one that wasn't measured no line."""
    results.rounds["chat.rss_mb"][NAIVE] = [200.0]
    del results.rounds["chat.rss_mb"]["fastapi"]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in tables.costs(results, CHATS, 5, "chat.paced_cpu_us").splitlines()
    ]
    assert rows[0] == ["", "cents at 128 MB", "cents at 256 MB", "cents at 512 MB", "US$ for cold starts at 256 MB"]
    assert [CHATS[OURS], "0.87", "1.71", "3.37", "0.04"] in rows
    assert [CHATS[NAIVE], "-", "1.71", "3.37", "0.09"] in rows
    assert CHATS["fastapi"] not in [row[0] for row in rows]
