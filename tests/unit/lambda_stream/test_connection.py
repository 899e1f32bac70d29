"""Sending to a socket that takes less than it is given."""

import socket
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_stream.connection import Connection


class SlowSocket:
    """Takes at most `limit` bytes of a gathered write, as a socket does that a signal interrupts."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.received = b""

    def sendmsg(self, buffers: tuple[bytes, ...]) -> int:
        taken = b"".join(buffers)[: self.limit]
        self.received += taken
        return len(taken)

    def sendall(self, data: bytes) -> None:
        self.received += data


@given(st.lists(st.binary(max_size=20), max_size=6), st.integers(0, 60))
def test_what_a_socket_does_not_take_at_once_follows(buffers: list[bytes], limit: int) -> None:
    """Each byte once, in order, wherever the write was interrupted."""
    slow = SlowSocket(limit)
    Connection._send(cast("socket.socket", slow), tuple(buffers))  # noqa: SLF001 - no real socket does this on demand
    assert slow.received == b"".join(buffers)


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1:9001", ("127.0.0.1", 9001)), ("api", ("api", 80)), ("[::1]:9001", ("::1", 9001))],
)
def test_the_runtime_apis_address_is_read(host: str, address: tuple[str, int]) -> None:
    """As Lambda writes it, and as others may."""
    assert Connection(host)._address == address  # noqa: SLF001 - connecting to each would need each
