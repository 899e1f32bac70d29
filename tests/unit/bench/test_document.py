"""The page of the results."""

from bench.contenders import OURS
from bench.document import CHAT_PLOT, RUNTIME_PLOT, Run, document
from bench.results import Results

FACTS = {"Machine": "2 x something"}


def test_the_page_says_what_was_measured_and_on_what(results: Results) -> None:
    """Tables, plots and the machine."""
    page = document(Run(results, FACTS, 2, quick=False))
    assert page.startswith("# Benchmarks\n")
    assert "one run of 2 rounds on one machine" in page
    assert "- Machine: 2 x something\n" in page
    assert f"({CHAT_PLOT})" in page
    assert f"({RUNTIME_PLOT})" in page
    assert "numbers mean nothing" not in page


def test_a_quick_run_says_that_it_is_one(results: Results) -> None:
    """Nobody shall quote it."""
    page = document(Run(results, FACTS, 1, quick=True))
    assert "one run of 1 round on" in page
    assert "numbers mean nothing" in page


def test_no_better_peer_is_said_too(results: Results) -> None:
    """So that nobody thinks that it was not looked at."""
    for contenders in results.rounds.values():
        contenders[OURS] = [0.0, 0.0]
    for metric in ("runtime.flood_kps", "runtime.bulk_mbps", "chat.flood_kps", "chat.bulk_mbps"):
        results.rounds[metric][OURS] = [999.0, 999.0]
    assert "Nowhere in this run." in document(Run(results, FACTS, 2, quick=False))


def test_peers_that_are_better_are_listed(results: Results) -> None:
    """One line each."""
    assert "\n- Chats, bulk, MB/s: FastAPI + boto3 behind a pass-through has " in document(
        Run(results, FACTS, 2, quick=False)
    )
