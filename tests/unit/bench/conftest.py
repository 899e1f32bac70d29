"""Results as a run would bring them."""

import pytest

from bench.contenders import CHATS, OURS, OURS_SOURCE, RUNTIMES
from bench.results import CHAT_METRICS, RUNTIME_METRICS, Results


@pytest.fixture
def results() -> Results:
    """Two rounds, in which ours has 10 and 12 of everything and each peer more: 20 and 36, 30 and 54, and so on."""
    made = Results()
    for metrics, names in ((RUNTIME_METRICS, RUNTIMES), (CHAT_METRICS, CHATS)):
        peers = [key for key in names if key not in {OURS, OURS_SOURCE}]
        for metric in metrics:
            for value in (10.0, 12.0):
                made.add(metric.key, OURS, value)
            for number, key in enumerate(peers, start=2):
                made.add(metric.key, key, 10.0 * number)
                made.add(metric.key, key, 18.0 * number)
    return made
