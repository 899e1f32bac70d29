"""The checks in pytest: `pytest --pyargs stream_check.suite --url URL`, or `tests/postdeploy` in this repository.

Installing the package registers the plugin. It imports nothing large and does nothing until a test asks for its
fixture.
"""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stream_check.finding import Outcome
from stream_check.options import add_options, settings_of
from stream_check.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stream_check.finding import Check, Finding
    from stream_check.session import Session


class Record:
    """What a pytest run has found so far."""

    def __init__(self) -> None:
        self.started = time.time()
        self.findings: list[Finding] = []
        self.session: Session | None = None


RECORD = pytest.StashKey[Record]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options, in a group of their own."""
    group = parser.getgroup("stream_check", "checks of a deployed streaming endpoint")
    group.addoption("--url", help="URL of the endpoint; not needed with --terraform")
    add_options(group.addoption)
    group.addoption("--stream-html", metavar="FILE", help="write a report as HTML")
    group.addoption("--stream-json", metavar="FILE", help="write a report as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is found yet."""
    config.stash[RECORD] = Record()


@pytest.fixture(scope="session")
def stream_session(pytestconfig: pytest.Config) -> Iterator[Session]:
    """One run against the endpoint that the options name."""
    from stream_check.session import Session  # noqa: PLC0415  requests and boto3 cost every pytest run otherwise

    try:
        settings = settings_of(pytestconfig.getoption("url"), pytestconfig.getoption)
    except SettingsError as error:
        pytest.fail(f"stream_check: {error}", pytrace=False)
    with contextlib.closing(Session(settings)) as session:
        pytestconfig.stash[RECORD].session = session
        yield session


def verify(check: Check, session: Session, config: pytest.Config) -> None:
    """Carries out a check as a pytest test: what wasn't tried is skipped, with what it lacks."""
    finding = session.run(check)
    config.stash[RECORD].findings.append(finding)
    text = "\n".join((finding.detail, *(f"- {hint}" for hint in finding.hints)))
    match finding.outcome:
        case Outcome.FAILED:
            pytest.fail(text, pytrace=False)
        case Outcome.BROKEN:
            raise RuntimeError(text)
        case Outcome.NOT_TRIED:
            pytest.skip(text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Shows when the answers' pieces arrived, and writes the reports that were asked for."""
    record = config.stash[RECORD]
    if record.session is None:
        return
    from stream_check.report.document import document_text  # noqa: PLC0415  as above
    from stream_check.report.html import html_text  # noqa: PLC0415
    from stream_check.report.run import Run  # noqa: PLC0415
    from stream_check.report.timeline import timeline  # noqa: PLC0415

    started = datetime.fromtimestamp(record.started, UTC)
    recordings = record.session.recordings
    run = Run(record.session.settings.url, started, tuple(record.findings), recordings, time.time() - record.started)
    terminalreporter.section("when the pieces arrived")
    for name, recording in recordings.items():
        terminalreporter.write_line(timeline(name, recording))
    for option, text in (("stream_html", html_text), ("stream_json", document_text)):
        if path := config.getoption(option):
            Path(path).write_text(text(run), encoding="utf-8")
