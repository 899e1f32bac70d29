"""The same failing and logging handlers on AWS's own Python runtime and on ours: what Lambda and the log get is equal.

AWS's runtime is `awslambdaric` from the package index, which is what the managed runtime runs.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.runtime_api import Invoke, RuntimeApiServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="awslambdaric is built for Linux only")

BOOTSTRAP = Path(__file__).parents[3] / "handler" / "bootstrap"

HANDLERS = """
import logging

def raises(event, context):
    raise ValueError("bad value")

def raises_from(event, context):
    try:
        {}["key"]
    except KeyError as error:
        raise RuntimeError("größer \\N{SNOWMAN}") from error

class Custom_Error2(Exception):
    pass

def raises_deep(event, context):
    def inner():
        raise Custom_Error2
    inner()

def not_json(event, context):
    return {"a": {1, 2}}

def value(event, context):
    return {"got": event, "id": context.aws_request_id}

def logs(event, context):
    logger = logging.getLogger("shop")
    logging.getLogger().setLevel("INFO")
    logger.debug("not shown")
    logger.info("sold %d for %s", 3, "größer", extra={"customer": "c-1", "odd": {1}})
    logger.warning({"structured": True})
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception("division")
    logger.log(35, "between")
    context.log("as it is\\n")
    print("printed")
    return None

def logs_at_its_level(event, context):
    logging.debug("debug")
    logging.info("info")
    logging.warning("warning")
    logging.error("error")
    return None
"""

HOOKS = """
import os, random, sys
from snapshot_restore_py import register_after_restore, register_before_snapshot

random.seed(1)

@register_before_snapshot
def first():
    print("first", flush=True)

@register_after_restore
def second():
    print("second", flush=True)

def say(*words, end):
    print(*words, end=end, flush=True)

register_before_snapshot(say, "third", "and", end=" last\\n")
register_after_restore(say, "fourth", end="\\n")

def fail(kind, *arguments):
    raise kind(*arguments)

failing = os.environ.get("FAILS", "")
if failing.startswith("before"):
    register_before_snapshot(fail, SystemExit if failing.endswith("exit") else ValueError, "no snapshot")
if failing.startswith("after"):
    register_after_restore(fail, SystemExit if failing.endswith("exit") else ValueError, "no restore")

def handler(event, context):
    print("handled", flush=True)
    return random.random()
"""

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
# A paragraph about runtime updates, which AWS prints before each init error. It would be wrong here.
ADVICE = re.compile(r"[^\n]*LAMBDA_WARNING: [^\r]*\r\n?")
# What AWS's client says when the test's Runtime API has no further invocation for it.
END = re.compile(r"\[ERROR\] \[\d+\] LAMBDA_RUNTIME Failed to get next invocation[^\n]*\n")

AWS = [sys.executable, "-m", "awslambdaric"]
OURS = [str(BOOTSTRAP), sys.executable]


class Outcome:
    """What a runtime sent to Lambda and wrote to its log."""

    def __init__(self, api: RuntimeApiServer, log: bytes, frames: bytes, status: int) -> None:
        requests = [request for request in api.received if not request.path.endswith("/next")]
        self.status = status
        self.called = [request.path.removeprefix("/2018-06-01/runtime/") for request in api.received]
        self.sent = [(request.path, json.loads(request.body)) for request in requests]
        self.error_types = [request.headers.get("lambda-runtime-function-error-type") for request in requests]
        self.log = END.sub("", ADVICE.sub("", TIME.sub("TIME", log.decode())))
        self.frames = list(unframe(frames))


def unframe(data: bytes) -> Any:
    while data:
        kind, size = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
        message = TIME.sub("TIME", data[16 : 16 + size].decode())
        if "LAMBDA_WARNING" not in message:
            yield hex(kind), message
        data = data[16 + size :]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    (tmp_path / "hooks.py").write_text(HOOKS)
    (tmp_path / "unsound.py").write_text("x = 1\ndef handler(:\n    pass\n")
    (tmp_path / "needy.py").write_text("import not_installed_anywhere\n")
    (tmp_path / "raising.py").write_text("def prepare():\n    raise LookupError('at import')\nprepare()\n")
    (tmp_path / "lambda_stream").symlink_to(BOOTSTRAP.parent / "lambda_stream")
    return tmp_path


@dataclass(frozen=True)
class Case:
    """One invocation of one handler."""

    handler: str
    event: bytes = b'{"a": 1}'
    client_context: str = "null"
    framed: bool = False
    restore_status: int = 200


def run(folder: Path, command: list[str], case: Case, variables: Mapping[str, str]) -> Outcome:
    """Runs a case in a process, as Lambda starts it."""
    api = RuntimeApiServer()
    api.restore_status = case.restore_status
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Client-Context": case.client_context}
    api.invocations = [Invoke(case.event, headers)]
    reader, writer = os.pipe()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "_HANDLER": case.handler,
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_LAMBDA_RUNTIME_API": api.host,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        **variables,
        **({"_LAMBDA_TELEMETRY_LOG_FD": str(writer)} if case.framed else {}),
    }
    arguments = [*command, case.handler] if command == AWS else command
    process = subprocess.Popen(
        arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=[writer]
    )
    os.close(writer)
    log, _ = process.communicate(timeout=30)
    api.stop()
    with os.fdopen(reader, "rb") as file:
        return Outcome(api, log, file.read(), process.returncode)


def on_both(folder: Path, case: Case, **variables: str) -> tuple[Outcome, Outcome]:
    return run(folder, AWS, case, variables), run(folder, OURS, case, variables)


FAILURES = {
    "raises": Case("app.raises"),
    "raises from another": Case("app.raises_from"),
    "raises a class of its own": Case("app.raises_deep"),
    "no module": Case("absent.handler"),
    "a module that needs another": Case("needy.handler"),
    "a syntax error": Case("unsound.handler"),
    "no handler in the module": Case("app.absent"),
    "no dot": Case("handler"),
    "a built-in module": Case("sys.exit"),
    "a client context that is not JSON": Case("app.value", client_context="{"),
}


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
@pytest.mark.parametrize("case", FAILURES.values(), ids=FAILURES)
def test_a_failure_is_reported_and_logged_alike(folder: Path, case: Case, log_format: str) -> None:
    """The same endpoint, the same error JSON down to the frames, the same record."""
    theirs, ours = on_both(folder, case, AWS_LAMBDA_LOG_FORMAT=log_format)
    assert ours.sent == theirs.sent
    assert comparable(ours.log) == comparable(theirs.log)


def comparable(log: str) -> list[object]:
    """JSON records as values: the order of their fields and their blanks say nothing."""
    lines = (line for line in log.split("\n") if "LAMBDA_WARNING" not in line)
    return [json.loads(line) if line.startswith("{") else line for line in lines]


def test_a_module_that_raises_is_reported_alike(folder: Path) -> None:
    """But for the frames of the import system, which AWS shows and we leave out."""
    theirs, ours = on_both(folder, Case("raising.handler"))
    (path, error), (their_path, their_error) = ours.sent[0], theirs.sent[0]
    assert (path, error["errorType"], error["errorMessage"]) == (their_path, "LookupError", "at import")
    assert error["stackTrace"] == [frame for frame in their_error["stackTrace"] if "importlib" not in frame]
    assert ours.log.startswith("[ERROR] LookupError: at import\rTraceback (most recent call last):\r")


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (Case("app.not_json"), "Unable to marshal response: Object of type set is not JSON serializable"),
        (Case("app.value", event=b"{"), "Unable to unmarshal input: Expecting property name"),
    ],
    ids=["a result that is not JSON", "an event that is not JSON"],
)
def test_what_is_not_json_is_the_same_error(folder: Path, case: Case, message: str) -> None:
    """But for the last words, which are the JSON library's own."""
    theirs, ours = on_both(folder, case)
    assert [(path, error["errorType"]) for path, error in ours.sent] == [
        (path, error["errorType"]) for path, error in theirs.sent
    ]
    for outcome in (ours, theirs):
        assert outcome.sent[0][1]["errorMessage"].startswith(message)


def test_a_value_is_answered_alike(folder: Path) -> None:
    """As JSON."""
    theirs, ours = on_both(folder, Case("app.value"))
    assert ours.sent == theirs.sent


LOGGING = {
    "text": {},
    "text from a level on": {"AWS_LAMBDA_LOG_FORMAT": "Text", "AWS_LAMBDA_LOG_LEVEL": "WARN"},
    "JSON": {"AWS_LAMBDA_LOG_FORMAT": "JSON"},
    "JSON, everything": {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "TRACE"},
    "JSON, errors only": {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "ERROR"},
}


@pytest.mark.parametrize("framed", [False, True], ids=["standard output", "framed"])
@pytest.mark.parametrize("handler", ["app.logs", "app.logs_at_its_level", "app.raises"])
@pytest.mark.parametrize("variables", LOGGING.values(), ids=LOGGING)
def test_records_are_written_alike(folder: Path, variables: dict[str, str], handler: str, framed: bool) -> None:
    """In every format, on every level, to either place."""
    theirs, ours = on_both(folder, Case(handler, framed=framed), **variables)
    assert comparable(ours.log) == comparable(theirs.log)
    assert [(kind, comparable(text)) for kind, text in ours.frames] == [
        (kind, comparable(text)) for kind, text in theirs.frames
    ]


SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


def test_hooks_run_alike(folder: Path) -> None:
    """Before the snapshot the last registered first, after the restore the first; then the handler."""
    theirs, ours = on_both(folder, Case("hooks.handler"), **SNAP_START)
    assert ours.log == theirs.log == "third and last\nfirst\nsecond\nfourth\nhandled\n"
    assert ours.called[:2] == theirs.called[:2] == ["restore/next", "invocation/next"]


@pytest.mark.parametrize("initialization", ["on-demand", "provisioned-concurrency"])
def test_without_snap_start_no_hook_runs(folder: Path, initialization: str) -> None:
    """And nothing asks for a restore."""
    theirs, ours = on_both(folder, Case("hooks.handler"), AWS_LAMBDA_INITIALIZATION_TYPE=initialization)
    assert ours.log == theirs.log == "handled\n"
    assert (ours.called[0], ours.sent) == ("invocation/next", theirs.sent)


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
@pytest.mark.parametrize(
    ("fails", "reported"),
    [
        ("before", ("init/error", ["Runtime.BeforeSnapshotError"], 64)),
        ("before with an exit", ("init/error", ["Runtime.BeforeSnapshotError"], 64)),
        ("after", ("restore/error", ["Runtime.AfterRestoreError"], 65)),
        ("after with an exit", ("restore/error", ["Runtime.AfterRestoreError"], 65)),
    ],
)
def test_a_hook_that_fails_is_reported_and_logged_alike(
    folder: Path, fails: str, reported: tuple[str, list[str], int], log_format: str
) -> None:
    """But for the frame of AWS's own that calls the hook."""
    theirs, ours = on_both(folder, Case("hooks.handler"), AWS_LAMBDA_LOG_FORMAT=log_format, FAILS=fails, **SNAP_START)
    for outcome in (theirs, ours):
        assert (outcome.called[-1], outcome.error_types, outcome.status) == reported
        assert len(outcome.sent[0][1]["stackTrace"]) == (1 if outcome is ours else 2)
        assert "handled" not in outcome.log
    for _, error in (theirs.sent[0], ours.sent[0]):
        error["stackTrace"] = error["stackTrace"][-1:]
    assert ours.sent == theirs.sent
    assert ours.sent[0][1]["errorType"] in ours.log


def test_without_a_restore_the_process_ends_alike(folder: Path) -> None:
    """When Lambda refuses it. The words are each one's own."""
    theirs, ours = on_both(folder, Case("hooks.handler", restore_status=403), **SNAP_START)
    for outcome in (theirs, ours):
        assert outcome.called == ["restore/next", "init/error"]
        assert (outcome.error_types, outcome.status) == (["Runtime.BeforeSnapshotError"], 64)
        assert "second" not in outcome.log


def test_after_a_restore_random_numbers_are_new_ones(folder: Path) -> None:
    """AWS's own runtime goes on with those of the snapshot, in each process that is restored from it."""
    outcomes = [outcome for _ in range(2) for outcome in on_both(folder, Case("hooks.handler"), **SNAP_START)]
    their_first, our_first, their_second, our_second = (outcome.sent[0][1] for outcome in outcomes)
    assert their_first == their_second
    assert len({their_first, our_first, our_second}) == 3
