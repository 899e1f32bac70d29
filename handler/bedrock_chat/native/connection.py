"""A connection that is kept between requests, and one request's exchange over it."""

import socket

from bedrock_chat.native.errors import ConnectionFailed, ConnectionTimeout, HttpError, NativeError
from bedrock_chat.native.http_stream import ResponseDecoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bedrock_chat.native.endpoint import Endpoint
    from bedrock_chat.native.http_stream import ResponseHead
    from bedrock_chat.native.tls import TlsOpener

READ_BYTES = 65_536


class Connection:
    """An open socket with a timeout for each call, whose failures are this package's errors.

    Args:
        opened: What it wraps; its timeout is `timeout_s`.
        blocked: What the socket raises when it must not wait and there is nothing to read.
    """

    __slots__ = ("_blocked", "_timeout_s", "socket", "used")

    def __init__(self, opened: socket.socket, timeout_s: float, blocked: type[OSError] = BlockingIOError) -> None:
        self.socket = opened
        self.used = False
        self._timeout_s = timeout_s
        self._blocked = blocked

    def send(self, data: bytes, timeout_s: float) -> None:
        """Sends all of `data`.

        Raises:
            ConnectionFailed: it can't.
        """
        self._limit(timeout_s)
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise _failure("sending", error) from error

    def read(self, timeout_s: float) -> bytes:
        """What the peer has sent, as soon as that is anything; empty when it has closed the connection.

        Raises:
            ConnectionFailed: the connection broke, or the peer was silent for so long.
        """
        self._limit(timeout_s)
        try:
            return self.socket.recv(READ_BYTES)
        except OSError as error:
            raise _failure("reading", error) from error

    def is_stale(self) -> bool:
        """Whether the peer has closed the idle connection, or sent what nobody asked for."""
        self._limit(0)
        try:
            self.socket.recv(1)
        except OSError as error:
            return not isinstance(error, self._blocked)
        return True

    def close(self) -> None:
        """Hangs up."""
        self.socket.close()

    def _limit(self, timeout_s: float) -> None:
        """A system call, so only where it changes something."""
        if timeout_s != self._timeout_s:
            self.socket.settimeout(timeout_s)
            self._timeout_s = timeout_s


class HttpClient:
    """Sends requests to one endpoint. A connection that an exchange leaves in order serves the next one.

    Exchanges may overlap, each has a connection of its own; but this is nothing for several threads.
    """

    def __init__(self, endpoint: "Endpoint", environment: "Mapping[str, str]", connect_timeout_s: float) -> None:
        self.endpoint = endpoint
        self._environment = environment
        self._connect_timeout_s = connect_timeout_s
        self._tls: TlsOpener | None = None
        self._idle: Connection | None = None

    def prepare(self) -> None:
        """Loads what TLS needs, which is better done while the function starts than when somebody waits.

        Raises:
            WrongEnvironment: see TlsOpener.
        """
        if self.endpoint.secure and self._tls is None:
            from bedrock_chat.native.tls import TlsOpener  # noqa: PLC0415 - `ssl` is dear, and plain HTTP needs none

            self._tls = TlsOpener(self.endpoint, self._environment)

    def exchange(self, request: bytes, timeout_s: float) -> "Exchange":
        """Sends a whole request and waits for the head of its response.

        A peer may close an idle connection at any time. So a request on a connection that had served before is sent
        once more when that breaks before the first byte of a response.

        Raises:
            ConnectionFailed: the peer can't be reached, is silent for `timeout_s`, or hangs up.
            HttpError: what it says is no response.
            WrongEnvironment: see TlsOpener.
        """
        connection = self._take()
        reused = connection.used
        exchange = Exchange(connection, self._finished)
        try:
            exchange.start(request, timeout_s)
        except ConnectionFailed as error:
            if not reused or exchange.heard or isinstance(error, ConnectionTimeout):
                raise
            exchange = Exchange(self._open(), self._finished)
            exchange.start(request, timeout_s)
        return exchange

    def close(self) -> None:
        """Closes the idle connection."""
        idle, self._idle = self._idle, None
        if idle is not None:
            idle.close()

    def _take(self) -> Connection:
        idle, self._idle = self._idle, None
        if idle is not None:
            if not idle.is_stale():
                return idle
            idle.close()
        return self._open()

    def _finished(self, connection: Connection, *, kept: bool) -> None:
        if self._tls is not None:
            self._tls.keep_session(connection.socket)
        self.close()
        if kept:
            connection.used = True
            self._idle = connection
        else:
            connection.close()

    def _open(self) -> Connection:
        self.prepare()
        try:
            if self._tls is None:
                return Connection(self._connect(), self._connect_timeout_s)
            return Connection(self._tls.open(self._connect), self._connect_timeout_s, self._tls.blocked)
        except OSError as error:
            raise _failure(f"connecting to {self.endpoint.authority}", error) from error

    def _connect(self) -> socket.socket:
        # As bytes: for text the interpreter would import its codec for international names.
        address = (self.endpoint.host.encode("ascii"), self.endpoint.port)
        opened = socket.create_connection(address, self._connect_timeout_s)  # type: ignore[arg-type] # as getaddrinfo
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened


class Exchange:
    """One request and its response, whose body is read as it arrives.

    Attributes:
        heard: Whether anything of a response has come.
    """

    __slots__ = ("_body", "_connection", "_decoder", "_fault", "_finished", "_sent", "heard")

    def __init__(self, connection: Connection, finished: "Callable[..., None]") -> None:
        self._connection: Connection | None = connection
        self._finished = finished
        self._decoder = ResponseDecoder()
        self._body = b""
        self._fault: NativeError | None = None
        self._sent = True
        self.heard = False

    @property
    def head(self) -> "ResponseHead":
        """The response's status and headers, once `start` has returned."""
        assert self._decoder.head is not None  # noqa: S101 - `start` has waited for it
        return self._decoder.head

    def start(self, request: bytes, timeout_s: float) -> None:
        """Sends the request and waits for the response's head.

        Raises:
            ConnectionFailed, HttpError: as HttpClient.exchange.
        """
        broken = self._send(request, timeout_s)
        while self._decoder.head is None:
            try:
                self._receive(timeout_s)
            except ConnectionFailed as error:
                if broken is None:
                    raise
                raise broken from error
            if self._fault is not None and self._decoder.head is None:
                raise self._fault

    def read(self, timeout_s: float) -> bytes:
        """The next bytes of the body, as soon as there are any; empty at its end.

        Raises:
            ConnectionFailed: the connection broke, or the peer was silent for `timeout_s`.
            HttpError: the response breaks a rule of HTTP, or it is not whole.
        """
        while not self._body:
            if self._fault is not None:
                raise self._fault
            if self._decoder.complete:
                return b""
            self._receive(timeout_s)
        body, self._body = self._body, b""
        return body

    def close(self) -> None:
        """Hangs up, unless the response has come whole."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _send(self, request: bytes, timeout_s: float) -> ConnectionFailed | None:
        """The failure, if there is one: a server that refuses a large request may answer and hang up before its end."""
        try:
            self._open_connection().send(request, timeout_s)
        except ConnectionTimeout:
            self.close()
            raise
        except ConnectionFailed as error:
            self._sent = False
            return error
        except BaseException:
            self.close()
            raise
        return None

    def _receive(self, timeout_s: float) -> None:
        connection = self._open_connection()
        try:
            data = connection.read(timeout_s)
            if data:
                self.heard = True
                self._feed(data)
            else:
                self._end()
        except BaseException as error:
            self._fault = error if isinstance(error, NativeError) else None
            self.close()
            raise
        if self._decoder.complete:
            self._connection = None
            self._finished(connection, kept=self._decoder.keep_alive and self._sent)

    def _feed(self, data: bytes) -> None:
        try:
            self._body = self._decoder.feed(data)
        except HttpError as error:
            # What came before it is handed out first.
            self._body, self._fault = error.body, error
            self.close()

    def _end(self) -> None:
        if not self.heard:
            raise ConnectionFailed("the peer closed the connection without an answer")
        self._decoder.close()

    def _open_connection(self) -> Connection:
        assert self._connection is not None  # noqa: S101 - it is closed after the last use only
        return self._connection


def _failure(what: str, error: OSError) -> ConnectionFailed:
    kind = ConnectionTimeout if isinstance(error, TimeoutError) else ConnectionFailed
    return kind(f"{what} failed: {error}")
