"""Runs of stream_check for the tests of its reports: healthy, buffered, huge, empty and hostile ones."""

from collections.abc import Sequence
from datetime import UTC, datetime

from stream_check.finding import Finding, Outcome
from stream_check.recording import Piece, Recording
from stream_check.report.run import Run

URL = "https://example.com/"
EVENT = b'data: {"type":"token"}\n\n'
HEARTBEAT = b": keep-alive\n\n"
EVENT_STREAM = (("Content-Type", "text/event-stream; charset=utf-8"),)
LINES = (("Content-Type", "application/x-ndjson"),)
HOSTILE = "\x1b]0;owned\x07</table><script>alert(1)</script>\"'&\x00\x7f\x9b\ud800\ufffe]]>\u202e\u2028"
"""Obeyed by terminals, run by browsers, forbidden by XML, and impossible in UTF-8."""


def finding(outcome: Outcome, detail: str = "", *hints: str, id: str = "stream.whole") -> Finding:  # noqa: A002
    return Finding(id, "The answer arrives whole", outcome, detail, hints, 0.25)


def answer(
    pieces: Sequence[tuple[float, bytes]],
    end_s: float,
    headers: tuple[tuple[str, str], ...] = EVENT_STREAM,
    broken: str | None = None,
) -> Recording:
    recorded = tuple(Piece(at_s, data) for at_s, data in pieces)
    return Recording("POST", f"{URL}chat", 200, headers, 0.1, recorded, end_s, broken)


STREAMED = answer(
    [
        *((0.5 + index / 10, EVENT) for index in range(20)),
        (3.0, HEARTBEAT),
        (4.0, HEARTBEAT),
        (5.0, EVENT),
    ],
    end_s=5.0,
)
BUFFERED = answer([(4.9, EVENT * 20)], end_s=5.0)
EMPTY = answer([], end_s=0.2, headers=())
HUGE = answer([(0.1 + index / 40_000, b"12345678\n") for index in range(100_000)], end_s=2.7, headers=LINES)
CUT = answer([(0.5, b"1\n")], end_s=1.0, headers=LINES, broken=f"reset {HOSTILE}")


def run_of(*findings: Finding, seconds: float = 12.5, url: str = URL, **recordings: Recording) -> Run:
    return Run(url, datetime(2026, 1, 31, 12, 0, 5, tzinfo=UTC), findings, recordings, seconds)


ALL_OUTCOMES = (
    finding(Outcome.PASSED, "900 bytes in 5.00 s"),
    finding(Outcome.FAILED, "It broke off.", "Its timeout.", "A proxy.", id="stream.progressive"),
    finding(Outcome.NOT_TRIED, "Give --function.", id="deployed.logs"),
    finding(Outcome.BROKEN, "AccessDenied", id="deployed.url"),
)
EVERYTHING = run_of(*ALL_OUTCOMES, streamed=STREAMED, buffered=BUFFERED, empty=EMPTY, cut=CUT)
HOSTILE_RUN = Run(
    URL + HOSTILE,
    datetime(2026, 1, 31, tzinfo=UTC),
    (Finding("a.b", HOSTILE, Outcome.FAILED, HOSTILE, (HOSTILE,), 0.0),),
    {HOSTILE: Recording("GET", HOSTILE, 500, (("Via", HOSTILE), ("Content-Type", HOSTILE)), 0.1, (), 0.2, HOSTILE)},
    1.0,
)
