"""Fixtures of the runtime's tests."""

from collections.abc import Iterator

import pytest

from support.runtime_api import RuntimeApiServer


@pytest.fixture
def api() -> Iterator[RuntimeApiServer]:
    server = RuntimeApiServer()
    yield server
    server.stop()
