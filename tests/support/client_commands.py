"""The clients of examples/clients, each run as its README says."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples" / "clients"
NODE_PACKAGES = Path(__file__).parents[1] / "node" / "node_modules"
LIMIT_S = 60


@dataclass(frozen=True)
class Run:
    """How a client ended, and for how long it was printing."""

    status: int
    output: str
    errors: str
    printing_s: float


def command_of(client: str, folder: Path) -> list[str]:
    """The command that runs a client; the one that needs npm packages runs in `folder`, beside those of the tests."""
    if client == "ai-sdk":
        (folder / "node_modules").symlink_to(NODE_PACKAGES)
        return ["node", str(shutil.copy(EXAMPLES / "ai-sdk" / "ask.mjs", folder))]
    if client == "curl":
        return ["sh", str(EXAMPLES / "curl" / "ask.sh")]
    return [sys.executable, str(EXAMPLES / client / "ask.py")]


def run_client(command: list[str], question: str, variables: Mapping[str, str]) -> Run:
    """Asks a question; a client that hangs fails the test."""
    with subprocess.Popen(
        [*command, question],
        env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.read(1)
        began = time.monotonic()
        rest, errors = process.communicate(timeout=LIMIT_S)
    printing_s = time.monotonic() - began
    return Run(process.returncode, (first + rest).decode(), errors.decode(), printing_s)
