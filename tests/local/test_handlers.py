"""Handlers of a user's own on the deployed runtime, behind a Function URL: what a client sees of each."""

import http.client
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.functions import create_function, delete_function
from support.waiting import eventually

HANDLERS = """
import os, signal, time
from pathlib import Path
from lambda_stream import Request, Response

def handler(event, context):
    if "requestContext" not in event:
        return raw(event)
    return ROUTES[Request(event).path](event, context)

def raw(event):
    if event.get("fail"):
        raise LookupError("raw")
    return (str(n) for n in (1, 2)) if event.get("stream") else {"got": event}

def words(event, context):
    for word in "one word at a time".split():
        yield word + " "
        time.sleep(0.1)

def nothing(event, context):
    yield from ()

def teapot(event, context):
    return Response("short and stout", status=418, headers={"x-kind": "pot"}, cookies=["a=1", "b=2"])

def early(event, context):
    raise LookupError("early")

def late(event, context):
    yield "begun"
    raise LookupError("late")

def exits(event, context):
    yield "begun"
    time.sleep(0.2)
    os._exit(7)

def deaf():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(60)

def sleeps(event, context):
    yield "begun"
    time.sleep(60)

def sleeps_deaf(event, context):
    yield "begun"
    deaf()

def sleeps_deaf_first(event, context):
    deaf()

def silent(event, context):
    def body():
        yield "data: begun\\n\\n"
        time.sleep(1.5)
        yield "data: done\\n\\n"
    return Response(body(), headers={"content-type": "text/event-stream"})

def process(event, context):
    yield str(os.getpid())
    time.sleep(1)

def writes(event, context):
    path = Path(Request(event).query["path"])
    yield "begun"
    for _ in range(100):
        yield "x" * 1000
        time.sleep(0.01)
    path.write_text("finished")

def flood(event, context):
    path = Path(Request(event).query["path"])
    for number in range(400):
        yield "x" * 100_000
        path.write_text(str(number + 1))
    status = Path("/proc/self/status")
    if status.exists():  # on Linux
        path.with_suffix(".status").write_text(status.read_text())

ROUTES = {"/" + name: globals()[name] for name in [
    "words", "nothing", "teapot", "early", "late", "exits", "sleeps", "sleeps_deaf", "sleeps_deaf_first", "silent",
    "process", "writes", "flood",
]}
"""
TIMEOUT_S = 3


@pytest.fixture(scope="module")
def clients(api: Callable[[str], Any]) -> dict[str, Any]:
    return {service: api(service) for service in ("lambda", "iam", "logs")}


@pytest.fixture(scope="module")
def url(clients: dict[str, Any]) -> Iterator[str]:
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap", "LAMBDA_STREAM_HEARTBEAT_SECONDS": "0.3"}
    yield create_function(clients, "handlers", HANDLERS, Timeout=TIMEOUT_S, Environment={"Variables": variables})
    delete_function(clients, "handlers")


@pytest.fixture
def connection(url: str) -> Iterator[http.client.HTTPConnection]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    opened = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    yield opened
    opened.close()


def get(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    connection.request("GET", path)
    return connection.getresponse()


def test_each_yield_arrives_when_it_is_made(connection: http.client.HTTPConnection) -> None:
    """One after the other, not together at the end."""
    response = get(connection, "/words")
    pieces, times = [], []
    while piece := response.read1():
        pieces.append(piece)
        times.append(time.monotonic())
    assert pieces == [b"one ", b"word ", b"at ", b"a ", b"time "]
    assert all(later - earlier > 0.05 for earlier, later in itertools.pairwise(times))


def test_a_stream_of_nothing_is_an_empty_answer(connection: http.client.HTTPConnection) -> None:
    """It ends, with its status and headers."""
    response = get(connection, "/nothing")
    assert (response.status, response.read()) == (200, b"")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_status_headers_and_cookies_arrive(connection: http.client.HTTPConnection) -> None:
    """As the handler set them."""
    response = get(connection, "/teapot")
    assert (response.status, response.read()) == (418, b"short and stout")
    assert response.headers["x-kind"] == "pot"
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_an_error_before_the_first_chunk_is_an_error_status(connection: http.client.HTTPConnection) -> None:
    """And the function goes on."""
    response = get(connection, "/early")
    assert (response.status, b"early" in response.read()) == (502, False)
    assert get(connection, "/teapot").status == 418


def test_an_error_after_the_first_chunk_ends_the_stream(connection: http.client.HTTPConnection) -> None:
    """AWS takes the response for a success: only what was yielded tells the client."""
    response = get(connection, "/late")
    assert (response.status, response.read()) == (200, b"begun")


def test_a_handler_that_sleeps_through_its_time_is_ended_in_good_form(connection: http.client.HTTPConnection) -> None:
    """Before Lambda would cut the stream: the runtime wakes it."""
    started = time.monotonic()
    response = get(connection, "/sleeps")
    assert (response.status, response.read()) == (200, b"begun")
    assert time.monotonic() - started < TIMEOUT_S


def test_a_silent_stream_is_kept_open(connection: http.client.HTTPConnection) -> None:
    """By comments that no client shows."""
    body = get(connection, "/silent").read()
    assert body.startswith(b"data: begun\n\n: keep-alive\n\n")
    assert body.endswith(b": keep-alive\n\ndata: done\n\n")


@pytest.mark.parametrize("path", ["/exits", "/sleeps_deaf"], ids=["the process exits", "the time is up"])
def test_a_stream_that_is_broken_off_has_no_end(connection: http.client.HTTPConnection, path: str) -> None:
    """The client can tell it from a whole one; the next request gets a new process."""
    with pytest.raises(http.client.IncompleteRead) as broken:
        get(connection, path).read()
    assert broken.value.partial == b"begun"
    connection.close()
    assert get(connection, "/teapot").status == 418


def test_a_function_that_never_answers_is_cut_at_its_timeout(connection: http.client.HTTPConnection) -> None:
    """With an error status, after the configured seconds."""
    started = time.monotonic()
    assert get(connection, "/sleeps_deaf_first").status == 502
    assert TIMEOUT_S <= time.monotonic() - started < TIMEOUT_S + 10


def test_a_client_that_hangs_up_does_not_stop_the_function(
    connection: http.client.HTTPConnection, tmp_path: Path
) -> None:
    """It runs to its end, as on Lambda, billed."""
    path = tmp_path / "finished"
    assert get(connection, f"/writes?path={path}").read(5) == b"begun"
    connection.close()
    eventually(path.exists)


def test_a_client_that_does_not_read_holds_the_function_back(
    connection: http.client.HTTPConnection, tmp_path: Path
) -> None:
    """40 MB are not collected anywhere: the handler waits at its yield, and goes on when the client reads.

    Its process never holds more than a few of the chunks.
    """
    path = tmp_path / "progress"
    response = get(connection, f"/flood?path={path}")
    eventually(path.exists)
    settled = wait_until_still(path)
    assert settled < 300
    assert len(response.read()) == 400 * 100_000
    eventually(lambda: path.read_text() == "400")
    if sys.platform == "linux":
        status = path.with_suffix(".status")
        eventually(status.exists)
        assert peak_kilobytes(status.read_text()) < 30_000


def peak_kilobytes(status: str) -> int:
    """The most memory that a process has held, from its /proc/PID/status."""
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def wait_until_still(path: Path) -> int:
    """The number in the file, once it has not changed for half a second."""
    number, since = path.read_text(), time.monotonic()
    while time.monotonic() - since < 0.5:
        time.sleep(0.05)
        if (now := path.read_text()) != number:
            number, since = now, time.monotonic()
    return int(number)


def test_requests_at_the_same_time_run_in_processes_of_their_own(url: str) -> None:
    """One process serves one request at a time, as on Lambda."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connections = [http.client.HTTPConnection(parts.hostname, parts.port, timeout=30) for _ in range(6)]
    for each in connections:
        each.request("GET", "/process")
    processes = {each.getresponse().read() for each in connections}
    for each in connections:
        each.close()
    assert len(processes) == 6


@pytest.mark.parametrize(
    ("event", "payload", "error"),
    [
        ({"a": 1}, {"got": {"a": 1}}, None),
        ({"stream": True}, 12, None),
        ({"fail": True}, "raw", "Unhandled"),
    ],
    ids=["a value", "a stream", "an error"],
)
def test_a_direct_invocation_is_answered(
    clients: dict[str, Any], url: str, event: dict[str, Any], payload: object, error: str | None
) -> None:
    """Without HTTP around it: a JSON value, the bytes of a stream together, or the error."""
    assert url
    answer = clients["lambda"].invoke(FunctionName="handlers", Payload=json.dumps(event).encode())
    found = json.loads(answer["Payload"].read())
    assert answer.get("FunctionError") == error
    assert (found["errorMessage"] if error else found) == payload
