"""Waiting for something that happens a moment later."""

import time
from collections.abc import Callable

LIMIT_S = 10.0
PAUSE_S = 0.05


def eventually(holds: Callable[[], bool]) -> None:
    """Returns as soon as `holds()` does; fails when it still doesn't after ten seconds."""
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline, "it did not happen within ten seconds"
        time.sleep(PAUSE_S)
