"""Where personal data stands in a text."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
# The same for many texts, in their order.
DetectAll: TypeAlias = Callable[[Sequence[str]], list[list[Finding]]]

# Between texts looked through as one: the end of a paragraph, so that no sentence goes on from one to the next.
SEPARATOR = "\n\n"


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


def found_together(texts: "Sequence[str]", detect: Detect) -> list[list[Finding]]:
    """What `detect`, asked once, finds in each of the texts, of which none is empty.

    What it finds across a border becomes a finding on each side.
    """
    found = merged(detect(SEPARATOR.join(texts)))
    results: list[list[Finding]] = []
    start = first = 0
    for text in texts:
        end = start + len(text)
        while first < len(found) and found[first].end <= start:
            first += 1
        results.append(list(_cut(found, first, (start, end))))
        start = end + len(SEPARATOR)
    return results


def _cut(found: list[Finding], first: int, borders: tuple[int, int]) -> "Iterator[Finding]":
    """The findings from the `first` on that reach between the borders, counted from the lower one and cut there."""
    low, high = borders
    for index in range(first, len(found)):
        finding = found[index]
        if finding.start >= high:
            return
        yield finding._replace(start=max(finding.start, low) - low, end=min(finding.end, high) - low)
