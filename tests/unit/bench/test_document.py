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
    assert "has no client but boto3" not in page


def test_a_quick_run_says_that_it_is_one(results: Results) -> None:
    """Nobody shall quote it."""
    page = document(Run(results, FACTS, 1, quick=True))
    assert "one run of 1 round on" in page
    assert "numbers mean nothing" in page


def test_an_archive_without_our_client_leaves_targets_open(results: Results) -> None:
    """They are neither met nor missed."""
    for contenders in results.rounds.values():
        contenders.pop(OURS)
    page = document(Run(results, FACTS, 2, quick=False))
    assert "has no client but boto3" in page
    assert "Nowhere in this run." in page


def test_peers_that_are_better_are_listed(results: Results) -> None:
    """One line each."""
    assert "\n- Chats, bulk, MB/s: FastAPI + boto3 behind a pass-through has " in document(
        Run(results, FACTS, 2, quick=False)
    )
