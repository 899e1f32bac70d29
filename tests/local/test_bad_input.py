"""Requests that no client should send: each is refused as JSON, and the function lives on."""

import http.client
import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from support.functions import create_function, delete_function
from support.soak import SOAK

REQUESTS = 10_000 if SOAK else 400
SEED = 20_261_120

METHODS = ["POST"] * 12 + ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"]
PATHS = ["/", "/chat", "/chat", "/chat", "/health", "/chat/", "//", "/chat?x=%00", "/%2e%2e/etc", "/CHAT", "/nowhere"]
ALPHABET = "a\"'\\{}[]:,0-9.eE \n\t\0\u2028é\U0001f642\ud800"


@pytest.fixture(scope="module")
def connection(api: Callable[[str], Any]) -> Iterator[http.client.HTTPConnection]:
    """A connection to the chat handler, without any model: a request that is valid after all gets a true error."""
    clients = {service: api(service) for service in ("lambda", "iam", "logs")}
    variables = {
        "AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap",
        "BEDROCK_CHAT_MODEL_ID": "stand-in.denied",
        "BEDROCK_CHAT_MAX_INPUT_BYTES": "100000",
    }
    url = create_function(
        clients, "fuzzed", "", Handler="bedrock_chat.app.handler", Environment={"Variables": variables}, Timeout=30
    )
    parts = urlsplit(url)
    assert parts.hostname is not None
    opened = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    yield opened
    opened.close()
    delete_function(clients, "fuzzed")


def some_text(rng: random.Random) -> str:
    return "".join(rng.choices(ALPHABET, k=rng.choice([0, 1, 3, 20, 200])))


def some_json(rng: random.Random, depth: int = 0) -> object:
    kind = rng.randrange(8 if depth < 4 else 5)
    scalars: list[object] = [None, rng.random() < 0.5, rng.choice([0, -1, 1e308, 2**70, 0.5]), some_text(rng), ""]
    if kind < len(scalars):
        return scalars[kind]
    if kind == len(scalars):
        return [some_json(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice([some_text(rng), *FIELDS]): some_json(rng, depth + 1) for _ in range(rng.randrange(4))}


FIELDS = [
    "message",
    "messages",
    "model",
    "max_tokens",
    "temperature",
    "top_p",
    "stop",
    "role",
    "content",
    "type",
    "text",
]


def some_chat(rng: random.Random) -> dict[str, object]:
    """A chat request with one thing about it that is odd."""
    chat: dict[str, object] = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5}
    return {**chat, rng.choice(FIELDS): some_json(rng)}


def some_body(rng: random.Random) -> bytes:
    chat = json.dumps(some_chat(rng)).encode()
    kinds: list[Callable[[], bytes]] = [
        lambda: b"",
        lambda: rng.randbytes(rng.choice([1, 10, 1000])),
        lambda: json.dumps(some_json(rng)).encode(),
        lambda: chat,
        lambda: chat,
        lambda: chat[: rng.randrange(len(chat))],
        lambda: chat + rng.randbytes(2),
        lambda: chat.decode().encode("utf-16"),
        lambda: b"\xef\xbb\xbf" + chat,
        lambda: b"[" * rng.choice([10, 100_000]),
        lambda: b'{"message": "' + b"x" * rng.choice([99_900, 100_100, 300_000]) + b'"}',
        lambda: b'{"message": "a", "message": "b", "temperature": NaN}',
    ]
    return rng.choice(kinds)()


def some_headers(rng: random.Random) -> dict[str, str]:
    headers = {
        "Content-Type": rng.choice(["application/json", "text/plain", "multipart/form-data", "", "x" * 500, "é"]),
        "Accept": rng.choice(["*/*", "text/event-stream", "garbage;;q=a"]),
        "Content-Encoding": "gzip",
        "Cookie": "a=1; b",
        "X-Forwarded-For": "1.2.3.4, garbage",
        "Authorization": "Bearer x",
    }
    return {name: headers[name] for name in rng.sample(list(headers), rng.randrange(len(headers)))}


def some_path(rng: random.Random) -> str:
    return rng.choice([*PATHS, "/" + quote(some_text(rng).encode("utf-8", "replace")), "/" + "x" * 2000])


def send(connection: http.client.HTTPConnection, rng: random.Random) -> tuple[str, int, bytes]:
    method, body = rng.choice(METHODS), some_body(rng)
    connection.request(method, some_path(rng), body, some_headers(rng))
    response = connection.getresponse()
    return method, response.status, response.read()


def test_any_request_is_refused_as_json(connection: http.client.HTTPConnection) -> None:
    """Never a 5xx, never a function that dies: 10,000 of them in the soak."""
    rng = random.Random(SEED)  # noqa: S311 - the same requests each time
    refused = 0
    for number in range(REQUESTS):
        method, status, body = send(connection, rng)
        if (status, method) == (200, "GET"):
            assert json.loads(body)["status"] == "ok"
            continue
        assert 400 <= status < 500, (number, status, body)
        if method != "HEAD":
            assert json.loads(body)["error"]["message"], number
        refused += 1
    assert refused > REQUESTS * 0.9
    connection.request("GET", "/health")
    assert connection.getresponse().read() == b'{"status": "ok", "model": "stand-in.denied"}'
