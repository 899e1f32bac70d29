"""Runs a handler without AWS and prints each chunk with the time it arrived.

python -m lambda_stream app.handler --event '{"sentence": "one word at a time"}'
"""

import argparse
import json
import os
import sys
import time
import uuid
from typing import TYPE_CHECKING

from lambda_stream.failure import Failure
from lambda_stream.handler import load_handler
from lambda_stream.http1 import HttpResponse
from lambda_stream.log import FunctionLog, StandardOutput
from lambda_stream.reply import BufferedReply, StreamedReply
from lambda_stream.response import PRELUDE_END
from lambda_stream.runtime import run_handler
from lambda_stream.runtime_api import DEADLINE_MS, OK, REQUEST_ID, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_TIMEOUT_S = 180


def main(arguments: list[str] | None = None) -> int:
    """Runs the command and returns its exit status: 1 when the handler failed, 2 for wrong arguments."""
    options = _parse(arguments)
    sys.path.insert(0, os.getcwd())
    started = time.monotonic()
    try:
        event = _read_event(options.event)
        handler = load_handler(options.handler)
        invocation, log = _invocation(event, options.timeout), FunctionLog(StandardOutput())
        log.set_up_logging()
        log.belongs_to(invocation)
        _print_reply(run_handler(handler, invocation, os.environ, log), started)
    except Exception as error:  # noqa: BLE001 - the handler may raise anything; it is shown as Lambda would show it
        sys.stdout.flush()
        _print_failure(Failure.of(error))
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lambda_stream", description="Run a handler without AWS.")
    parser.add_argument("handler", help="module.function, importable from this folder")
    parser.add_argument("--event", default="{}", help="the event's JSON, or @FILE to read it from; default: {}")
    parser.add_argument("--timeout", type=int, default=DEFAULT_TIMEOUT_S, metavar="SECONDS", help="default: 180")
    return parser.parse_args(arguments)


def _read_event(text: str) -> bytes:
    if text.startswith("@"):
        with open(text[1:], "rb") as file:
            return file.read()
    return text.encode()


def _invocation(event: bytes, timeout_s: int) -> Invocation:
    deadline_ms = int((time.time() + timeout_s) * 1000)
    headers = {REQUEST_ID: str(uuid.uuid4()), DEADLINE_MS: str(deadline_ms)}
    return Invocation(HttpResponse(OK, headers, event, keep_alive=True))


def _print_failure(failure: Failure) -> None:
    lines = failure.to_lines() if failure.stack_trace else failure.to_lines()[:1]
    sys.stderr.write("\n".join(lines) + "\n")


def _print_reply(reply: StreamedReply | BufferedReply, started: float) -> None:
    def show(data: bytes) -> None:
        text = data.decode("utf-8", "backslashreplace")
        sys.stdout.write(
            f"{time.monotonic() - started:8.3f} s  {len(data):6d} B  {json.dumps(text, ensure_ascii=False)}\n"
        )
        sys.stdout.flush()

    if isinstance(reply, BufferedReply):
        show(reply.body)
        return
    if reply.prelude:
        _print_head(json.loads(reply.prelude.removesuffix(PRELUDE_END)))
    _print_chunks(reply, show)


def _print_head(prelude: dict[str, object]) -> None:
    headers = prelude.get("headers")
    sys.stdout.write(f"status {prelude['statusCode']}\n")
    for name, value in headers.items() if isinstance(headers, dict) else ():
        sys.stdout.write(f"{name}: {value}\n")
    sys.stdout.write("\n")


def _print_chunks(reply: StreamedReply, show: "Callable[[bytes], None]") -> None:
    try:
        if reply.first:
            show(reply.first)
        for data in reply.rest:
            show(data)
    finally:
        reply.rest.close()


if __name__ == "__main__":
    sys.exit(main())
