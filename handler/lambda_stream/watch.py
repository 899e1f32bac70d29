"""Notices that a handler is silent, or that its time is nearly up, without a thread and at no cost while chunks flow.

A timer of the operating system interrupts the main thread wherever the handler waits, also in the middle of a sleep or
of a read. Only then does anything run: a heartbeat is sent, or DeadlineExceeded is raised where the handler stands.
"""

import time

# signal.signal without its wrapper, which tries to find each handler among an enum's members: ten times the cost.
from _signal import signal as set_handler  # type: ignore[import-not-found] # the stubs know the wrapper only
from signal import ITIMER_REAL, SIGALRM, setitimer

from lambda_stream.errors import DeadlineExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Self

PACKAGE = "lambda_stream"
CONNECTION = "lambda_stream.connection"

# An alarm that finds this package's own work under way must not interrupt it in the middle of a write.
RETRY_S = 0.005

# A short time limit is not eaten up by a margin that was meant for long ones.
MAX_MARGIN_SHARE = 0.25


def time_to_end_s(remaining_s: float, margin_s: float) -> float:
    """In how many seconds a handler must end, when Lambda will end it in `remaining_s`."""
    return max(0.0, remaining_s - min(margin_s, remaining_s * MAX_MARGIN_SHARE))


class Watch:
    """A watch over one invocation, as a context manager, in the main thread.

    Args:
        end_s: In how many seconds the handler must end.
        silence_s: After how many silent seconds `on_silence` is called, again and again; 0 for never.
        on_silence: Called in the main thread, at a moment when the handler's code and not this package's is running.
    """

    __slots__ = ("_end", "_last", "_on_silence", "_previous", "_silence_s")

    def __init__(self, end_s: float, silence_s: float, on_silence: "Callable[[], None]") -> None:
        self._last = time.monotonic()
        self._end = self._last + end_s
        self._silence_s = silence_s
        self._on_silence = on_silence

    def __enter__(self) -> "Self":
        self._previous = set_handler(SIGALRM, self._alarm)
        self._arm()
        return self

    def __exit__(self, *_: object) -> None:
        setitimer(ITIMER_REAL, 0)
        set_handler(SIGALRM, self._previous)

    def heard(self) -> None:
        """Notes that something was just sent."""
        self._last = time.monotonic()

    def _arm(self) -> None:
        moment = min(self._end, self._last + self._silence_s) if self._silence_s else self._end
        # A timer of 0 would be none at all.
        setitimer(ITIMER_REAL, max(RETRY_S, moment - time.monotonic()))

    def _alarm(self, _number: int, frame: "FrameType | None") -> None:
        if frame is None or _is_own_work(frame):
            setitimer(ITIMER_REAL, RETRY_S)
            return
        now = time.monotonic()
        if now >= self._end:
            raise DeadlineExceeded("the handler was ended because its time was nearly up")
        if self._silence_s and now >= self._last + self._silence_s:
            self._on_silence()
            self.heard()
        self._arm()


def _is_own_work(frame: "FrameType") -> bool:
    """Whether this package's code runs, or what its connection called: opening a socket is the standard library's."""
    name = _module(frame)
    if _is_own(name):
        return True
    caller = frame.f_back
    while caller is not None and not _is_own(name):
        name, caller = _module(caller), caller.f_back
    return name == CONNECTION


def _module(frame: "FrameType") -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name


def _is_own(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE
