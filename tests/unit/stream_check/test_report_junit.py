"""The JUnit report, read by the standard library's parser."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_check.finding import Finding, Outcome
from stream_check.report.junit import junit_text
from support.stream_reports import ALL_OUTCOMES, EVERYTHING, HOSTILE_RUN, finding, run_of


def read(text: str) -> ET.Element:
    return ET.fromstring(text.encode())  # noqa: S314 - our own


def case_of(found: Finding) -> ET.Element:
    [case] = read(junit_text(run_of(found))).iter("testcase")
    return case


def test_the_suite_counts_its_cases() -> None:
    """In the suite, and in all suites together, as some readers look at the one and some at the other."""
    suites = read(junit_text(EVERYTHING))
    [suite] = suites
    assert (suites.tag, suite.tag) == ("testsuites", "testsuite")
    figures = {"name": "stream-check", "tests": "4", "failures": "1", "errors": "1", "skipped": "1", "time": "12.500"}
    assert suites.attrib == figures
    assert suite.attrib == {**figures, "timestamp": "2026-01-31T12:00:05"}
    assert [element.tag for element in suite] == ["properties", *["testcase"] * 4]
    assert [element.attrib for element in suite.iter("property")] == [{"name": "url", "value": "https://example.com/"}]


def test_a_case_is_named_for_its_check() -> None:
    """Class and name hold the check's id; the name also what holds when it passes."""
    case = case_of(finding(Outcome.PASSED, id="stream.first-byte"))
    assert case.attrib == {
        "classname": "stream",
        "name": "first-byte: The answer arrives whole",
        "time": "0.250",
    }


@pytest.mark.parametrize(
    ("found", "tag", "message", "text"),
    [
        (ALL_OUTCOMES[1], "failure", "It broke off.", "It broke off.\n- Its timeout.\n- A proxy."),
        (ALL_OUTCOMES[2], "skipped", "Give --function.", "Give --function."),
        (ALL_OUTCOMES[3], "error", "AccessDenied", "AccessDenied"),
    ],
    ids=["failed", "not-tried", "broken"],
)
def test_what_did_not_pass_has_an_element(found: Finding, tag: str, message: str, text: str) -> None:
    """With the reason as its message, and the hints in its text."""
    [element] = case_of(found)
    assert (element.tag, element.attrib, element.text) == (
        tag,
        {"message": message, "type": found.outcome.value},
        text,
    )


def test_what_passed_says_what_was_measured() -> None:
    """As output, where there is any."""
    [output] = case_of(finding(Outcome.PASSED, "0.50 s"))
    assert (output.tag, output.text) == ("system-out", "0.50 s")
    assert list(case_of(finding(Outcome.PASSED))) == []


def test_text_of_an_endpoint_stays_text() -> None:
    """XML has no way to write most control characters: they are replaced."""
    shown = "�]0;owned�</table><script>alert(1)</script>\"'&�����]]>\u202e\u2028"
    [failure] = read(junit_text(HOSTILE_RUN)).iter("failure")
    assert failure.attrib["message"] == shown
    assert failure.text == f"{shown}\n- {shown}"
    assert not list(failure)


@given(st.text(), st.sampled_from(Outcome))
def test_any_text_is_whole_xml(text: str, outcome: Outcome) -> None:
    """Whatever an endpoint says."""
    found = Finding("a.b", text, outcome, text, (text,), 0.0)
    assert len(list(read(junit_text(run_of(found, url=text))).iter("testcase"))) == 1


def test_a_run_of_nothing_is_an_empty_suite() -> None:
    """Which readers take."""
    [suite] = read(junit_text(run_of()))
    assert suite.attrib["tests"] == "0"
