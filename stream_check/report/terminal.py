"""Findings and the summary as lines for a terminal. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream_check.finding import Outcome
from stream_check.report.text import counted, one_line, seconds

if TYPE_CHECKING:
    from stream_check.finding import Finding
    from stream_check.report.run import Run

SYMBOLS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_TRIED: "-", Outcome.BROKEN: "!"}
WORDS = {Outcome.PASSED: "ok  ", Outcome.FAILED: "FAIL", Outcome.NOT_TRIED: "skip", Outcome.BROKEN: "ERR "}
# Source: ECMA-48, Select Graphic Rendition.
COLOURS = {Outcome.PASSED: "32", Outcome.FAILED: "1;31", Outcome.NOT_TRIED: "2", Outcome.BROKEN: "1;33"}
ID_WIDTH = 18
GLYPHS = "✓✗▁▂▃▄▅▆▇█◆▼├─┬┤…"
"""All that the reports for the terminal show beyond ASCII, besides the endpoint's own text."""


def can_show_unicode(encoding: str | None) -> bool:
    """Whether a stream of this encoding, as `sys.stdout.encoding` names it, takes the glyphs."""
    try:
        GLYPHS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def finding_text(finding: Finding, *, colour: bool = False, unicode: bool = True) -> str:
    """One line, and a line for each hint."""
    title = one_line(finding.title, unicode=unicode)
    detail = one_line(finding.detail, unicode=unicode)
    head = f"{_symbol(finding.outcome, colour=colour, unicode=unicode)} {finding.id:<{ID_WIDTH}} {title}"
    hints = [f"    - {one_line(hint, unicode=unicode)}" for hint in finding.hints]
    return "\n".join([f"{head}: {detail}" if detail else head, *hints])


def progress_text(elapsed_s: float, pieces: int, *, unicode: bool = True) -> str:
    """What a long request has brought so far."""
    return f"{'…' if unicode else '...'} still running, {elapsed_s:.0f} s, {counted(pieces, 'piece')} so far"


def summary_text(run: Run, *, colour: bool = False, unicode: bool = True) -> str:
    """One line: how many checks ended in which way, the worst first, and how long it all took."""
    counts = [
        f"{_symbol(outcome, colour=colour, unicode=unicode).rstrip()} {count} {outcome}"
        for outcome, count in run.counts.items()
        if count
    ]
    found = ", ".join(counts) or "nothing was checked"
    return f"{found} in {seconds(run.seconds)}: {one_line(run.url, unicode=unicode)}"


def _symbol(outcome: Outcome, *, colour: bool, unicode: bool) -> str:
    symbol = (SYMBOLS if unicode else WORDS)[outcome]
    return f"\x1b[{COLOURS[outcome]}m{symbol}\x1b[0m" if colour else symbol
