"""Personal data in a text, by rules where Comprehend has a model. No I/O.

Found are e-mail addresses, phone numbers, cards, IBANs, a few first names with what follows them, and addresses of
streets as English and Spanish write them. The types and offsets are Comprehend's, the scores made up.

Source: https://docs.aws.amazon.com/comprehend/latest/dg/how-pii.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ENGLISH, SPANISH = "en", "es"
LANGUAGES = (ENGLISH, SPANISH)

NAMES = (
    "Ada|Alejandro|Alice|Ana|Anna|Carlos|Carmen|David|Elena|Emma|George|Grace|Isabel|James|Jane|Javier|John|José|Juan|"
    "Laura|Lucía|Manuel|Maria|María|Mary|Michael|Pablo|Paulo|Peter|Robert|Sarah|Sofía|Thomas"
)
WORD = r"[^\W\d_]+(?:['-][^\W\d_]+)*"
SURNAME = r"(?=[A-ZÁÉÍÑÓÚ])" + WORD
ENGLISH_STREET = r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive|Boulevard)\b\.?"
SPANISH_STREET = r"(?:Calle|Avenida|Avda\.|Plaza|Paseo)"
IBAN = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"
PLACE = rf"(?:, {SURNAME}(?: {SURNAME})*)?"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a type of entity looks like, in which languages, and how sure of it one can be."""

    kind: str
    pattern: re.Pattern[str]
    score: float
    languages: tuple[str, ...] = LANGUAGES


# The first rule that fits wins where two overlap.
RULES = (
    Rule("EMAIL", re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+"), 0.9999),
    Rule("INTERNATIONAL_BANK_ACCOUNT_NUMBER", re.compile(IBAN), 0.97),
    Rule("CREDIT_DEBIT_NUMBER", re.compile(r"\b\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}\b"), 0.98),
    Rule("PHONE", re.compile(r"(?<![\w+])\+?\d{1,3}(?:[ .-]?\(?\d{2,4}\)?){2,4}\b"), 0.95),
    Rule("ADDRESS", re.compile(rf"\b\d{{1,5}} (?:{SURNAME} ){{1,3}}{ENGLISH_STREET}{PLACE}"), 0.99, (ENGLISH,)),
    Rule("ADDRESS", re.compile(rf"\b{SPANISH_STREET} (?:(?:de|la|del) )*{WORD} \d{{1,4}}{PLACE}"), 0.99, (SPANISH,)),
    Rule("NAME", re.compile(rf"\b(?:{NAMES})\b(?: {SURNAME}){{0,2}}"), 0.99),
)  # fmt: skip


def entities(text: str, language: str) -> list[dict[str, object]]:
    """Return what DetectPiiEntities finds in a text, with offsets in characters."""
    found: list[tuple[int, int, Rule]] = []
    for rule in RULES:
        if language in rule.languages:
            spans = [match.span() for match in rule.pattern.finditer(text)]
            found += [(start, end, rule) for start, end in spans if not _overlaps(start, end, found)]
    return [
        {"BeginOffset": start, "EndOffset": end, "Type": rule.kind, "Score": rule.score}
        for start, end, rule in sorted(found, key=lambda each: each[0])
    ]


def _overlaps(start: int, end: int, found: list[tuple[int, int, Rule]]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end, _ in found)
