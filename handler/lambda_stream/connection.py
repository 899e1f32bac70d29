"""The kept-alive connection to the Runtime API."""

import select
import socket

from lambda_stream.errors import ConnectionLost, ProtocolViolation
from lambda_stream.http1 import HttpResponse, ResponseDecoder

READ_BYTES = 65_536
HTTP_PORT = 80


class Connection:
    """A TCP connection that is opened when it is needed and reused while both sides keep it.

    There is no timeout: Lambda freezes the process between invocations and may take hours to answer `/next`.
    """

    def __init__(self, host: str) -> None:
        self.host = host
        name, _, port = host.rpartition(":")
        self._address = (name.strip("[]") or host, int(port) if name else HTTP_PORT)
        self._socket: socket.socket | None = None
        self._readable = select.poll()
        self._decoder = ResponseDecoder()
        self._reused = False

    def send(self, *buffers: bytes) -> None:
        """Sends the beginning of a request, with one system call where the socket takes it all.

        Raises:
            ConnectionLost: the connection can't be opened or broke.
        """
        # A peer that says anything when nobody has asked it has hung up, or is out of step: what is sent would be lost.
        if self._socket is not None and self._readable.poll(0):
            self.close()
        try:
            self._send(self._open(), buffers)
        except OSError as error:
            raise self._lost("sending to", error) from error

    def send_more(self, *buffers: bytes) -> None:
        """Sends more of the same request.

        Raises:
            ConnectionLost: the connection broke, now or since the request began.
        """
        if self._socket is None:
            raise ConnectionLost("the connection to the Runtime API broke in the middle of a response")
        try:
            self._send(self._socket, buffers)
        except OSError as error:
            raise self._lost("sending to", error) from error

    def _lost(self, what: str, error: OSError) -> ConnectionLost:
        answer = self._early_answer()
        self.close()
        return ConnectionLost(f"{what} the Runtime API failed: {error}{answer}")

    def _early_answer(self) -> str:
        """What Lambda said before it hung up in the middle of a response: its reason, when it is there."""
        try:
            data = self._socket.recv(READ_BYTES, socket.MSG_DONTWAIT) if self._socket else b""
            responses = self._decoder.feed(data)
        except (OSError, ProtocolViolation):
            return ""
        return "".join(f"; it had answered {r.status} {r.body[:500]!r}" for r in responses)

    def receive(self) -> HttpResponse:
        """The next response.

        Raises:
            ConnectionLost: the connection closed before the response was complete.
            ProtocolViolation: the bytes are not an HTTP response.
        """
        try:
            response = self._receive(self._open())
        except ProtocolViolation:
            self.close()
            raise
        except OSError as error:
            raise self._lost("reading from", error) from error
        self._reused = True
        if not response.keep_alive:
            self.close()
        return response

    def exchange(self, request: bytes) -> HttpResponse:
        """Sends a whole request and returns its response.

        A peer may close an idle connection at any time, so a request on a reused connection is sent once more.

        Raises:
            ConnectionLost, ProtocolViolation: as `send` and `receive`.
        """
        reused = self._socket is not None and self._reused
        try:
            self.send(request)
            return self.receive()
        except ConnectionLost:
            if not reused:
                raise
        self.send(request)
        return self.receive()

    def close(self) -> None:
        """Closes the connection; the next request opens another."""
        if self._socket is not None:
            self._readable.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(self._address)
            # Without it the kernel may hold back a token until the last one is acknowledged.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._readable.register(self._socket, select.POLLIN)
            self._decoder = ResponseDecoder()
            self._reused = False
        return self._socket

    @staticmethod
    def _send(sock: socket.socket, buffers: tuple[bytes, ...]) -> None:
        sent = sock.sendmsg(buffers)
        for buffer in buffers:
            if sent >= len(buffer):
                sent -= len(buffer)
            else:
                sock.sendall(memoryview(buffer)[sent:])
                sent = 0

    def _receive(self, sock: socket.socket) -> HttpResponse:
        while True:
            data = sock.recv(READ_BYTES)
            if not data:
                self._decoder.close()
                raise ConnectionResetError("closed by the peer")
            responses = self._decoder.feed(data)
            if responses:
                return responses[0]
