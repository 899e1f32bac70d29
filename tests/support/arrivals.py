"""An answer as it arrived, piece by piece, whether it had a proper end or not."""

import time
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

TIMEOUT_S = 30


@dataclass(frozen=True)
class Received:
    """`waited_s` is the time from the head to the first byte; `chunks` are as the server has cut them."""

    status: int
    headers: list[tuple[str, str]]
    waited_s: float
    chunks: list[bytes]
    whole: bool

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def all_of(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known.lower() == name]


def receive(method: str, url: str, **options: Any) -> Received:
    """Sends a request and reads the answer, undecoded but for its chunks."""
    with requests.request(method, url, stream=True, timeout=TIMEOUT_S, **options) as response:
        started, waited_s, chunks, whole = time.monotonic(), 0.0, [], True
        try:
            for chunk in response.raw.stream(decode_content=False):
                waited_s = waited_s or time.monotonic() - started
                chunks.append(chunk)
        except HTTPError:
            whole = False
        return Received(response.status_code, list(response.raw.headers.iteritems()), waited_s, chunks, whole)
