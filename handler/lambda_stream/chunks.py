"""A body of any kind as an iterator of the bytes that go on the wire."""

from lambda_stream.errors import InvalidResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Generator, Iterable, Iterator

    from typing_extensions import TypeIs

    from lambda_stream.response import Body, Chunk


def is_stream(value: object) -> bool:
    """Whether `value` yields chunks: an iterator, generator or other iterable that is not itself data."""
    if isinstance(value, str | bytes | bytearray | memoryview | dict | list | tuple):
        return False
    return hasattr(value, "__iter__") or hasattr(value, "__aiter__")


def iterate_chunks(body: "Body") -> "Generator[bytes, None, None]":
    """The body's chunks as bytes, each as soon as the body yields it; empty ones are left out.

    Closing the iterator closes the body, so that a handler's `finally` runs whatever happens.

    Raises:
        InvalidResult: a chunk is neither text nor bytes.
    """
    source = _open(body)
    try:
        for chunk in source:
            data = chunk if type(chunk) is bytes else _encode(chunk)
            if data:
                yield data
    finally:
        _close(source)
        if body is not source:
            _close(body)


def _open(body: "Body") -> "Iterator[Chunk]":
    if body is None:
        return iter(())
    if isinstance(body, str | bytes | bytearray | memoryview):
        return iter((body,))
    if _is_async(body):
        # asyncio costs 30 ms of a cold start: only a handler that uses it pays.
        from lambda_stream import asynchronous  # noqa: PLC0415

        return asynchronous.iterate(body)
    if isinstance(body, dict) or not hasattr(body, "__iter__"):
        raise InvalidResult(f"a body must be text, bytes or an iterable of them, not {type(body).__name__}")
    return iter(body)


def _is_async(body: "Iterable[Chunk] | AsyncIterable[Chunk]") -> "TypeIs[AsyncIterable[Chunk]]":
    return hasattr(body, "__aiter__")


def _close(value: object) -> None:
    close = getattr(value, "close", None)
    if callable(close):
        close()


def _encode(chunk: object) -> bytes:
    if isinstance(chunk, str):
        return chunk.encode()
    if isinstance(chunk, bytes | bytearray | memoryview):
        return bytes(chunk)
    raise InvalidResult(f"a chunk must be bytes or str, not {type(chunk).__name__}")
