"""Execution of CloudFront Functions: the code as it was deployed, in one Node.js process for a distribution."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNER = Path(__file__).with_name("run_viewer_function.js")
NODE_MISSING = "CloudFront Functions need Node.js here, and there is no `node` on the PATH: install Node.js 20 or newer"
MAX_LINE_BYTES = 1024 * 1024
ANSWER_SECONDS = 4.0
"""For what the process can't end by itself: a promise that is never kept."""


class ViewerFunctionError(Exception):
    """The function can't be run, or has thrown; the text says why."""


class ViewerFunctions:
    """Runs functions one after the other; the process starts with the first and ends with `close`."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, code: str, event: Mapping[str, object]) -> object:
        """Return what the code's handler returns; ViewerFunctionError when it doesn't."""
        async with self._turn:
            process = self._process = await self._running()
            assert process.stdin is not None  # noqa: S101  it was started with pipes
            assert process.stdout is not None  # noqa: S101
            process.stdin.write(json.dumps({"code": code, "event": event}).encode() + b"\n")
            try:
                line = await asyncio.wait_for(process.stdout.readline(), ANSWER_SECONDS)
            except TimeoutError:
                line = b""
            if not line:
                await self.close()
                raise ViewerFunctionError("it gave no answer")
        answer = json.loads(line)
        if "error" in answer:
            raise ViewerFunctionError(answer["error"])
        return answer.get("result")

    async def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                self._process.kill()
            await self._process.wait()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        node = shutil.which("node")
        if node is None:
            raise ViewerFunctionError(NODE_MISSING)
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(node, str(RUNNER), stdin=pipe, stdout=pipe, limit=MAX_LINE_BYTES)
