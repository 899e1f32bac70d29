"""The chat page, as the function serves it, and answers to what it posts whose every byte a test chooses."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from bedrock_chat.app import Application
from bedrock_chat.settings import PAGE, Settings
from support.application import ScriptedModel, context
from support.chat_page import ChatPage

APPLICATION = Application(Settings("m", frozenset({"m"}), interfaces=frozenset({PAGE})), ScriptedModel([]))
SSE = "text/event-stream; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """An answer in chunks, with a pause after each; one that doesn't `end` is cut off."""

    chunks: Sequence[bytes]
    status: int = 200
    content_type: str = SSE
    pause_s: float = 0.0
    ends: bool = True


@dataclass(frozen=True)
class Posted:
    """A request of the page."""

    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes

    @property
    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.body)["messages"]
        return found


def event(type_: str, **fields: object) -> bytes:
    """One server-sent event of the application's."""
    return f"data: {json.dumps({'type': type_, **fields})}\n\n".encode()


def whole(*pieces: str, stop_reason: str = "end_turn") -> list[bytes]:
    """The events of a whole answer."""
    count = len(pieces)
    return [
        event("start", model="model-a", request_id="id-1"),
        *(event("token", content=piece) for piece in pieces),
        event("usage", input_tokens=1, output_tokens=count, total_tokens=count + 1),
        event("done", stop_reason=stop_reason),
    ]


START = event("start", model="m", request_id="id-1")
FRAME_S = 0.02
"""Longer than a browser takes from one picture to the next: what comes in between is drawn."""


class PageServer:
    """Serves the page on every GET; answers POSTs with `reply`, keeps them in `posted`, and sees when one is `left`."""

    def __init__(self) -> None:
        self.reply = Reply(whole("Hello."))
        self.posted: list[Posted] = []
        self.left = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                http = {"rawPath": "/", "requestContext": {"http": {"method": "GET"}}, "headers": dict(self.headers)}
                response = APPLICATION(http, context())
                assert isinstance(response.body, bytes)
                self._head(response.status, response.headers | {"content-length": str(len(response.body))})
                self.wfile.write(response.body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.posted.append(Posted(self.path, headers, body))
                reply = server.reply
                self._head(reply.status, {"content-type": reply.content_type, "transfer-encoding": "chunked"})
                try:
                    self._stream(reply)
                except OSError:  # the page has stopped the answer
                    self.close_connection = True
                    server.left.set()

            def _stream(self, reply: Reply) -> None:
                for chunk in reply.chunks:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                    time.sleep(reply.pause_s)
                if reply.ends:
                    self.wfile.write(b"0\r\n\r\n")
                self.close_connection = not reply.ends

            def _head(self, status: int, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
                """Nothing: a test says what it sees."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def shown(page: ChatPage, server: PageServer, text: str) -> str:
    """What the page makes of a text that comes in one piece."""
    server.reply = Reply(whole(text))
    page.ask("?")
    return page.markup
