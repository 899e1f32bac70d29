"""Personal data and what stands for it in one conversation.

A placeholder such as `[EMAIL_1]` says what it stands for, so that the model can still reason about it, and stands for
the same value all through the conversation. Values are kept as they were written: another spelling is another value.
"""

import re
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bedrock_chat.privacy.errors import WrongState
from bedrock_chat.privacy.findings import Finding, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# What is, or could yet become, a placeholder. It begins with the only bracket of its kind in it, which all of
# redaction rests on: no two can overlap, and none can come about where one is put beside other text.
PLACEHOLDER = re.compile(r"\[([A-Z]+(?:_[A-Z]+)*)_([1-9][0-9]*)(?:_[a-z0-9]+)?\]")
_KIND = re.compile(r"[A-Z]+(?:_[A-Z]+)*")

# The kind of a text that a user wrote and that is, to the letter, a placeholder of this conversation.
LITERAL = "LITERAL"
# A known value is replaced where a detector overlooks it, too, unless it is so short that it occurs by chance.
MIN_KNOWN_CHARACTERS = 4
STATE_VERSION = 1


class PlaceholderMap:
    """The placeholders of one conversation; `nonce` gives new letters (a-z) and digits at each call.

    A user may write what looks like a placeholder. One that isn't given out yet never will be: a placeholder with a
    nonce, such as `[EMAIL_1_x7]`, takes its place. One that is given out already is itself replaced, as a LITERAL.
    So whatever is not a placeholder of this map stays what it is, in every text and at any later time.
    """

    def __init__(
        self, nonce: "Callable[[], str]", values: "Mapping[str, str] | None" = None, literals: "Iterable[str]" = ()
    ) -> None:
        self._nonce = nonce
        self._values: dict[str, str] = {}
        self._placeholders: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._literals = set(literals)
        for placeholder, value in (values or {}).items():
            self._add(placeholder, value)

    @property
    def values(self) -> "Mapping[str, str]":
        """What each placeholder stands for."""
        return MappingProxyType(self._values)

    def redact(self, text: str, findings: "Iterable[Finding]") -> str:
        """A user's text with placeholders for all findings, and for all values that the conversation knows already.

        Findings that overlap become one value. Restoring the result gives `text`.

        Raises:
            ValueError: a finding isn't one of `text`, or its kind is no name in capitals.
        """
        self._reserve(text)
        taken = [Finding(*match.span(), LITERAL) for match in self._issued_in(text)]
        return self._replaced(text, self._learnt(text, [*findings, *taken]))

    def redact_answer(self, text: str, findings: "Iterable[Finding]", shown: "Mapping[str, str] | None" = None) -> str:
        """The model's text, before its placeholders are restored, with new ones for the findings between them.

        It is for what is kept of an answer: restoring it gives what restoring `text` with `shown` gave, by default
        with all placeholders there are. One that another request was given meanwhile is a text like any other here.
        """
        self._reserve(text)
        places = list(self._issued_in(text))
        issued = [match for match in places if shown is None or match[0] in shown]
        starts, ends = [0, *(match.end() for match in issued)], [*(match.start() for match in issued), len(text)]
        between = [(text[start:end], start) for start, end in zip(starts, ends, strict=True)]
        everywhere = [*findings, *(Finding(*match.span(), LITERAL) for match in places if match not in issued)]
        # All is learnt before the first part is redacted: a value can stand in any of them.
        learnt = [(part, self._learnt(part, _within(part, start, everywhere))) for part, start in between]
        redacted = [self._replaced(part, found) for part, found in learnt]
        return "".join(chain(*zip(redacted, [*(match[0] for match in issued), ""], strict=True)))

    def to_state(self) -> dict[str, Any]:
        """All that `from_state` needs, as JSON; it holds the personal data, so encrypt it."""
        return {"version": STATE_VERSION, "values": dict(self._values), "literals": sorted(self._literals)}

    @classmethod
    def from_state(cls, state: object, nonce: "Callable[[], str]") -> "PlaceholderMap":
        """The map that `to_state` described.

        Raises:
            WrongState: it did not describe this one.
        """
        match state:
            case {"version": 1, "values": dict(values), "literals": list(literals)}:
                if all(isinstance(text, str) and text for text in (*values, *values.values(), *literals)):
                    return cls(nonce, values, literals)
        raise WrongState(f"what was kept of the conversation's placeholders is not version {STATE_VERSION} of them")

    def _reserve(self, text: str) -> None:
        """Sees to it that no placeholder is ever given out that `text` holds by chance."""
        self._literals.update(match[0] for match in PLACEHOLDER.finditer(text) if match[0] not in self._values)

    def _issued_in(self, text: str) -> "Iterator[re.Match[str]]":
        return (match for match in PLACEHOLDER.finditer(text) if match[0] in self._values)

    def _learnt(self, text: str, findings: list[Finding]) -> list[Finding]:
        """The findings merged, when their values have placeholders.

        So have those that became part of a longer value here: elsewhere they may stand by themselves.
        """
        if not all(0 <= finding.start < finding.end <= len(text) for finding in findings):
            raise ValueError(f"a finding is empty, or not within the text of {len(text)} characters")
        found = merged(findings)
        parts = (finding for finding in findings if finding.end - finding.start >= MIN_KNOWN_CHARACTERS)
        for finding in (*found, *parts):
            self._placeholder_for(text[finding.start : finding.end], finding.kind)
        return found

    def _replaced(self, text: str, found: list[Finding]) -> str:
        edges = {edge for finding in found for edge in finding[:2]}
        redacted: list[str] = []
        start = 0
        for finding in merged([*found, *_known_in(text, self._kinds, edges)]):
            value = text[finding.start : finding.end]
            redacted += text[start : finding.start], self._placeholder_for(value, finding.kind)
            start = finding.end
        return "".join([*redacted, text[start:]])

    def _placeholder_for(self, value: str, kind: str) -> str:
        if value not in self._placeholders:
            self._add(self._issue(kind), value)
        return self._placeholders[value]

    def _add(self, placeholder: str, value: str) -> None:
        kind, number = _name(placeholder)
        self._numbers[kind] = max(self._numbers.get(kind, 0), number)
        self._values[placeholder] = value
        self._placeholders[value] = placeholder
        self._kinds[value] = kind

    def _issue(self, kind: str) -> str:
        if not _KIND.fullmatch(kind):
            raise ValueError(f"a kind is written in capitals and underscores, not {kind!r}")
        number = self._numbers.get(kind, 0) + 1
        nonce = ""
        while (placeholder := f"[{kind}_{number}{nonce}]") in self._literals:
            # Should the user have guessed a nonce too, the next number ends the search whatever the source gives.
            number += bool(nonce)
            nonce = f"_{self._nonce()}"
        if not PLACEHOLDER.fullmatch(placeholder):
            raise ValueError(f"a nonce is of the characters a-z and 0-9, not {nonce[1:]!r}")
        return placeholder


def _within(part: str, start: int, findings: list[Finding]) -> list[Finding]:
    """What of the findings lies in `part`, which begins at `start`; rests without a letter or digit say nothing."""
    cut = [
        finding._replace(start=max(finding.start - start, 0), end=min(finding.end - start, len(part)))
        for finding in findings
    ]
    return [found for found in cut if any(map(str.isalnum, part[found.start : max(found.start, found.end)]))]


def _name(placeholder: str) -> tuple[str, int]:
    """The kind and the number in a placeholder."""
    match = PLACEHOLDER.fullmatch(placeholder)
    if match is None:
        raise WrongState("what was kept of the conversation's placeholders names one that is none")
    return match[1], int(match[2])


def _known_in(text: str, kinds: "Mapping[str, str]", edges: set[int]) -> "Iterator[Finding]":
    """Where the values in `kinds` stand as words of their own, or will when what ends at `edges` is replaced.

    Its time is the number of values times that of one search.
    """
    for value, kind in kinds.items():
        start = text.find(value) if len(value) >= MIN_KNOWN_CHARACTERS else -1
        while start >= 0:
            end = start + len(value)
            if all(edge in edges or not _joined(text, edge) for edge in (start, end)):
                yield Finding(start, end, kind)
            start = text.find(value, start + 1)


def _joined(text: str, index: int) -> bool:
    """Whether a word goes on from before `index` to after it."""
    return text[index - 1 : index].isalnum() and text[index : index + 1].isalnum()
