"""A handler that streams what its event asks for, and nothing else: what is measured is the runtime around it."""

import time
from collections.abc import Iterator


def handler(event: dict[str, int], _context: object) -> Iterator[bytes]:
    """`chunks` chunks of `bytes` bytes; one every `pace_us` microseconds unless that is 0; with times if `stamp`."""
    size, pace_s, stamp = event["bytes"], event["pace_us"] / 1e6, event["stamp"]
    chunk = b"data: ".ljust(size - 2, b"x") + b"\n\n"
    started = time.monotonic()
    for index in range(event["chunks"]):
        if pace_s:
            time.sleep(max(0.0, started + (index + 1) * pace_s - time.monotonic()))
        if stamp:
            chunk = b"data: @%d" % time.monotonic_ns() + b"x\n\n"
        yield chunk
