"""The failures of AWS's services that a test can ask for, and the calls that functions made to them."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HANG_SECONDS = 600.0


class Fault(Enum):
    """How a call fails. `LOST` is carried out, and then it fails: the caller can't know."""

    THROTTLED = "throttled"
    FAILING = "failing"
    HANGING = "hanging"
    LOST = "lost"


@dataclass(frozen=True)
class _Outage:
    service: str
    operation: str | None
    fault: Fault
    mended: threading.Event = field(default_factory=threading.Event)


class Outages:
    """The outages of one local AWS. The administrator's own calls, which Terraform makes and tests, never fail."""

    def __init__(self) -> None:
        self._outages: list[_Outage] = []
        self._calls: list[tuple[str, str]] = []

    @contextlib.contextmanager
    def during(self, service: str, fault: Fault, operation: str | None = None) -> Iterator[None]:
        """Let every call of a service fail for a while, or of one operation; those that hang fail at its end."""
        outage = _Outage(service, operation, fault)
        self._outages.append(outage)
        try:
            yield
        finally:
            self._outages.remove(outage)
            outage.mended.set()

    def calls(self, service: str) -> list[str]:
        """Return the operations of a service that were called so far, by anybody but the administrator."""
        return [operation for called, operation in self._calls if called == service]

    def begin(self, service: str, operation: str) -> Fault | None:
        """Note a call and return how it fails; one that hangs returns when it is no use any more."""
        self._calls.append((service, operation))
        for outage in reversed(self._outages):
            if outage.service == service and outage.operation in {None, operation}:
                if outage.fault is Fault.HANGING:
                    outage.mended.wait(HANG_SECONDS)
                return outage.fault
        return None
