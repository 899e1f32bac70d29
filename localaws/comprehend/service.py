"""The failures of Comprehend that a test can ask for, and the calls that were made."""

from __future__ import annotations

import contextlib
import threading
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HANG_SECONDS = 600.0


class Fault(Enum):
    """How every call fails."""

    THROTTLED = "throttled"
    FAILING = "failing"
    HANGING = "hanging"


class Comprehend:
    """The one Comprehend of a local AWS; it is called from any thread."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._fault: Fault | None = None
        self._mended = threading.Event()

    @contextlib.contextmanager
    def broken(self, fault: Fault) -> Iterator[None]:
        """Let every call fail for a while; those that hang are answered at its end."""
        self._fault, self._mended = fault, threading.Event()
        try:
            yield
        finally:
            self._fault = None
            self._mended.set()

    def begin(self, operation: str) -> Fault | None:
        """Note a call and return how it fails; one that hangs returns when it is no use any more."""
        self.calls.append(operation)
        fault = self._fault
        if fault is Fault.HANGING:
            self._mended.wait(HANG_SECONDS)
        return fault
