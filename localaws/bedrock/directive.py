"""The directive that a test may put into the last user message. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

DIRECTIVE = re.compile(r"\[((?:\w+=\d+\s*)+)\]")
MAX_DIRECTED_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Directive:
    """What `[tokens=N pace_ms=M stamp=1]` in the last user message asks for; None is the default."""

    tokens: int | None = None
    pace_ms: int | None = None
    stamp: bool = False


def parse_directive(text: str) -> Directive:
    """Return the directive in a text; the default one when there is none."""
    match = DIRECTIVE.search(text)
    if not match:
        return Directive()
    settings = {name: int(value) for name, value in (pair.split("=") for pair in match.group(1).split())}
    tokens = settings.get("tokens")
    return Directive(
        tokens=None if tokens is None else min(tokens, MAX_DIRECTED_TOKENS),
        pace_ms=settings.get("pace_ms"),
        stamp=bool(settings.get("stamp")),
    )
