"""Async handlers and async generators, driven from synchronous code.

One event loop lives as long as the process, so that what a handler opened on it (a client session, a connection pool)
is still usable in the next invocation. One task runs a whole generator, as `async for` would: timeouts, task groups and
context variables of the handler's hold across its yields.
"""

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Generator

T = TypeVar("T")

_END = object()


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


def wait_for(awaitable: "Awaitable[T]") -> T:
    """The result of `awaitable`."""

    async def result() -> T:
        return await awaitable

    task = _event_loop().create_task(result())
    return _run(task, task)


def iterate(source: "AsyncIterable[T]") -> "Generator[T, None, None]":
    """The items of `source`, each as soon as it is there; closing the generator closes `source`."""
    pump = _Pump(source)
    try:
        while (item := pump.next()) is not _END:
            yield item  # type: ignore[misc] # everything but the sentinel is a T
    finally:
        pump.stop()


class _Pump(Generic[T]):
    """One task that hands over one item at a time, and waits in between until the next one is wanted."""

    def __init__(self, source: "AsyncIterable[T]") -> None:
        loop = _event_loop()
        self._source = source
        self._offered: asyncio.Future[object] = loop.create_future()
        self._wanted: asyncio.Future[None] = loop.create_future()
        self._task = loop.create_task(self._work())
        self._task.add_done_callback(self._end)

    def next(self) -> object:
        """The next item, or the sentinel after the last one."""
        if not self._wanted.done():
            self._wanted.set_result(None)
        item = _run(self._offered, self._task)
        if item is _END:
            self._task.result()
        self._offered = _event_loop().create_future()
        return item

    def stop(self) -> None:
        """Ends the work wherever it stands, so that its `finally` runs."""
        _cancel(self._task)

    async def _work(self) -> None:
        iterator = aiter(self._source)
        try:
            await self._wanted
            async for item in iterator:
                self._wanted = _event_loop().create_future()
                self._offered.set_result(item)
                await self._wanted
        finally:
            close = getattr(iterator, "aclose", None)
            if close is not None:
                await close()

    def _end(self, _task: "asyncio.Task[None]") -> None:
        if not self._offered.done():
            self._offered.set_result(_END)


def _run(future: "asyncio.Future[T]", task: "asyncio.Task[T] | asyncio.Task[None]") -> T:
    """The future's result; what interrupts the wait (the deadline, above all) ends the task first."""
    try:
        return _event_loop().run_until_complete(future)
    except BaseException:
        _cancel(task)
        raise


def _cancel(task: "asyncio.Task[T] | asyncio.Task[None]") -> None:
    if not task.done():
        task.cancel()
        _event_loop().run_until_complete(asyncio.wait([task]))
