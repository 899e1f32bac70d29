"""What one request brought, and when. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAME_MOMENT_S = 0.005
"""Pieces that arrive closer together than this are one moment: a read may find several chunks waiting."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a body that were read at once, in seconds after the request was sent."""

    at_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """A request and the answer to it.

    Attributes:
        method: The request's method.
        url: Where it was sent.
        status: The answer's status.
        headers: Names as they were sent, in their order; a header that came twice is there twice.
        head_s: When the head was there, in seconds after the request was sent; so are all times.
        pieces: The body as it arrived.
        end_s: When the body ended, or broke off.
        broken: Why the body has no proper end; None when it has one.
    """

    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    head_s: float
    pieces: tuple[Piece, ...]
    end_s: float
    broken: str | None = None

    @property
    def body(self) -> bytes:
        """All of the body that arrived."""
        return b"".join(piece.data for piece in self.pieces)

    @property
    def text(self) -> str:
        """The body as text, for messages."""
        return self.body.decode(errors="replace")

    def all_of(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        """The values of a header joined by commas; empty when it isn't there."""
        return ", ".join(self.all_of(name))

    @property
    def content_type(self) -> str:
        """The media type, in lower case and without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def first_byte_s(self) -> float | None:
        """When the first byte of the body was there; None for an empty body."""
        return self.pieces[0].at_s if self.pieces else None

    @property
    def moments_s(self) -> list[float]:
        """The times at which something arrived, each counted with what came close behind it."""
        return list(_moments([piece.at_s for piece in self.pieces]))


def _moments(times_s: Sequence[float]) -> Iterator[float]:
    last = float("-inf")
    for at_s in times_s:
        if at_s - last >= SAME_MOMENT_S:
            last = at_s
            yield at_s
