"""One environment's log: lines are collected at once and shipped in batches, off the path of the tokens."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from localaws.execution.deployment import LogSettings

SHIP_EVERY_SECONDS = 0.1

TERMINAL = logging.getLogger("localaws.functions")
"""What functions log, for people: the command shows it, and a test framework keeps it with the test."""

LogLine = tuple[int, str]
"""Milliseconds since the epoch, text."""


class LogStore(Protocol):
    """CloudWatch Logs, as far as an environment needs it and its function's role may use it."""

    def create_stream(self, group: str, stream: str) -> None:
        """Create the stream, and the group when there is none."""

    def put(self, group: str, stream: str, lines: list[LogLine]) -> None:
        """Append the lines; nothing happens when the group has been deleted meanwhile."""


def new_stream_name(version: str, now: float) -> str:
    """Return a fresh stream name in Lambda's form."""
    day = time.strftime("%Y/%m/%d", time.gmtime(now))
    return f"{day}/[{version}]{uuid.uuid4().hex}"


class LogStream:
    """Ships one environment's lines to the terminal and to the log store."""

    def __init__(self, function: str, stream: str, settings: LogSettings, store: LogStore) -> None:
        self.name = stream
        self._function = function
        self._group = settings.group
        self._store = store
        self._lines: list[LogLine] = []
        self._shipper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Create the stream and begin to ship."""
        await asyncio.to_thread(self._store.create_stream, self._group, self.name)
        self._shipper = asyncio.create_task(self._ship_for_ever())

    def write(self, text: str) -> None:
        """Take one line; it appears a little later."""
        self._lines.append((time.time_ns() // 1_000_000, text))

    async def copy(self, pipe: asyncio.StreamReader) -> None:
        """Write the lines of the function's own output until it ends."""
        rest = b""
        while piece := await pipe.read(64 * 1024):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self.write(line.decode(errors="replace"))
        if rest:
            self.write(rest.decode(errors="replace"))

    async def close(self) -> None:
        """Ship what is left and stop."""
        if self._shipper:
            self._shipper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._shipper
        await asyncio.to_thread(self._ship)

    async def _ship_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SHIP_EVERY_SECONDS)
            if self._lines:
                await asyncio.to_thread(self._ship)

    def _ship(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            for line in lines:
                self._show(line)
            self._store.put(self._group, self.name, lines)

    def _show(self, line: LogLine) -> None:
        """A record's carriage returns keep it one event in CloudWatch; a terminal would overwrite its own line."""
        for part in line[1].replace("\r", "\n").replace("\N{NO-BREAK SPACE}", " ").split("\n"):
            TERMINAL.info("[%s] %s", self._function, part)
