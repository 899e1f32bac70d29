"""A function's log on the terminal and in the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from localaws.execution.deployment import LogSettings
from localaws.execution.log_stream import LogStream

if TYPE_CHECKING:
    import pytest

    from localaws.execution.log_stream import LogLine


class Kept:
    """A log store in memory."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def create_stream(self, group: str, stream: str) -> None:
        del group, stream

    def put(self, group: str, stream: str, lines: list[LogLine]) -> None:
        del group, stream
        self.messages += [text for _, text in lines]


def test_a_record_of_many_lines_is_one_event_and_many_lines_on_the_terminal(caplog: pytest.LogCaptureFixture) -> None:
    """A terminal would overwrite its own line at each carriage return."""
    kept = Kept()

    async def log() -> None:
        stream = LogStream("chat", "stream", LogSettings(group="/aws/lambda/chat"), kept)
        await stream.start()
        stream.write("[ERROR] E: bad\rTraceback:\r\xa0\xa0File x")
        await stream.close()

    asyncio.run(log())
    assert kept.messages == ["[ERROR] E: bad\rTraceback:\r\xa0\xa0File x"]
    assert caplog.messages == ["[chat] [ERROR] E: bad", "[chat] Traceback:", "[chat]   File x"]
