"""An endpoint that streams as the chat application does, on a real socket; its faults can be chosen."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKENS = 12
PAUSE_S = 0.02
POLL_S = 0.01  # how soon its end is noticed


class ChatServer:
    """Answers every POST to /chat; what its attributes say is how.

    Attributes:
        status: Of every answer.
        pause_s: Between two events.
        cut_after: So many events are sent before the connection is closed; None for all.
        key: The API key that requests must carry; None for none.
        page: Body and headers of every answer to a POST that isn't a 200, in the place of the application's own.
        path: The one that is the application's.
        headers_of_get: Added to every answer to a GET.
        received: Headers of the requests, names in lower case.
    """

    def __init__(self) -> None:  # noqa: C901 - the handler of a server is a class made for it
        self.status = 200
        self.pause_s = PAUSE_S
        self.cut_after: int | None = None
        self.key: str | None = None
        self.path = "/chat"
        self.headers_of_get: dict[str, str] = {}
        self.page: tuple[bytes, dict[str, str]] | None = None
        self.received: list[dict[str, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self._receive()
                if server.key and self.headers.get("x-api-key") != server.key:
                    self._refuse(403, f"the key {self.headers.get('x-api-key')} is not known")
                elif self.path != server.path:
                    self._refuse(404, "nothing here")
                else:
                    self._answer()

            def do_PUT(self) -> None:
                self._receive()
                self._refuse(405, "not so")

            def do_GET(self) -> None:
                self._receive()
                self._whole(302, b"", {"Location": "/chat", **server.headers_of_get})

            do_OPTIONS = do_GET  # noqa: N815 - as http.server names it

            def _receive(self) -> None:
                server.received.append({name.lower(): value for name, value in self.headers.items()})
                self.body = self.rfile.read(int(self.headers.get("content-length", 0)))

            def _answer(self) -> None:
                try:
                    json.loads(self.body)
                except ValueError:
                    return self._refuse(400, "no JSON")
                if server.status != 200 and server.page:
                    return self._whole(server.status, *server.page)
                if server.status != 200:
                    return self._refuse(server.status, "as the test wants it")
                return self._stream()

            def _stream(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream; charset=utf-8")
                self.send_header("Cache-Control", "no-cache, no-transform")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                documents: list[dict[str, Any]] = [{"type": "token", "content": "ä"}] * TOKENS + [{"type": "done"}]
                for document in documents[: server.cut_after]:
                    data = f"data: {json.dumps(document, ensure_ascii=False)}\n\n".encode()
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                    time.sleep(server.pause_s)
                if server.cut_after is None:
                    self.wfile.write(b"0\r\n\r\n")
                self.close_connection = True

            def _refuse(self, status: int, message: str) -> None:
                error = {"message": message, "type": "t", "code": "c", "request_id": "r"}
                self._whole(status, json.dumps({"error": error}).encode(), {"Allow": "POST"})

            def _whole(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
                """Nothing: a test says what it sees."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
