"""The JSON report: its schema is what programs rely on."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stream_check.finding import Finding, Outcome
from stream_check.report.document import document_text
from support.stream_reports import (
    BUFFERED,
    CUT,
    EMPTY,
    EVERYTHING,
    HOSTILE_RUN,
    STREAMED,
    answer,
    finding,
    run_of,
)


def read(text: str) -> dict[str, Any]:
    """As strict as JSON is, no NaN and no lone surrogate; and no control character, not even as an escape."""
    text.encode("ascii")
    document: dict[str, Any] = json.loads(text, parse_constant=lambda name: f"{name} is not JSON")
    json.dumps(document, ensure_ascii=False).encode()
    assert "\\u00" not in json.dumps(document, ensure_ascii=False)
    return document


def test_a_run_is_a_document_of_version_1() -> None:
    """A change of this test needs a new version, unless it only adds."""
    run = run_of(finding(Outcome.FAILED, "It broke off.", "Its timeout.", "A proxy."), answer=STREAMED)
    assert read(document_text(run)) == {
        "version": 1,
        "url": "https://example.com/",
        "started": "2026-01-31T12:00:05Z",
        "seconds": 12.5,
        "ok": False,
        "counts": {"failed": 1, "broken": 0, "passed": 0, "not tried": 0},
        "findings": [
            {
                "id": "stream.whole",
                "title": "The answer arrives whole",
                "outcome": "failed",
                "detail": "It broke off.",
                "hints": ["Its timeout.", "A proxy."],
                "seconds": 0.25,
            }
        ],
        "recordings": [
            {
                "name": "answer",
                "method": "POST",
                "url": "https://example.com/chat",
                "status": 200,
                "content_type": "text/event-stream",
                "head_s": 0.1,
                "first_byte_s": 0.5,
                "end_s": 5.0,
                "bytes": 532,
                "pieces": 23,
                "moments": 23,
                "events": 21,
                "heartbeats": 2,
                "broken": None,
            }
        ],
    }


def test_findings_and_recordings_keep_their_order() -> None:
    """That in which they were made."""
    document = read(document_text(EVERYTHING))
    assert [found["id"] for found in document["findings"]] == [found.id for found in EVERYTHING.findings]
    assert [found["outcome"] for found in document["findings"]] == ["passed", "failed", "not tried", "broken"]
    assert [found["name"] for found in document["recordings"]] == ["streamed", "buffered", "empty", "cut"]


def test_what_an_answer_lacks_is_null() -> None:
    """A first byte, events, a proper end."""
    empty, cut, buffered = read(document_text(run_of(a=EMPTY, b=CUT, c=BUFFERED)))["recordings"]
    assert (empty["first_byte_s"], empty["events"], empty["heartbeats"], empty["broken"]) == (None, None, None, None)
    assert (empty["bytes"], empty["pieces"], empty["moments"], empty["content_type"]) == (0, 0, 0, "")
    assert cut["broken"].startswith("reset ")
    assert (buffered["pieces"], buffered["moments"], buffered["events"]) == (1, 1, 20)


def test_a_run_without_failures_is_ok() -> None:
    """What a pipeline asks first."""
    assert read(document_text(run_of(finding(Outcome.PASSED))))["ok"] is True


def test_bodies_and_headers_are_not_in_it() -> None:
    """They may be anybody's conversation, and hold secrets."""
    recording = answer([(0.5, b"data: SECRET\n\n")], 1.0, (("Set-Cookie", "SECRET"),))
    assert "SECRET" not in document_text(run_of(answer=recording))


def test_hostile_text_is_strict_json() -> None:
    """Readers that refuse lone surrogates and control characters take it."""
    [found] = read(document_text(HOSTILE_RUN))["findings"]
    assert found["detail"].startswith("�]0;owned�</table>")
    assert found["hints"] == [found["detail"]]


@given(st.text(), st.text())
def test_any_text_is_strict_json(detail: str, name: str) -> None:
    """Whatever an endpoint says, and whatever was asked for."""
    found = Finding("a.b", "title", Outcome.BROKEN, detail, (detail,), 0.0)
    assert len(read(document_text(replace(run_of(found, url=detail), recordings={name: EMPTY})))["findings"]) == 1
