"""Async handlers and async generators, driven step by step from synchronous code.

One event loop lives as long as the process, so that what a handler opened on it (a client session, a connection pool)
is still usable in the next invocation.
"""

import asyncio
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Generator

T = TypeVar("T")

_END = object()


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


def wait_for(awaitable: "Awaitable[T]") -> T:
    """The result of `awaitable`.

    What interrupts the wait (the deadline, above all) cancels the work first, so that its `finally` runs.
    """

    async def result() -> T:
        return await awaitable

    loop = _event_loop()
    task = loop.create_task(result())
    try:
        return loop.run_until_complete(task)
    except BaseException:
        if not task.done():
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        raise


def iterate(source: "AsyncIterable[T]") -> "Generator[T, None, None]":
    """The items of `source`; closing the generator closes `source`."""
    iterator = aiter(source)
    try:
        while (item := wait_for(_next(iterator))) is not _END:
            yield item  # type: ignore[misc] # everything but the sentinel is a T
    finally:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            wait_for(close())


async def _next(iterator: "AsyncIterator[T]") -> "T | object":
    return await anext(iterator, _END)
