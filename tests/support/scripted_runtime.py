"""A runtime that plays a script against the Runtime API over raw sockets, and prints what it was answered.

Started as `python scripted_runtime.py STEPS`, where STEPS is a file with the steps (see runtime_api_steps.Step) as a
JSON list. It must run by itself, wherever an emulator starts it.
"""

import http.client
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

TRANSCRIPT = "TRANSCRIPT "
TIMEOUT_S = 10
HEAD_END = b"\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 "
REQUEST_ID = "Lambda-Runtime-Aws-Request-Id"


class Player:
    """Plays steps; a connection is opened when a step first names it."""

    def __init__(self, host: str) -> None:
        name, _, port = host.partition(":")
        self._address = (name, int(port))
        self._sockets: dict[str, socket.socket] = {}
        self._ids: list[str] = []
        self.answers: list[list[Any] | None] = []

    def play(self, step: dict[str, Any]) -> None:
        """Sends what the step says, then reads what it expects."""
        peer = self._sockets.get(step["connection"]) or socket.create_connection(self._address, TIMEOUT_S)
        self._sockets[step["connection"]] = peer
        try:
            peer.sendall(self._filled_in(step["text"]) + b"x" * step["filler_bytes"] + step["end"].encode())
            if step["hangs_up"]:
                peer.shutdown(socket.SHUT_WR)
            self._read(peer, step["reads"])
        except (ConnectionError, http.client.BadStatusLine):
            self.answers.append(None)

    def _filled_in(self, text: str) -> bytes:
        if self._ids:
            text = text.replace("{id}", self._ids[-1]).replace("{first id}", self._ids[0])
        return text.encode()

    def _read(self, peer: socket.socket, wanted: str) -> None:
        if wanted == "continue":
            head = b""
            while not head.endswith(HEAD_END) and (byte := peer.recv(1)):
                head += byte
            assert head.startswith(CONTINUE), head
        if wanted == "answer":
            response = http.client.HTTPResponse(peer)
            response.begin()
            self.answers.append([response.status, response.read().decode()])
            if request_id := response.headers.get(REQUEST_ID):
                self._ids.append(request_id)


def main() -> None:
    player = Player(os.environ["AWS_LAMBDA_RUNTIME_API"])
    for step in json.loads(Path(sys.argv[1]).read_text()):
        player.play(step)
    sys.stdout.write(TRANSCRIPT + json.dumps(player.answers) + "\n")
    sys.stdout.flush()
    # A runtime that ends is an event of its own: whoever started this one ends it.
    time.sleep(TIMEOUT_S)


if __name__ == "__main__":
    main()
