"""The Runtime API's stand-in, which times every chunk, driven from here. Its protocol is in c/runtime_api.c."""

from __future__ import annotations

import json
import os
import select
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

TIMEOUT_S = 60
READ_BYTES = 65_536


class FunctionFailedError(Exception):
    """A contender reported an error, or nothing at all, instead of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one invocation; times are in nanoseconds of the monotonic clock.

    Attributes:
        sent_ns: When the event left.
        first_ns: When the body's first byte came.
        last_ns: When its last byte came.
        chunks: How many chunks came, which may be fewer than were written.
        stamps: How many tokens with a time came.
        first_stamp_ns: When the first of them came.
        latencies_ns: From making a token to its arrival, for each of them.
    """

    sent_ns: int
    first_ns: int
    last_ns: int
    chunks: int
    bytes: int
    stamps: int
    first_stamp_ns: int
    latencies_ns: tuple[int, ...]

    @classmethod
    def parse(cls, line: str) -> Answer:
        """The answer that the stand-in describes."""
        sent_ns, first_ns, last_ns, chunks, size, stamps, first_stamp_ns, *latencies_ns = map(int, line.split())
        return cls(sent_ns, first_ns, last_ns, chunks, size, stamps, first_stamp_ns, tuple(latencies_ns))


class StandIn:
    """A C program that prints its port first. A context manager; it ends the program."""

    def __init__(self, program: Path) -> None:
        # Unbuffered: `select` must see what is not read yet.
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._pending = b""
        self.host = f"127.0.0.1:{self.read_line('port')}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def write(self, data: bytes) -> None:
        """Writes to the program's standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(data)

    def read_line(self, kind: str) -> str:
        """What the next line says after its first word, which must be `kind`.

        Raises:
            FunctionFailedError: it is another, or none comes.
        """
        assert self._process.stdout is not None
        while b"\n" not in self._pending:
            ready, _, _ = select.select([self._process.stdout], [], [], TIMEOUT_S)
            data = os.read(self._process.stdout.fileno(), READ_BYTES) if ready else b""
            if not data:
                raise FunctionFailedError(f"{TIMEOUT_S} seconds without {kind!r} from the function")
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        found, _, rest = line.decode().partition(" ")
        if found != kind:
            raise FunctionFailedError(f"the function answered {found} {rest[:2000]}")
        return rest


class RuntimeApi(StandIn):
    """Hands events out and says how their answers came."""

    def hand_out(self, event: Mapping[str, object]) -> None:
        """Hands an event out, as soon as it is asked for."""
        data = json.dumps(event).encode()
        self.write(b"invoke %d\n%b" % (len(data), data))

    def asked_ns(self) -> int:
        """When the function asked for an invocation; it must not have been read yet."""
        return int(self.read_line("next"))

    def answer(self) -> Answer:
        """The answer to the event that was handed out last."""
        return Answer.parse(self.read_line("done"))
