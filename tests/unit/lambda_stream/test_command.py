"""`python -m lambda_stream`: a handler tried without AWS."""

import itertools
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HANDLERS = """
import time
from lambda_stream import Request, Response

def echo(event, context):
    request = Request(event)
    text = f"{request.method} {request.path} {request.query} {request.body}"
    return Response(text, multi_value_headers={"x-a": ["1", "2"]}, cookies=["c=1"])

def sleeps(event, context):
    yield "begun"
    time.sleep(30)

def words(event, context):
    for word in event["sentence"].split():
        yield word + " "
        time.sleep(0.05)
    if event.get("then_fail"):
        raise LookupError("late")

def page(event, context):
    return Response("hello", status=201, headers={"x-left-ms": str(context.get_remaining_time_in_millis() > 5000)})

def value(event, context):
    return {"got": event}
"""
HTTP_EVENT = json.dumps({"requestContext": {"http": {"method": "GET"}}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(HANDLERS)
    (tmp_path / "event.json").write_text('{"sentence": "from a file"}')
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lambda_stream", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def columns(line: str) -> tuple[float, int, str]:
    seconds, _, size, _, text = line.split(maxsplit=4)
    return float(seconds), int(size), json.loads(text)


def test_each_chunk_is_printed_with_its_time(folder: Path) -> None:
    """One line each: seconds, bytes, text."""
    result = run(folder, "app.words", "--event", '{"sentence": "one wörd at a time"}')
    lines = [columns(line) for line in result.stdout.splitlines()]
    assert [(size, text) for _, size, text in lines] == [
        (4, "one "), (6, "wörd "), (3, "at "), (2, "a "), (5, "time "),
    ]  # fmt: skip
    times = [seconds for seconds, _, _ in lines]
    assert all(later - earlier >= 0.04 for earlier, later in itertools.pairwise(times))
    assert (result.returncode, result.stderr) == (0, "")


def test_an_http_event_shows_status_and_headers(folder: Path) -> None:
    """Before the body."""
    head, _, body = run(folder, "app.page", "--event", HTTP_EVENT).stdout.partition("\n\n")
    assert head == "status: 201\ncontent-type: text/plain; charset=utf-8\nx-left-ms: True"
    assert columns(body)[1:] == (5, "hello")


def test_a_request_can_be_made_up(folder: Path) -> None:
    """Method, path, query and body as of a Function URL; every header is shown."""
    result = run(folder, "app.echo", "--http", "post /a/b?x=1&y=", "--event", "body")
    assert result.stdout.partition("\n\n")[0].splitlines() == [
        "status: 200", "content-type: text/plain; charset=utf-8", "x-a: 1", "x-a: 2", "set-cookie: c=1",
    ]  # fmt: skip
    assert columns(result.stdout.splitlines()[-1])[2] == "POST /a/b {'x': '1', 'y': ''} b'body'"
    empty = run(folder, "app.echo", "--http", "GET")
    assert columns(empty.stdout.splitlines()[-1])[2] == "GET / {} b''"


def test_a_timeout_ends_a_handler_as_the_function_would(folder: Path) -> None:
    """In good form, shortly before."""
    result = run(folder, "app.sleeps", "--timeout", "1")
    assert result.returncode == 1
    assert result.stderr.startswith("[ERROR] DeadlineExceeded: the handler was ended because its time was nearly up")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell has what runs in its background ignore interrupts, and so do the processes that are started there."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_is_no_traceback(folder: Path) -> None:
    """Its status is that of a shell's command."""
    command = [sys.executable, "-m", "lambda_stream", "app.sleeps"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "begun" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, "")


def test_a_value_is_printed_as_json(folder: Path) -> None:
    """And the default event is an empty object."""
    assert columns(run(folder, "app.value").stdout)[2] == '{"got": {}}'


def test_the_event_can_come_from_a_file(folder: Path) -> None:
    """As `@FILE`."""
    result = run(folder, "app.words", "--event", "@event.json")
    assert [columns(line)[2] for line in result.stdout.splitlines()] == ["from ", "a ", "file "]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent.handler"], "[ERROR] Runtime.ImportModuleError: Unable to import module 'absent'"),
        (["app.words", "--event", "{"], "[ERROR] Runtime.UnmarshalError: "),
        (["app.words"], "[ERROR] KeyError: 'sentence'\nTraceback (most recent call last):\n"),
        (["app.words", "--event", "@absent.json"], "[ERROR] FileNotFoundError: "),
    ],
    ids=["no module", "no JSON", "handler raises", "no file"],
)
def test_a_failure_is_shown_as_lambda_would_log_it(folder: Path, arguments: list[str], message: str) -> None:
    """With exit status 1."""
    result = run(folder, *arguments)
    assert result.returncode == 1
    assert result.stderr.startswith(message)


def test_a_late_failure_follows_what_was_yielded(folder: Path) -> None:
    """The chunks are on standard output, the error on the other."""
    result = run(folder, "app.words", "--event", '{"sentence": "a b", "then_fail": true}')
    assert (result.returncode, len(result.stdout.splitlines())) == (1, 2)
    assert result.stderr.startswith("[ERROR] LookupError: late\nTraceback")


def test_the_runtime_starts_without_heavy_imports() -> None:
    """Each of these would cost every cold start milliseconds; async handlers alone pay for asyncio."""
    script = "import sys, lambda_stream.runtime; print(*sys.modules)"
    command = [sys.executable, "-S", "-c", script]
    environment = {"PYTHONPATH": str(Path(__file__).parents[3] / "handler")}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(result.stdout.split())
    assert "lambda_stream.runtime" in loaded
    assert (
        not {"lambda_stream.snap_start", "asyncio", "typing", "dataclasses", "inspect", "http", "traceback", "pathlib"}
        & loaded
    )
