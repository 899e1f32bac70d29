"""What a check says. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stream_check.session import Session


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"
    BROKEN = "broken"
    """The check itself could not be carried out: no connection, no permission to read the deployment."""


class Failed(Exception):
    """The endpoint does not do what it must; `hints` are the likely reasons, likeliest first."""

    def __init__(self, reason: str, *hints: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hints = hints


class NotTried(Exception):
    """The check doesn't apply to this endpoint, or lacks something that the user can give; the text says what."""


class Broken(Exception):
    """The check can't be carried out; the text says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is verified.

    Attributes:
        id: Its name in reports and on the command line: `subject.point`.
        title: What holds when it passes.
        run: Returns what was measured, empty for nothing; raises Failed, NotTried or Broken.
    """

    id: str
    title: str
    run: Callable[[Session], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's result; `detail` is what was measured, why it failed or why it was not tried."""

    id: str
    title: str
    outcome: Outcome
    detail: str
    hints: tuple[str, ...]
    seconds: float
