"""The findings and figures as JSON, for programs. No I/O.

The types below are the schema. `version` rises when a member goes or changes its meaning; members may be added
without that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict

from stream_check.report.marks import marks_of
from stream_check.report.text import fit

if TYPE_CHECKING:
    from stream_check.finding import Finding
    from stream_check.recording import Recording
    from stream_check.report.run import Run

VERSION = 1


class FindingDocument(TypedDict):
    """What one check says.

    Attributes:
        id: The check's, `subject.point`; ids stay.
        title: What holds when it passes, for humans.
        outcome: `passed`, `failed`, `not tried` or `broken`, the last for a check that could not be carried out.
        detail: What was measured, why it failed or why it was not tried; may be empty.
        hints: Likely reasons, likeliest first.
        seconds: How long the check took.
    """

    id: str
    title: str
    outcome: str
    detail: str
    hints: list[str]
    seconds: float


class RecordingDocument(TypedDict):
    """The figures of one answer, without its body; times in seconds after the request was sent.

    Attributes:
        name: What was asked for.
        content_type: The media type, in lower case and without parameters; empty when there is none.
        head_s: When the head was there.
        first_byte_s: When the first byte of the body was there; null for an empty body.
        end_s: When the body ended, or broke off.
        bytes: The length of the body.
        pieces: In how many reads it came.
        moments: How many times something arrived after a pause.
        events: How many server-sent events there were; null when the answer isn't an event stream.
        heartbeats: How many comments; null likewise.
        broken: Why the body has no proper end; null when it has one.
    """

    name: str
    method: str
    url: str
    status: int
    content_type: str
    head_s: float
    first_byte_s: float | None
    end_s: float
    bytes: int
    pieces: int
    moments: int
    events: int | None
    heartbeats: int | None
    broken: str | None


class RunDocument(TypedDict):
    """One run.

    Attributes:
        version: Of this schema.
        started: As in `2026-01-31T12:00:00Z`.
        ok: Whether nothing failed and everything could be carried out.
        counts: How many findings have which outcome; every outcome is there.
    """

    version: int
    url: str
    started: str
    seconds: float
    ok: bool
    counts: dict[str, int]
    findings: list[FindingDocument]
    recordings: list[RecordingDocument]


def document_text(run: Run) -> str:
    """The document, in ASCII."""
    return json.dumps(document(run), indent=2) + "\n"


def document(run: Run) -> RunDocument:
    """The run as JSON knows it."""
    return {
        "version": VERSION,
        "url": fit(run.url),
        "started": run.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": run.seconds,
        "ok": run.ok,
        "counts": {outcome.value: count for outcome, count in run.counts.items()},
        "findings": [_finding(finding) for finding in run.findings],
        "recordings": [_recording(name, recording) for name, recording in run.recordings.items()],
    }


def _finding(finding: Finding) -> FindingDocument:
    return {
        "id": finding.id,
        "title": fit(finding.title),
        "outcome": finding.outcome.value,
        "detail": fit(finding.detail),
        "hints": [fit(hint) for hint in finding.hints],
        "seconds": finding.seconds,
    }


def _recording(name: str, recording: Recording) -> RecordingDocument:
    marks = marks_of(recording)
    return {
        "name": fit(name),
        "method": recording.method,
        "url": fit(recording.url),
        "status": recording.status,
        "content_type": fit(recording.content_type),
        "head_s": recording.head_s,
        "first_byte_s": recording.first_byte_s,
        "end_s": recording.end_s,
        "bytes": len(recording.body),
        "pieces": len(recording.pieces),
        "moments": len(recording.moments_s),
        "events": len(marks.events_s) if marks else None,
        "heartbeats": len(marks.heartbeats_s) if marks else None,
        "broken": None if recording.broken is None else fit(recording.broken),
    }
