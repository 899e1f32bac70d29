"""A server that answers requests with a test's own bytes, over TCP or TLS, and keeps what it was sent."""

import contextlib
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field

KEEP, CLOSE, RESET, HOLD = "keep", "close", "reset", "hold"
NO_LINGER = struct.pack("ii", 1, 0)
WAIT_S = 10


@dataclass
class Turn:
    """The answer to one request, and what happens to the connection then; pieces are sent one by one."""

    pieces: list[bytes] = field(default_factory=list)
    then: str = KEEP


class ScriptedPeer:
    """Plays a list of turns on each connection it accepts; the last list on all further ones."""

    def __init__(self, *connections: list[Turn], tls: ssl.SSLContext | None = None) -> None:
        self._scripts = list(connections)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[tuple[int, bytes]] = []
        self.accepted = 0
        self.sessions_reused: list[bool] = []
        self.hung_up = threading.Semaphore(0)
        self.released = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self.released.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(WAIT_S)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            peer.settimeout(WAIT_S)
            thread = threading.Thread(target=self._serve, args=(peer, self.accepted), daemon=True)
            self.accepted += 1
            self._threads.append(thread)
            thread.start()

    def _serve(self, raw: socket.socket, number: int) -> None:
        turns = self._scripts[min(number, len(self._scripts) - 1)]
        with raw, contextlib.suppress(OSError):  # a client that rejects a certificate hangs up
            peer = raw
            if self._tls is not None:
                peer = self._tls.wrap_socket(raw, server_side=True)
                self.sessions_reused.append(bool(peer.session_reused))
            with peer:
                for turn in turns:
                    self._play(peer, turn, number)
                while peer.recv(65_536):
                    pass
        self.hung_up.release()

    def _play(self, peer: socket.socket, turn: Turn, number: int) -> None:
        self.requests.append((number, _request(peer)))
        for piece in turn.pieces:
            peer.sendall(piece)
        if turn.then == HOLD:
            self.released.wait(WAIT_S)
        if turn.then == RESET:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        if turn.then in (CLOSE, RESET):
            peer.close()


def _request(peer: socket.socket) -> bytes:
    """One whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _some(peer)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += _some(peer)
    return head + b"\r\n\r\n" + body


def _some(peer: socket.socket) -> bytes:
    data = peer.recv(65_536)
    if not data:
        raise ConnectionResetError("the client closed the connection")
    return data
