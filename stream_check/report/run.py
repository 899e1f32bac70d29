"""What all reports are made from. No I/O."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream_check.finding import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from stream_check.finding import Finding
    from stream_check.recording import Recording

WORST_FIRST = (Outcome.FAILED, Outcome.BROKEN, Outcome.PASSED, Outcome.NOT_TRIED)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the checks against one endpoint.

    Attributes:
        url: The endpoint's.
        started: When the run began, in UTC.
        findings: In the order in which the checks ran.
        recordings: The recorded streams by what they were asked for.
        seconds: How long the run took.
    """

    url: str
    started: datetime
    findings: tuple[Finding, ...]
    recordings: Mapping[str, Recording]
    seconds: float

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many checks ended in which way; every way is there, the worst first."""
        found = Counter(finding.outcome for finding in self.findings)
        return {outcome: found[outcome] for outcome in WORST_FIRST}

    @property
    def ok(self) -> bool:
        """Whether nothing failed and everything could be carried out; a check that was not tried does no harm."""
        return not (self.counts[Outcome.FAILED] or self.counts[Outcome.BROKEN])
