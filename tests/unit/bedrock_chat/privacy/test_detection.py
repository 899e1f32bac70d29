"""Who finds personal data, and what happens when nobody can."""

import logging
import re
from collections.abc import Sequence
from typing import Any

import pytest

from bedrock_chat.privacy.comprehend import ComprehendClient
from bedrock_chat.privacy.detection import detector
from bedrock_chat.privacy.errors import DetectionFailed, UnsupportedLanguage
from bedrock_chat.privacy.findings import DetectAll, Finding, found_together
from bedrock_chat.privacy.remembered import MAX_REMEMBERED, RememberedTexts
from bedrock_chat.privacy.settings import Redaction

KEY = b"sixteen bytes at least"
MAIL = "write to ann@example.com"


class Comprehend:
    """Finds the name Ann, in texts of any language but `foreign`."""

    def __init__(self, *, foreign: str = "-", failing: bool = False) -> None:
        self.asked: list[str] = []
        self.failing = failing
        self._foreign = foreign

    def detect_pii_entities(self, *, Text: str, LanguageCode: str) -> dict[str, Any]:  # noqa: N803
        self.asked.append(f"{LanguageCode}: {Text}")
        if self.failing:
            raise ConnectionError(Text)
        spans = [match.span() for match in re.finditer("Ann", Text)]
        return {"Entities": [{"BeginOffset": a, "EndOffset": b, "Type": "NAME", "Score": 0.9} for a, b in spans]}

    def detect_dominant_language(self, *, Text: str) -> dict[str, Any]:  # noqa: N803
        return {"Languages": [{"LanguageCode": "de" if self._foreign in Text else "en", "Score": 1}]}


def found(texts: list[str], redaction: Redaction, client: Comprehend) -> list[list[str]]:
    return values(texts, detector(redaction, lambda: client, KEY))


def values(texts: list[str], detect_all: DetectAll) -> list[list[str]]:
    found = zip(texts, detect_all(texts), strict=True)
    return [[text[finding.start : finding.end] for finding in findings] for text, findings in found]


def test_the_operator_chooses_the_detector() -> None:
    """Patterns need no client; both find what either finds."""

    def no_client() -> ComprehendClient:
        raise AssertionError

    texts = ["Ann", MAIL]
    assert values(texts, detector(Redaction("patterns"), no_client, KEY)) == [[], ["ann@example.com"]]
    assert found(texts, Redaction("comprehend", "en"), Comprehend()) == [["Ann"], []]
    assert found(texts, Redaction("both", "en"), Comprehend()) == [["Ann"], ["ann@example.com"]]


def test_the_types_count_for_patterns_too() -> None:
    """By Comprehend's names. A card that could be a phone number is still one where phone numbers don't count."""
    card, redaction = "call 4111 1111 1111 1111", Redaction("patterns", entity_types=frozenset({"CREDIT_DEBIT_NUMBER"}))
    assert found([card, MAIL], redaction, Comprehend()) == [["4111 1111 1111 1111"], []]


def test_a_failure_is_raised_or_left_to_the_patterns(caplog: pytest.LogCaptureFixture) -> None:
    """As the operator chooses; the log names it and quotes nothing."""
    with pytest.raises(DetectionFailed):
        found([MAIL], Redaction("both", "en"), Comprehend(failing=True))
    with caplog.at_level(logging.WARNING):
        with pytest.raises(DetectionFailed):
            found([MAIL], Redaction("comprehend", "en", other_languages="patterns"), Comprehend(failing=True))
        falling_back = Redaction("comprehend", "en", on_failure="patterns")
        assert found([MAIL], falling_back, Comprehend(failing=True)) == [["ann@example.com"]]
    assert "ConnectionError): patterns look for it instead" in caplog.text
    assert "ann" not in caplog.text


def test_a_language_that_nobody_knows_is_refused_or_left_to_the_patterns() -> None:
    """Only the text that is in it."""
    texts, client = ["Schreib an ann@example.com", "This is Ann, who is English"], Comprehend(foreign="Schreib")
    with pytest.raises(UnsupportedLanguage):
        found(texts, Redaction(), client)
    with pytest.raises(UnsupportedLanguage):
        found(texts, Redaction(on_failure="patterns"), client)
    falling_back = Redaction(other_languages="patterns", entity_types=frozenset({"EMAIL", "NAME"}))
    assert found(texts, falling_back, client) == [["ann@example.com"], ["Ann"]]


def test_texts_of_one_language_are_one_call() -> None:
    """Short ones are looked through in both; blank ones not at all."""
    client = Comprehend()
    texts = ["Ann", " ", "Another text of Ann's, and longer"]
    assert found(texts, Redaction(), client) == [["Ann"], [], ["Ann"]]
    assert client.asked == ["en: Ann\n\nAnother text of Ann's, and longer", "es: Ann"]


def test_a_text_is_asked_about_once() -> None:
    """A client sends the conversation with each turn; what failed was no answer."""
    client = Comprehend(failing=True)
    detect_all = detector(Redaction("comprehend", "en"), lambda: client, KEY)
    with pytest.raises(DetectionFailed):
        detect_all(["Ann"])
    client.failing = False
    assert values(["Ann", "and Ann"], detect_all) == [["Ann"], ["Ann"]]
    assert values(["Ann", "new", "and Ann", "Ann"], detect_all) == [["Ann"], [], ["Ann"], ["Ann"]]
    assert client.asked[1:] == ["en: Ann\n\nand Ann", "en: new"]
    assert values(["Ann"], detect_all) == [["Ann"]]
    assert len(client.asked) == 3


def test_what_is_remembered_is_bounded() -> None:
    """What was seen longest ago is forgotten; one request may have more than is remembered."""
    asked: list[str] = []

    def detect_all(texts: Sequence[str]) -> list[list[Finding]]:
        asked.extend(texts)
        return [[Finding(0, 1, "NAME")] * (9 if text == "much" else 0) for text in texts]

    remembered = RememberedTexts(detect_all, KEY)
    texts = ["a", "much", *map(str, range(MAX_REMEMBERED - 11))]
    assert list(map(len, remembered.detect_all(texts))) == [0, 9, *[0] * (MAX_REMEMBERED - 11)]
    assert len(remembered.detect_all(["a"])[0]) == 0
    asked.clear()
    assert list(map(len, remembered.detect_all(["b", "much", "a"]))) == [0, 9, 0]
    assert asked == ["b"]
    remembered.detect_all(["c"])
    asked.clear()
    remembered.detect_all(["much", "b", "a", "0", "1", "2"])
    assert asked == ["0", "1"]
    assert len(remembered.detect_all([f"x{index}" for index in range(MAX_REMEMBERED + 1)])) == MAX_REMEMBERED + 1


def test_what_is_found_across_a_border_is_cut_there() -> None:
    """Each text has its part of it."""
    texts = ["ab", "cd", "ef"]

    def detect(text: str) -> list[Finding]:
        assert text == "ab\n\ncd\n\nef"
        return [Finding(1, 9, "NAME"), Finding(9, 10, "AGE")]

    assert found_together(texts, detect) == [
        [Finding(1, 2, "NAME")],
        [Finding(0, 2, "NAME")],
        [Finding(0, 1, "NAME"), Finding(1, 2, "AGE")],
    ]
    assert found_together(texts, lambda _: [Finding(2, 4, "NAME")]) == [[], [], []]
