"""Which breakages are in effect at the moment."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localaws.breakage.catalogue import Breakage, Place


class ActiveBreakages:
    """Changed by one thread, read by others on every request."""

    def __init__(self) -> None:
        self._all: tuple[Breakage, ...] = ()

    def at(self, place: Place) -> tuple[Breakage, ...]:
        """Return those of a place."""
        return tuple(each for each in self._all if each.kind.place is place)

    def has(self, name: str) -> bool:
        """Tell whether a breakage is in effect."""
        return any(each.kind.name == name for each in self._all)

    @contextlib.contextmanager
    def during(self, breakage: Breakage) -> Iterator[None]:
        """Put a breakage into effect for a while."""
        self._all = (*self._all, breakage)
        try:
            yield
        finally:
            self._all = tuple(each for each in self._all if each is not breakage)
