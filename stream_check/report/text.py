"""Text from an endpoint that nobody trusts, made fit for a report. No I/O."""

from __future__ import annotations

import re

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
# Source: https://www.w3.org/TR/xml/#charsets, without the control characters that it only discourages.
UNFIT = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


def fit(text: str) -> str:
    """The text without what XML forbids, HTML takes for an error, or UTF-8 can't encode."""
    return UNFIT.sub(UNKNOWN, text)


def one_line(text: str, *, unicode: bool = True) -> str:
    """The text for a terminal, which would obey control characters; without `unicode` in ASCII."""
    shown = "".join(
        character if character.isprintable() else UNKNOWN if unicode else "?" for character in " ".join(text.split())
    )
    return shown if unicode else shown.encode("ascii", "backslashreplace").decode()


def seconds(value: float) -> str:
    """A time with its unit; hundredths of a second, or milliseconds where those would say little."""
    return f"{value:.2f} s" if value >= 0.1 else f"{value * 1000:.1f} ms"  # noqa: PLR2004


def counted(count: int, noun: str) -> str:
    """As in `1 piece`, `2,000 pieces`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
