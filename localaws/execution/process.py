"""The operating system's side of an execution environment: a process group, its output, its memory, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TERMINATE_SECONDS = 2.0
PEAK_MEMORY = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


class FunctionProcess:
    """The runtime of one environment and whatever it has started, as one process group."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._peak_mb = 0

    @classmethod
    async def start(cls, command: Sequence[str], variables: Mapping[str, str], folder: Path) -> FunctionProcess:
        """Start the command; OSError when it can't be executed."""
        process = await asyncio.create_subprocess_exec(
            *command,
            env=variables,
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        return cls(process)

    @property
    def output(self) -> asyncio.StreamReader:
        """What the function prints."""
        assert self._process.stdout is not None  # noqa: S101  it was started with a pipe
        return self._process.stdout

    @property
    def running(self) -> bool:
        """Tell whether the runtime is alive."""
        return self._process.returncode is None

    async def wait(self) -> str:
        """Return how the runtime ended, in the words that Lambda logs."""
        status = await self._process.wait()
        if status < 0:
            return f"Runtime exited with error: signal: {signal.strsignal(-status) or -status}".lower().capitalize()
        return (
            f"Runtime exited with error: exit status {status}"
            if status
            else "Runtime exited without providing a reason"
        )

    def kill(self) -> None:
        """End the group at once."""
        self._signal(signal.SIGKILL)

    async def terminate(self) -> None:
        """Ask the group to end, and insist after two seconds."""
        if self.running:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), TERMINATE_SECONDS)
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def peak_memory_mb(self) -> int:
        """Return the largest resident size seen so far, 0 where there is no /proc."""
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii", errors="replace")
            if match := PEAK_MEMORY.search(status):
                self._peak_mb = int(match.group(1)) // 1024
        return self._peak_mb

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
