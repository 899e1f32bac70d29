"""Who is measured: what runs, and what it is called."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.workshop import NODE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.workshop import Workshop

FLOOR, NAIVE, NODE_RIC, FASTAPI, OURS, OURS_SOURCE, OURS_BOTO3 = (
    "c",
    "naive",
    "node",
    "fastapi",
    "ours",
    "ours-source",
    "ours-boto3",
)
RUNTIMES: Mapping[str, str] = {
    FLOOR: "C client, the floor",
    NAIVE: "http.client, as one writes it first",
    NODE_RIC: "Node.js, aws-lambda-ric",
    FASTAPI: "FastAPI behind a pass-through",
    OURS: "**lambda_stream**",
    OURS_SOURCE: "lambda_stream without bytecode",
}
CHATS: Mapping[str, str] = {
    NAIVE: "boto3 + http.client",
    NODE_RIC: "Node.js, aws-lambda-ric + SDK v3",
    FASTAPI: "FastAPI + boto3 behind a pass-through",
    OURS_BOTO3: "bedrock_chat, client boto3",
    OURS: "**bedrock_chat**",
    OURS_SOURCE: "bedrock_chat without bytecode",
}
APPLICATION = "bedrock_chat.app.handler"


@dataclass(frozen=True, slots=True)
class Contender:
    """A function that can be started.

    Attributes:
        handler: What the function's setting says, where its runtime reads it.
        task: The folder of its code.
        only_cold: Whether it differs from another in nothing but its cold start.
    """

    key: str
    command: tuple[str, ...]
    handler: str
    task: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    only_cold: bool = False


def runtimes(workshop: Workshop) -> list[Contender]:
    """The runtimes, around the same simple handler."""
    return [
        Contender(FLOOR, (str(workshop.program("floor")),), "", workshop.home),
        _naive(workshop, "chunks.handler"),
        _node(workshop, "chunks.handler"),
        _fastapi(workshop, "chunks_server:app"),
        _ours(workshop, OURS, "chunks.handler", {}),
        _ours(workshop, OURS_SOURCE, "chunks.handler", {}),
    ]


def chats(workshop: Workshop) -> list[Contender]:
    """The chats with Bedrock."""
    return [
        _naive(workshop, "ask.handler"),
        _node(workshop, "ask.handler"),
        _fastapi(workshop, "ask_server:app"),
        _ours(workshop, OURS_BOTO3, APPLICATION, {"BEDROCK_CHAT_CLIENT": "boto3"}),
        _ours(workshop, OURS, APPLICATION, {}),
        _ours(workshop, OURS_SOURCE, APPLICATION, {}),
    ]


def _naive(workshop: Workshop, handler: str) -> Contender:
    # As ours is started: `-m` would cost it more.
    start = "import naive_runtime; naive_runtime.main()"
    return Contender(NAIVE, (str(workshop.python), "-c", start), handler, workshop.compiled)


def _node(workshop: Workshop, handler: str) -> Contender:
    client = NODE / "node_modules" / "aws-lambda-ric" / "index.mjs"
    return Contender(NODE_RIC, (str(workshop.node), str(client), handler), handler, NODE)


def _fastapi(workshop: Workshop, app: str) -> Contender:
    port = str(_free_port())
    server = (str(workshop.python), "-m", "uvicorn", "--port", port, "--log-level", "warning", app)
    command = (str(workshop.program("passthrough")), port, *server)
    return Contender(FASTAPI, command, "", workshop.compiled)


def _ours(workshop: Workshop, key: str, handler: str, variables: Mapping[str, str]) -> Contender:
    """Started by its own `bootstrap`, as on Lambda: a shell that gives way to the interpreter."""
    task = workshop.source if key == OURS_SOURCE else workshop.compiled
    command = (str(task / "bootstrap"), str(workshop.python))
    # Where the runtime looks for boto3 on Lambda.
    variables = {**variables, "LAMBDA_RUNTIME_DIR": str(workshop.python_packages)}
    return Contender(key, command, handler, task, variables, only_cold=key == OURS_SOURCE)


def _free_port() -> int:
    """A port that is free now: a server that is not ours can't be asked for the one it chose."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rotated(contenders: list[Contender], by: int) -> list[Contender]:
    """The same in another order: what goes first in one round doesn't in the next."""
    start = by % len(contenders)
    return contenders[start:] + contenders[:start]
