"""The findings as JUnit XML, as Jenkins, GitLab and GitHub's readers take it. No I/O.

Source: https://github.com/testmoapp/junitxml, which describes what the readers have in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from stream_check.finding import Outcome
from stream_check.report.text import fit

if TYPE_CHECKING:
    from stream_check.finding import Finding
    from stream_check.report.run import Run

NAME = "stream-check"
ELEMENTS = {Outcome.FAILED: "failure", Outcome.BROKEN: "error", Outcome.NOT_TRIED: "skipped"}
# The readers' common form: no zone, and meant as UTC.
TIMESTAMP = "%Y-%m-%dT%H:%M:%S"


def junit_text(run: Run) -> str:
    """One suite with a test case for each check; to be written as UTF-8."""
    counts = run.counts
    figures = {
        "name": NAME,
        "tests": str(len(run.findings)),
        "failures": str(counts[Outcome.FAILED]),
        "errors": str(counts[Outcome.BROKEN]),
        "skipped": str(counts[Outcome.NOT_TRIED]),
        "time": f"{run.seconds:.3f}",
    }
    suites = ET.Element("testsuites", figures)
    suite = ET.SubElement(suites, "testsuite", {**figures, "timestamp": run.started.strftime(TIMESTAMP)})
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", {"name": "url", "value": fit(run.url)})
    suite.extend(map(_test_case, run.findings))
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _test_case(finding: Finding) -> ET.Element:
    """Class and name together are the check's id, and the title says more to a human."""
    subject, _, point = finding.id.partition(".")
    name = fit(f"{point}: {finding.title}")
    case = ET.Element("testcase", {"classname": subject, "name": name, "time": f"{finding.seconds:.3f}"})
    element = ELEMENTS.get(finding.outcome)
    if element:
        detail = fit(finding.detail)
        result = ET.SubElement(case, element, {"message": detail, "type": finding.outcome.value})
        result.text = "\n".join([detail, *(f"- {fit(hint)}" for hint in finding.hints)])
    elif finding.detail:
        ET.SubElement(case, "system-out").text = fit(finding.detail)
    return case
