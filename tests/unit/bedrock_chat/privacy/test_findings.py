"""Findings that overlap."""

import pytest

from bedrock_chat.privacy.findings import Finding, merged

CASES = {
    "none": ([], []),
    "apart, in any order": (
        [Finding(5, 8, "PHONE"), Finding(0, 3, "EMAIL", 0.7)],
        [Finding(0, 3, "EMAIL", 0.7), Finding(5, 8, "PHONE")],
    ),
    "side by side": ([Finding(0, 3, "NAME"), Finding(3, 5, "AGE")], [Finding(0, 3, "NAME"), Finding(3, 5, "AGE")]),
    "found twice": ([Finding(0, 3, "NAME", 0.6), Finding(0, 3, "NAME", 0.9)], [Finding(0, 3, "NAME", 0.9)]),
    "of two kinds": ([Finding(0, 3, "NAME"), Finding(0, 3, "USERNAME")], [Finding(0, 3, "NAME")]),
    "one within another": ([Finding(2, 5, "PHONE"), Finding(0, 9, "IBAN", 0.8)], [Finding(0, 9, "IBAN")]),
    "sharing one character": ([Finding(0, 3, "NAME"), Finding(2, 9, "ADDRESS")], [Finding(0, 9, "ADDRESS")]),
    "a chain": (
        [Finding(0, 4, "NAME"), Finding(3, 5, "AGE"), Finding(4, 7, "PIN"), Finding(7, 8, "AGE")],
        [Finding(0, 7, "NAME"), Finding(7, 8, "AGE")],
    ),
    "a longer one at the end of a chain of short ones": (
        [Finding(0, 2, "A"), Finding(1, 3, "B"), Finding(2, 5, "C")],
        [Finding(0, 5, "C")],
    ),
}


@pytest.mark.parametrize(("findings", "expected"), CASES.values(), ids=CASES)
def test_what_overlaps_is_one_value(findings: list[Finding], expected: list[Finding]) -> None:
    """All characters of all findings, under the name of the longest."""
    assert merged(findings) == expected
