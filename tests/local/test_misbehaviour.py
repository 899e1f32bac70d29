"""Handlers that misbehave: each ends in a documented way, and the next invocation works."""

import http.client
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.functions import create_function, delete_function

HANDLERS = r"""
import asyncio, gc, os, signal, sys, threading, time
from lambda_stream import Request, Response

def handler(event, context):
    return CASES[Request(event).path.strip("/")](event, context)

def case(function):
    CASES[function.__name__] = function
    return function

CASES = {}

@case
def fine(event, context):
    yield f"{os.getpid()}"

@case
def raises(event, context):
    raise LookupError

@case
def raises_at_first(event, context):
    raise LookupError
    yield

@case
def raises_at_second(event, context):
    yield "1"
    raise LookupError

@case
def raises_after_last(event, context):
    yield "1"
    yield "2"
    raise LookupError

@case
def raises_stop_iteration(event, context):
    yield "1"
    raise StopIteration

@case
def raises_generator_exit(event, context):
    yield "1"
    raise GeneratorExit

@case
def raises_keyboard_interrupt_class(event, context):
    raise asyncio.CancelledError

@case
def raises_memory_error(event, context):
    raise MemoryError

@case
def recurses(event, context):
    return recurses(event, context)

@case
def raises_without_text(event, context):
    class Mute(Exception):
        def __str__(self):
            raise LookupError
    raise Mute

@case
def raises_a_novel(event, context):
    yield "1"
    raise LookupError("x" * 1_000_000)

@case
def yields_a_number(event, context):
    yield "1"
    yield 2

@case
def yields_none_first(event, context):
    yield None

@case
def yields_half_a_character(event, context):
    yield "1"
    yield "\ud800"

@case
def returns_a_class(event, context):
    return LookupError

@case
def returns_itself(event, context):
    value = []
    value.append(value)
    return value

@case
def wrong_status(event, context):
    return Response("x", status=1000)

@case
def injects_a_header(event, context):
    return Response("x", headers={"x-a": "b\r\nset-cookie: stolen=1"})

@case
def floods_the_head(event, context):
    return Response("x", headers={"x-a": "b" * 20_000})

@case
def ignores_its_closing(event, context):
    try:
        yield "1"
        yield 2
    finally:
        yield "never"

@case
def fails_in_clean_up(event, context):
    try:
        yield "1"
    finally:
        raise LookupError

@case
def leaks_an_async_generator(event, context):
    async def leaked():
        try:
            yield "leaked"
            await asyncio.sleep(60)
        finally:
            pass
    async def body():
        other = leaked()
        await anext(other)
        asyncio.get_running_loop().create_task(asyncio.sleep(60))
        yield "1"
    return body()

@case
def swaps_standard_output(event, context):
    sys.stdout = open(os.devnull, "w")
    sys.stderr = None
    raise LookupError

@case
def closes_standard_output(event, context):
    sys.stdout = sys.__stdout__
    sys.stdout.close()
    raise LookupError

@case
def leaves_a_thread(event, context):
    threading.Thread(target=time.sleep, args=[60], daemon=True).start()
    yield "1"

@case
def empties_the_environment(event, context):
    os.environ.clear()
    yield "1"

@case
def changes_folder_and_path(event, context):
    os.chdir("/")
    sys.path.clear()
    yield "1"

@case
def takes_the_alarm(event, context):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    yield "1"

@case
def collects_garbage(event, context):
    gc.collect()
    yield "1"

@case
def never_ends(event, context):
    while True:
        yield "1"
        time.sleep(0.05)

@case
def exits(event, context):
    sys.exit(3)

@case
def exits_in_the_stream(event, context):
    yield "1"
    time.sleep(0.1)
    sys.exit(3)

@case
def kills_itself(event, context):
    yield "1"
    time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGKILL)
"""

# What a client sees: a status and the whole body; or, with None for the status, a stream that was cut after the text.
CASES: dict[str, tuple[int | None, str]] = {
    "raises": (502, "Internal Server Error"),
    "raises_at_first": (502, "Internal Server Error"),
    "raises_at_second": (200, "1"),
    "raises_after_last": (200, "12"),
    "raises_stop_iteration": (200, "1"),
    "raises_generator_exit": (200, "1"),
    "raises_keyboard_interrupt_class": (502, "Internal Server Error"),
    "raises_memory_error": (502, "Internal Server Error"),
    "recurses": (502, "Internal Server Error"),
    "raises_without_text": (502, "Internal Server Error"),
    "raises_a_novel": (200, "1"),
    "yields_a_number": (200, "1"),
    "yields_none_first": (502, "Internal Server Error"),
    "yields_half_a_character": (200, "1"),
    "returns_a_class": (502, "Internal Server Error"),
    "returns_itself": (502, "Internal Server Error"),
    "wrong_status": (502, "Internal Server Error"),
    "injects_a_header": (502, "Internal Server Error"),
    "floods_the_head": (502, "Internal Server Error"),
    "ignores_its_closing": (200, "1"),
    "fails_in_clean_up": (200, "1"),
    "leaks_an_async_generator": (200, "1"),
    "swaps_standard_output": (502, "Internal Server Error"),
    "closes_standard_output": (502, "Internal Server Error"),
    "leaves_a_thread": (200, "1"),
    "empties_the_environment": (200, "1"),
    "changes_folder_and_path": (200, "1"),
    "takes_the_alarm": (200, "1"),
    "collects_garbage": (200, "1"),
    "exits": (502, "Internal Server Error"),
    "exits_in_the_stream": (None, "1"),
    "kills_itself": (None, "1"),
}
ENDS_ITSELF = {"exits", "exits_in_the_stream", "kills_itself"}


@pytest.fixture(scope="module")
def url(api: Callable[[str], Any]) -> Iterator[str]:
    clients = {service: api(service) for service in ("lambda", "iam", "logs")}
    yield create_function(clients, "misbehaving", HANDLERS, Timeout=3)
    delete_function(clients, "misbehaving")


def get(url: str, path: str) -> tuple[int | None, str]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request("GET", f"/{path}")
    response = connection.getresponse()
    try:
        return response.status, response.read().decode()
    except http.client.IncompleteRead as cut:
        return None, cut.partial.decode()
    finally:
        connection.close()


@pytest.mark.parametrize(("path", "expected"), CASES.items(), ids=CASES)
def test_it_ends_in_a_documented_way_and_the_next_invocation_works(
    url: str, path: str, expected: tuple[int | None, str]
) -> None:
    """An error status before the first chunk, a normal end after it; only a process that ends itself is replaced."""
    before = get(url, "fine")
    status, body = get(url, path)
    assert status == expected[0]
    assert expected[1] in body if status == 502 else expected[1] == body
    after = get(url, "fine")
    assert (before[0], after[0], after == before) == (200, 200, path not in ENDS_ITSELF)


def test_a_handler_that_never_ends_is_ended(url: str) -> None:
    """In good form, before the function's timeout."""
    status, body = get(url, "never_ends")
    assert status == 200
    assert set(body) == {"1"}
    assert get(url, "fine")[0] == 200
