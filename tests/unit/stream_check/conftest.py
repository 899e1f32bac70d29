"""An endpoint to check."""

from collections.abc import Iterator

import pytest

from support.chat_server import ChatServer


@pytest.fixture
def endpoint() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server
