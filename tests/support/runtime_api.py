"""A Runtime API on a real socket, parsed by h11: what the runtime sends is judged by a parser that is not ours."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import h11

TIMEOUT_S = 60
INVOCATION_HEADERS = {
    "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime",
}


@dataclass
class Received:
    """One request that the runtime sent."""

    method: str
    path: str
    headers: dict[str, str]
    chunks: list[bytes] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


@dataclass
class Invoke:
    """One invocation to hand out."""

    event: bytes
    headers: dict[str, str] = field(default_factory=dict)


class RuntimeApiServer:
    """Hands out the invocations it is given and keeps what comes back.

    When no invocation is left, `/next` closes the connection. `on_chunk` is called with each chunk as it arrives;
    if it returns True the connection is cut there. `early_answer` is a status to answer a response with before its end,
    `restore_status` the one that `/restore/next` gets.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.invocations: list[Invoke] = []
        self.received: list[Received] = []
        self.connections = 0
        self.status = 202
        self.close_after_answer = False
        self.on_next: Callable[[], None] = lambda: None
        self.answer_headers: dict[str, str] = {}
        self.early_answer = 0
        self.restore_status = 200
        self.on_chunk: Callable[[bytes], bool | None] = lambda _chunk: None

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            # A runtime may leave one connection open and use another.
            threading.Thread(target=self._serve, args=[peer], daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            self._serve_requests(peer)

    def _serve_requests(self, peer: socket.socket) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            request = self._read_request(connection, peer)
            if request is None:
                return
            reply = self._reply_to(request)
            if reply is None:
                return
            peer.sendall(b"".join(filter(None, map(connection.send, reply))))
            if self.close_after_answer or connection.our_state is h11.MUST_CLOSE:
                return
            connection.start_next_cycle()

    def _read_request(self, connection: h11.Connection, peer: socket.socket) -> Received | None:
        request: Received | None = None
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                try:
                    connection.receive_data(peer.recv(65_536))
                except ConnectionError:
                    return None
            elif isinstance(event, h11.Request):
                request = Received(event.method.decode(), event.target.decode(), _text(event.headers))
                self.received.append(request)
            elif isinstance(event, h11.Data) and request is not None:
                self._keep(request, event)
                if self.early_answer:
                    peer.sendall(b"HTTP/1.1 %d Early\r\nContent-Length: 0\r\n\r\n" % self.early_answer)
                    peer.shutdown(socket.SHUT_RD)
                    return None
                if event.chunk_end and self.on_chunk(request.chunks[-1]):
                    return None
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                request.trailers = _text(event.headers)
                return request
            else:
                return None

    @staticmethod
    def _keep(request: Received, data: h11.Data) -> None:
        if data.chunk_start or not request.chunks:
            request.chunks.append(b"")
        request.chunks[-1] += bytes(data.data)

    def _reply_to(self, request: Received) -> list[h11.Event] | None:
        if request.path.endswith("/restore/next"):
            return _answer(self.restore_status, {}, b"")
        if not request.path.endswith("/next"):
            return _answer(self.status, self.answer_headers, b'{"status":"OK"}\n')
        if not self.invocations:
            return None
        self.on_next()
        invocation = self.invocations.pop(0)
        deadline = {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + TIMEOUT_S) * 1000))}
        return _answer(
            200, {**INVOCATION_HEADERS, **deadline, **self.answer_headers, **invocation.headers}, invocation.event
        )


def _answer(status: int, headers: dict[str, str], body: bytes) -> list[h11.Event]:
    all_headers = {"Content-Length": str(len(body)), **headers}
    every = [(name.encode(), value.encode()) for name, value in all_headers.items()]
    return [h11.Response(status_code=status, headers=every), h11.Data(data=body), h11.EndOfMessage()]


def _text(headers: h11._headers.Headers) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}
