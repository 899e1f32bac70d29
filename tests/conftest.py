"""Settings that every test shares."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from support import clients
from support.soak import SOAK

# No deadline for one case: the machine may be busy.
# The same examples each time: what a run finds must not depend on luck. The soak looks for new ones.
settings.register_profile("sample", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, max_examples=10_000)
settings.load_profile("soak" if SOAK else "sample")


@pytest.fixture(scope="module", autouse=True)
def close_clients() -> Iterator[None]:
    """After the module's other fixtures, whose ends may still need them."""
    with clients.opened:
        yield
