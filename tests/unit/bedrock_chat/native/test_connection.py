"""The kept connection, over real sockets: what is reused, what is sent again, and what is never sent twice."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bedrock_chat.native.connection import Exchange, HttpClient
from bedrock_chat.native.endpoint import Endpoint
from bedrock_chat.native.errors import (
    ConnectionFailed,
    ConnectionTimeout,
    MalformedResponse,
    NativeError,
    ResponseTruncated,
)
from bedrock_chat.native.http_stream import encode_request
from support.scripted_peer import CLOSE, HOLD, NO_LINGER, RESET, ScriptedPeer, Turn

REQUEST = encode_request("POST", "/", {"host": "h"}, b"question")
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\n\r\nhello"
Serve = Callable[..., tuple[ScriptedPeer, HttpClient]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a scripted peer, and a client of it."""
    peers: list[ScriptedPeer] = []
    clients: list[HttpClient] = []

    def start(*connections: list[Turn]) -> tuple[ScriptedPeer, HttpClient]:
        peers.append(ScriptedPeer(*connections))
        clients.append(HttpClient(Endpoint("127.0.0.1", peers[-1].port, secure=False), {}, 5))
        return peers[-1], clients[-1]

    yield start
    for client in clients:
        client.close()
    for peer in peers:
        peer.stop()


def body_of(exchange: Exchange) -> bytes:
    body = b""
    while piece := exchange.read(5):
        body += piece
    return body


def ask(client: HttpClient, timeout_s: float = 5) -> bytes:
    return body_of(client.exchange(REQUEST, timeout_s))


def test_a_connection_serves_many_requests(serve: Serve) -> None:
    """While both sides keep it."""
    peer, client = serve([Turn([SIZED]), Turn([CHUNKED + b"2\r\nhi\r\n", b"0\r\n\r\n"]), Turn([SIZED])])
    assert [ask(client) for _ in range(3)] == [b"hello", b"hi", b"hello"]
    assert peer.requests == [(0, REQUEST)] * 3


@pytest.mark.parametrize("answer", [LAST, UNTIL_CLOSED])
def test_a_connection_that_ends_with_its_response_is_not_reused(serve: Serve, answer: bytes) -> None:
    """The next request opens another."""
    peer, client = serve([Turn([answer], CLOSE)])
    assert [ask(client), ask(client)] == [b"hello", b"hello"]
    assert [number for number, _ in peer.requests] == [0, 1]


@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_a_connection_that_the_peer_closed_while_idle_is_replaced(serve: Serve, end: str) -> None:
    """Nothing is sent into it."""
    peer, client = serve([Turn([SIZED], end)], [Turn([SIZED])])
    assert ask(client) == b"hello"
    assert peer.hung_up.acquire(timeout=5)
    assert ask(client) == b"hello"
    assert peer.requests == [(0, REQUEST), (1, REQUEST)]


def test_an_idle_connection_that_speaks_unasked_is_replaced(serve: Serve) -> None:
    """A server that gives up an idle connection may say so with a 408."""
    peer, client = serve([Turn([SIZED + b"HTTP/1.1 408 Request Timeout\r\n\r\n"])])
    assert [ask(client), ask(client)] == [b"hello", b"hello"]
    assert [number for number, _ in peer.requests] == [0, 1]


@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_a_request_that_met_the_peers_hanging_up_is_sent_again(serve: Serve, end: str) -> None:
    """Once, on a new connection."""
    peer, client = serve([Turn([SIZED]), Turn([], end)], [Turn([SIZED])])
    assert [ask(client), ask(client)] == [b"hello", b"hello"]
    assert [number for number, _ in peer.requests] == [0, 0, 1]


def test_it_is_sent_again_only_once(serve: Serve) -> None:
    """A peer that always hangs up is a failure."""
    peer, client = serve([Turn([SIZED]), Turn([], CLOSE)], [Turn([], CLOSE)])
    ask(client)
    with pytest.raises(ConnectionFailed, match="without an answer"):
        ask(client)
    assert [number for number, _ in peer.requests] == [0, 0, 1]


@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_a_first_request_is_never_sent_again(serve: Serve, end: str) -> None:
    """The peer had it, and may have begun to work on it."""
    peer, client = serve([Turn([], end)])
    with pytest.raises(ConnectionFailed):
        ask(client)
    assert len(peer.requests) == 1


@pytest.mark.parametrize(("end", "kind"), [(CLOSE, ResponseTruncated), (RESET, ConnectionFailed)])
def test_a_request_is_not_sent_again_once_an_answer_has_begun(serve: Serve, end: str, kind: type[NativeError]) -> None:
    """However little of it came."""
    peer, client = serve([Turn([SIZED]), Turn([b"H"], end)])
    ask(client)
    with pytest.raises(kind):
        ask(client)
    assert len(peer.requests) == 2


def test_a_request_is_not_sent_again_after_a_timeout(serve: Serve) -> None:
    """The peer may be working on it."""
    peer, client = serve([Turn([SIZED]), Turn([], HOLD)])
    ask(client)
    with pytest.raises(ConnectionTimeout):
        client.exchange(REQUEST, 0.3)
    assert len(peer.requests) == 2


def test_a_body_arrives_as_it_is_sent(serve: Serve) -> None:
    """The first piece is there while the peer holds the rest back."""
    _, client = serve([Turn([CHUNKED + b"5\r\nhello\r\n"], HOLD)])
    exchange = client.exchange(REQUEST, 5)
    assert exchange.head.status == 200
    assert exchange.read(5) == b"hello"
    with pytest.raises(ConnectionTimeout, match="timed out"):
        exchange.read(0.05)
    exchange.close()


BREAKS: dict[str, tuple[Turn, bytes, type[NativeError]]] = {
    "closed in a chunk": (Turn([CHUNKED + b"5\r\nhel"], CLOSE), b"hel", ResponseTruncated),
    "closed between chunks": (Turn([CHUNKED + b"3\r\nhel\r\n"], CLOSE), b"hel", ResponseTruncated),
    "closed in a sized body": (Turn([SIZED[:-1]], CLOSE), b"hell", ResponseTruncated),
    "a wrong chunk": (Turn([CHUNKED + b"3\r\nhel\r\nlo\r\n"]), b"hel", MalformedResponse),
    "a wrong chunk later": (Turn([CHUNKED + b"3\r\nhel\r\n", b"lo\r\n"]), b"hel", MalformedResponse),
}


@pytest.mark.parametrize(("turn", "body", "kind"), BREAKS.values(), ids=BREAKS)
def test_what_came_before_a_break_is_read_first(serve: Serve, turn: Turn, body: bytes, kind: type[NativeError]) -> None:
    """And the connection is not used again."""
    peer, client = serve([turn], [Turn([SIZED])])
    exchange = client.exchange(REQUEST, 5)
    assert exchange.read(5) == body
    for _ in range(2):
        with pytest.raises(kind):
            exchange.read(5)
    assert ask(client) == b"hello"
    assert peer.accepted == 2


def test_a_response_that_is_none_is_refused(serve: Serve) -> None:
    """Before anything of it is handed out."""
    _, client = serve([Turn([b"SSH-2.0-OpenSSH\r\n\r\n"])])
    with pytest.raises(MalformedResponse):
        ask(client)


def test_an_answer_to_half_a_request_is_heard() -> None:
    """A server may refuse a large request and hang up before its end; its reason counts, not the broken pipe."""

    def refuse(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(1_000)
            peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            peer.shutdown(socket.SHUT_RD)
            peer.shutdown(socket.SHUT_WR)

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        refused = threads.submit(refuse, listener)
        client = HttpClient(Endpoint("127.0.0.1", listener.getsockname()[1], secure=False), {}, 5)
        exchange = client.exchange(encode_request("POST", "/", {"host": "h"}, bytes(50_000_000)), 5)
        assert exchange.head.status == 413
        refused.result(5)


def test_half_a_request_without_an_answer_is_a_failure() -> None:
    """What is told is that it could not be sent."""

    def hang_up(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        peer.recv(1_000)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        peer.close()

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        hung_up = threads.submit(hang_up, listener)
        client = HttpClient(Endpoint("127.0.0.1", listener.getsockname()[1], secure=False), {}, 5)
        with pytest.raises(ConnectionFailed, match=r"^sending failed"):
            client.exchange(bytes(50_000_000), 5)
        hung_up.result(5)


def test_exchanges_may_overlap(serve: Serve) -> None:
    """Each has a connection of its own."""
    peer, client = serve([Turn([CHUNKED + b"1\r\na\r\n"], HOLD)])
    first, second = client.exchange(REQUEST, 5), client.exchange(REQUEST, 5)
    assert (second.read(5), first.read(5)) == (b"a", b"a")
    assert peer.accepted == 2
    first.close()
    second.close()


def test_hanging_up_reaches_the_peer(serve: Serve) -> None:
    """The model need not write on for nobody."""
    peer, client = serve([Turn([CHUNKED + b"1\r\na\r\n"])])
    exchange = client.exchange(REQUEST, 5)
    exchange.close()
    assert peer.hung_up.acquire(timeout=5)


def test_nobody_there_is_a_failure() -> None:
    """With the place that was called."""
    client = HttpClient(Endpoint("127.0.0.1", 1, secure=False), {}, 5)
    with pytest.raises(ConnectionFailed, match=r"connecting to 127\.0\.0\.1:1 failed"):
        client.exchange(REQUEST, 5)


def test_a_peer_that_does_not_accept_is_a_timeout() -> None:
    """After the connect timeout."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex(address)
        client = HttpClient(Endpoint("127.0.0.1", address[1], secure=False), {}, 0.05)
        with pytest.raises(ConnectionTimeout):
            client.exchange(REQUEST, 5)
        for filler in fillers:
            filler.close()


def test_a_request_that_the_peer_does_not_read_is_a_timeout() -> None:
    """Not a wait without end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = HttpClient(Endpoint("127.0.0.1", listener.getsockname()[1], secure=False), {}, 5)
        with pytest.raises(ConnectionTimeout, match="sending failed"):
            client.exchange(bytes(50_000_000), 0.1)
