"""Where personal data stands in a text."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

EMAIL = "EMAIL"
PHONE = "PHONE"
IBAN = "IBAN"
CARD = "CARD"


class Finding(NamedTuple):
    """One value, `text[start:end]`, in Unicode characters; `kind` is in capitals, `score` from 0 to 1."""

    start: int
    end: int
    kind: str
    score: float = 1.0


# A detector: the personal data in a text. Its findings may overlap and come in any order.
Detect: TypeAlias = Callable[[str], list[Finding]]


def merged(findings: "Iterable[Finding]") -> list[Finding]:
    """The findings in order and without overlap: those that share a character become one, of the longest's kind."""
    apart: list[Finding] = []
    longest = 0
    for finding in sorted(findings, key=lambda finding: (finding.start, -finding.end)):
        length = finding.end - finding.start
        if apart and finding.start < apart[-1].end:
            last = apart.pop()
            kind = finding.kind if length > longest else last.kind
            longest = max(longest, length)
            finding = Finding(last.start, max(last.end, finding.end), kind, max(last.score, finding.score))  # noqa: PLW2901
        else:
            longest = length
        apart.append(finding)
    return apart
