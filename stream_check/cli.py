"""`stream-check URL`: verifies that a deployed endpoint streams, and shows when its pieces arrive.

Exit status: 0 when nothing failed, 1 when a check failed, 2 when one could not be carried out or the command is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stream_check.catalogue import CHECKS
from stream_check.finding import Outcome
from stream_check.options import SECRET_VARIABLE, add_options, settings_of
from stream_check.report.document import document_text
from stream_check.report.html import html_text
from stream_check.report.junit import junit_text
from stream_check.report.run import Run
from stream_check.report.terminal import can_show_unicode, finding_text, progress_text, summary_text
from stream_check.report.timeline import timeline
from stream_check.session import Session
from stream_check.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stream_check.finding import Check
    from stream_check.settings import Settings

FORMS = {"html": html_text, "junit": junit_text, "json": document_text}
OK, FAILED, BROKEN = 0, 1, 2
REDRAW_S = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        checks = _chosen(options.only)
        settings = settings_of(options.url, lambda name: getattr(options, name))
    except SettingsError as error:
        sys.stderr.write(f"stream-check: {error}\n")
        return BROKEN
    run = _carry_out(settings, checks, Console())
    for form, text in FORMS.items():
        if path := getattr(options, form):
            Path(path).write_text(text(run), encoding="utf-8")
    return _status(run)


class Console:
    """The terminal, or the log of a pipeline: neither colours nor progress where nobody could see them."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._unicode = can_show_unicode(sys.stdout.encoding)
        self._drawn = 0.0

    def progress(self, at_s: float, pieces: int) -> None:
        """Shows that a long answer still arrives."""
        now = time.monotonic()
        if self._is_terminal and at_s > REDRAW_S and now - self._drawn > REDRAW_S:
            self._drawn = now
            sys.stdout.write(f"\r\x1b[K{progress_text(at_s, pieces, unicode=self._unicode)}")
            sys.stdout.flush()

    def result(self, run: Run) -> None:
        """Shows the last finding."""
        self._say(finding_text(run.findings[-1], colour=self._is_terminal, unicode=self._unicode))

    def end(self, run: Run) -> None:
        """Shows when what arrived, and the sum."""
        for name, recording in run.recordings.items():
            self._say(f"\n{timeline(name, recording, unicode=self._unicode)}")
        self._say(f"\n{summary_text(run, colour=self._is_terminal, unicode=self._unicode)}")

    def _say(self, text: str) -> None:
        start = "\r\x1b[K" if self._is_terminal else ""
        sys.stdout.write(f"{start}{text}\n")
        sys.stdout.flush()


def _carry_out(settings: Settings, checks: Sequence[Check], console: Console) -> Run:
    started, now = time.monotonic(), datetime.now(UTC)
    with contextlib.closing(Session(settings, console.progress)) as session:
        run = Run(settings.url, now, (), session.recordings, 0.0)
        for check in checks:
            findings = (*run.findings, session.run(check))
            run = Run(settings.url, now, findings, session.recordings, time.monotonic() - started)
            console.result(run)
    console.end(run)
    return run


def _chosen(names: Sequence[str] | None) -> Sequence[Check]:
    """The checks of those names, or of those subjects; all when none is named."""
    if not names:
        return CHECKS
    found = [check for check in CHECKS if check.id in names or check.id.partition(".")[0] in names]
    known = {check.id for check in CHECKS} | {check.id.partition(".")[0] for check in CHECKS}
    if unknown := sorted(set(names) - known):
        raise SettingsError(f"There is no check {', '.join(unknown)}. There are {', '.join(c.id for c in CHECKS)}.")
    return found


def _status(run: Run) -> int:
    outcomes = {finding.outcome for finding in run.findings}
    if Outcome.FAILED in outcomes:
        return FAILED
    return BROKEN if Outcome.BROKEN in outcomes else OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stream-check",
        description="Verifies that a deployed endpoint streams, and shows when its pieces arrive.",
        epilog=f"An API key or a token comes from the variable {SECRET_VARIABLE}. Exit status: 0 when nothing failed, "
        "1 when a check failed, 2 when one could not be carried out.",
    )
    parser.add_argument("url", nargs="?", help="URL of the endpoint; not needed with --terraform")
    add_options(parser.add_argument)
    parser.add_argument(
        "--only", action="append", metavar="CHECK", help="a check, or a subject such as stream; repeat it"
    )
    for form in FORMS:
        parser.add_argument(f"--{form}", metavar="FILE", help=f"write a report as {form}")
    return parser
