"""A Bedrock endpoint that answers exactly what a test says, byte by byte, and keeps what it was asked."""

import json
import socket
import threading
from dataclasses import dataclass, field
from typing import Any

from localaws.bedrock.event_stream import event, exception

START = event("messageStart", {"role": "assistant"})
TOKEN = event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hi"}})
STOP = event("messageStop", {"stopReason": "end_turn"})
METADATA = event(
    "metadata", {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}, "metrics": {"latencyMs": 1}}
)


@dataclass
class Script:
    """An answer: a status with a JSON body, or frames, each its own chunk, and whether the body ends as it should."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    frames: list[bytes] = field(default_factory=list)
    ends: bool = True
    resets: bool = False
    holds: bool = False


def fault(name: str, message: str | None = "said so") -> bytes:
    return exception(name, {} if message is None else {"message": message})


class ScriptedBedrock:
    """Answers each request with the next script; the last one again and again."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._released = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._released.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer:
                self._answer(peer)

    def _answer(self, peer: socket.socket) -> None:
        head, _, body = _until(peer, b"\r\n\r\n").partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += peer.recv(65_536)
        self.requests.append(json.loads(body))
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        peer.sendall(_encode(script))
        if script.holds:
            self._released.wait(30)
        if script.resets:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _until(peer: socket.socket, end: bytes) -> bytes:
    data = b""
    while end not in data:
        data += peer.recv(65_536)
    return data


def _encode(script: Script) -> bytes:
    if script.frames:
        framing = {"Content-Type": "application/vnd.amazon.eventstream", "Transfer-Encoding": "chunked"}
    else:
        framing = {"Content-Type": "application/json", "Content-Length": str(len(script.body))}
    headers = {**framing, **script.headers, "Connection": "close"}
    lines = [f"HTTP/1.1 {script.status} X", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(frame), frame) for frame in script.frames)
    end = b"0\r\n\r\n" if script.frames and script.ends else b""
    return "\r\n".join(lines).encode() + script.body + chunks + end
