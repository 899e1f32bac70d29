"""What a middlebox does to a body on its way. No I/O.

A filter is fed the body piece by piece, however it was cut, and returns what goes on at that moment.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class BodyFilter(Protocol):
    """One change to a body."""

    def feed(self, data: bytes) -> bytes:
        """Return what goes on now."""

    def close(self) -> bytes:
        """Return what goes on at the end of the body."""


class Holding:
    """Holds everything back until the end."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Return nothing."""
        self._held += data
        return b""

    def close(self) -> bytes:
        """Return the whole body."""
        return bytes(self._held)


class Compressing(Holding):
    """Holds everything back until the end, and compresses it."""

    def close(self) -> bytes:
        """Return the whole body as gzip."""
        return gzip.compress(super().close(), mtime=0)


class Replacing:
    """Puts another body in the place of the one that came."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def feed(self, data: bytes) -> bytes:
        """Return nothing: the data is lost."""
        del data
        return b""

    def close(self) -> bytes:
        """Return the other body."""
        return self._body


class Rewriting(Holding):
    """Holds everything back until the end, and sends on what `rewrite` makes of it."""

    def __init__(self, rewrite: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self._rewrite = rewrite

    def close(self) -> bytes:
        """Return what the whole body becomes."""
        return self._rewrite(super().close())


class Pipeline:
    """Filters one behind the other, and after at most `max_bytes` that came out of them an end."""

    def __init__(self, filters: tuple[BodyFilter, ...], max_bytes: int | None = None) -> None:
        self._filters = filters
        self._left = max_bytes

    @property
    def is_cut(self) -> bool:
        """Tell whether as much as may go on has gone."""
        return self._left == 0

    def feed(self, data: bytes) -> bytes:
        """Return what goes on now."""
        for each in self._filters:
            data = each.feed(data)
        return self._limited(data)

    def close(self) -> bytes:
        """Return what goes on at the end of the body."""
        data = b""
        for each in self._filters:
            data = each.feed(data) + each.close()
        return self._limited(data)

    def _limited(self, data: bytes) -> bytes:
        if self._left is None:
            return data
        data = data[: self._left]
        self._left -= len(data)
        return data
