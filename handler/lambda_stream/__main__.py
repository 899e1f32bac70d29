"""Runs a handler without AWS and prints each chunk with the time it arrived.

python -m lambda_stream app.handler --event '{"sentence": "one word at a time"}'
"""

import argparse
import json
import os
import sys
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lambda_stream.exchange import Exchange
from lambda_stream.failure import Failure
from lambda_stream.handler import load_handler
from lambda_stream.http1 import HttpResponse
from lambda_stream.log import FunctionLog
from lambda_stream.response import PRELUDE_END
from lambda_stream.runtime_api import DEADLINE_MS, OK, REQUEST_ID, Invocation
from lambda_stream.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEFAULT_TIMEOUT_S = 180


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status: 1 when the handler failed, 2 for wrong arguments."""
    options = _parse(arguments)
    sys.path.insert(0, os.getcwd())
    started = time.monotonic()
    log = FunctionLog(StandardError())
    log.set_up_logging()
    try:
        invocation = _invocation(_read_event(options), options.timeout)
        handler, settings = load_handler(options.handler), Settings.from_environment(os.environ)
    except Exception as error:  # noqa: BLE001 - the handler's module may raise anything
        log.failure(Failure.of(error))
        return 1
    log.belongs_to(invocation)
    terminal = Terminal(started)
    Exchange(terminal, invocation, log).serve(handler, os.environ, settings)
    return terminal.status


class StandardError:
    """Keeps the function's log apart from its answer."""

    @staticmethod
    def write(message: str, kind: int) -> None:
        """Writes one record."""
        del kind
        sys.stderr.write(message)

    def write_lines(self, lines: "Sequence[str]", kind: int) -> None:
        """Writes one record of several lines, as lines."""
        self.write("\n".join(lines) + "\n", kind)


class Terminal:
    """Shows an answer: its head, then each chunk on a line with seconds, bytes and text. The log shows failures."""

    def __init__(self, started: float) -> None:
        self.begun = False
        self.last = b""
        self.status = 0
        self._started = started

    def begin(self, content_type: str, prelude: bytes, first: bytes) -> None:
        """Shows status and headers, where the event was an HTTP request."""
        del content_type
        self.begun = True
        if prelude:
            document = json.loads(prelude.removesuffix(PRELUDE_END))
            self._write("".join(f"{name}: {value}\n" for name, value in _head_lines(document)) + "\n")
        if first:
            self.send(first)

    def send(self, data: bytes) -> None:
        """Shows one chunk."""
        self.last = data
        elapsed_s = time.monotonic() - self._started
        text = json.dumps(data.decode("utf-8", "backslashreplace"), ensure_ascii=False)
        self._write(f"{elapsed_s:8.3f} s  {len(data):6d} B  {text}\n")

    def end(self, failure: Failure | None) -> None:
        """Remembers whether the stream is whole."""
        self.status = 1 if failure else 0

    def answer(self, body: bytes) -> None:
        """Shows a whole answer as one chunk."""
        self.send(body)

    def refuse(self, failure: Failure) -> None:
        """Remembers that there is no answer."""
        del failure
        self.status = 1

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _head_lines(prelude: "dict[str, Any]") -> "Iterator[tuple[str, object]]":
    yield "status", prelude["statusCode"]
    yield from prelude["headers"].items()
    for name, values in prelude.get("multiValueHeaders", {}).items():
        yield from ((name, value) for value in values)
    yield from (("set-cookie", cookie) for cookie in prelude.get("cookies", []))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lambda_stream", description="Run a handler without AWS.")
    parser.add_argument("handler", help="module.function, importable from this folder")
    parser.add_argument("--event", metavar="JSON", help="the event, or @FILE to read it from; default: {}")
    parser.add_argument(
        "--http", metavar="'METHOD PATH'", help="an HTTP event as of a Function URL; --event is its body"
    )
    parser.add_argument(
        "--timeout", type=int, default=DEFAULT_TIMEOUT_S, metavar="SECONDS", help="as of the function; default: 180"
    )
    return parser.parse_args(arguments)


def _read_event(options: argparse.Namespace) -> bytes:
    text = "" if options.event is None else options.event
    if text.startswith("@"):
        with open(text[1:], "rb") as file:
            text = file.read().decode()
    if options.http:
        return json.dumps(_http_event(options.http, text)).encode()
    return text.encode() or b"{}"


def _http_event(request: str, body: str) -> dict[str, object]:
    """What a Function URL would send, as far as a handler on a terminal needs it."""
    method, _, target = request.partition(" ")
    path, _, query = target.partition("?")
    event: dict[str, object] = {
        "version": "2.0",
        "rawPath": path or "/",
        "rawQueryString": query,
        "queryStringParameters": dict(parse_qsl(query, keep_blank_values=True)),
        "headers": {"content-type": "application/json"} if body else {},
        "requestContext": {"http": {"method": method.upper(), "path": path or "/"}},
        "isBase64Encoded": False,
    }
    return {**event, "body": body} if body else event


def _invocation(event: bytes, timeout_s: int) -> Invocation:
    deadline_ms = int((time.time() + timeout_s) * 1000)
    headers = {REQUEST_ID: str(uuid.uuid4()), DEADLINE_MS: str(deadline_ms)}
    return Invocation(HttpResponse(OK, headers, event, keep_alive=True))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says of a command that was interrupted
