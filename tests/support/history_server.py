"""An endpoint that keeps conversations as the chat application does, on a real socket; its faults can be chosen."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

POLL_S = 0.01  # how soon its end is noticed
WORDS = ("It ", "is ", "ä", "ö", "ü.")
NAME_LENGTH = len("session1")
USAGE = {"output_tokens": 5, "total_tokens": 5}


class HistoryServer(ThreadingHTTPServer):
    """Answers callers by their bearer's token.

    Attributes:
        faults: What is wrong with it, by the words that the handler looks for.
        sessions: The messages of each caller's sessions, by token and name.
        refused: Tokens that may not ask.
        deleted: The names of sessions that were asked to be forgotten.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults: set[str] = set()
        self.sessions: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.refused = {""}
        self.deleted: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self._begun = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def new_name(self) -> str:
        """Of NAME_LENGTH, as few are begun."""
        self._begun += 1
        return f"session{self._begun}"

    def add_turn(self, messages: list[dict[str, Any]], question: str) -> None:
        """A question and its answer, which cost the more the longer the conversation is."""
        turn = len(messages) // 2 + 1
        usage = {**USAGE, "input_tokens": 1 if "untold" in self.faults else turn}
        messages.append({"turn": turn, "role": "user", "content": question})
        answer = {"turn": turn, "role": "assistant", "content": "".join(WORDS), "stop_reason": "end_turn"}
        messages.append({**answer, "usage": usage})


class _Handler(BaseHTTPRequestHandler):
    server: HistoryServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        if self._token in self.server.refused:
            return self._send(403, {})
        name = asked.get("session")
        if name is None or self._has("other session"):
            name = self.server.new_name()
        self.server.add_turn(self.server.sessions.setdefault((self._token, name), []), asked["message"])
        events = [{"type": "start", "session": "x" if self._has("other event") else name}]
        events += [{"type": "token", "content": word} for word in WORDS if not self._has("no text")]
        body = b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in [*events, {"type": "done"}])
        named = {} if self._has("no header") else {"X-Session-Id": name}
        return self._send(200, body, {"Content-Type": "text/event-stream", **named})

    def do_GET(self) -> None:
        name = self._asked("session") or ""
        found = self.server.sessions.get((self._owner, name))
        if self._token in self.server.refused:
            self._send(403, {"refused": self._token})
        elif self._has("unreadable"):
            self._send(503, {})
        elif found is None:
            self._send(404 if len(name) == NAME_LENGTH else 400, {})
        elif self._has("page"):
            self._send(200, [])
        else:
            self._send(200, self._page(found), {"Age": "1"} if self._has("old") else {})

    def do_DELETE(self) -> None:
        if self._has("undeletable"):
            return self._send(503, {})
        self.server.deleted.append(self._asked("session") or "")
        self.server.sessions.pop((self._token, self.server.deleted[-1]), None)
        return self._send(204, b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        """Nothing: a test says what it sees."""

    def _has(self, fault: str) -> bool:
        return fault in self.server.faults

    @property
    def _token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def _owner(self) -> str:
        """Whose sessions are looked at: with one caller those of the first who came."""
        return next(iter(self.server.sessions), ("",))[0] if self._has("one caller") else self._token

    def _asked(self, name: str) -> str | None:
        return parse_qs(urlsplit(self.path).query).get(name, [None])[0]

    def _page(self, messages: list[dict[str, Any]]) -> dict[str, Any]:
        start, limit = int(self._asked("cursor") or 0), int(self._asked("limit") or len(messages))
        end = start if self._has("stuck cursor") and self._asked("limit") else start + limit
        is_last = end >= len(messages) and not self._has("endless cursor")
        page = messages[start : start + limit]
        return {"messages": page[::-1] if self._has("newest first") else page, "cursor": None if is_last else str(end)}

    def _send(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        is_cut = self.command == "POST" and self._has("cut")
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data) + is_cut))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = is_cut
