"""Comprehend's limits, languages and failures. The client is a stand-in; its calls are checked by botocore's model."""

import re
from itertools import pairwise
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from bedrock_chat.errors import SettingsError
from bedrock_chat.privacy import patterns
from bedrock_chat.privacy.comprehend import MAX_PIECE_BYTES, ComprehendDetector, ComprehendOptions, pieces
from bedrock_chat.privacy.errors import DetectionFailed, UnsupportedLanguage
from bedrock_chat.privacy.findings import Finding

ENGLISH = ComprehendOptions(language="en")


class Comprehend:
    """Takes the words in capitals for names; `languages` is what it says of any text."""

    def __init__(self, *languages: str) -> None:
        self.languages = languages
        self.best_score = 0.9
        self.calls: list[tuple[str, str]] = []

    def detect_pii_entities(self, *, Text: str, LanguageCode: str) -> dict[str, Any]:  # noqa: N803
        assert 0 < len(Text.encode("utf-8", "replace")) <= MAX_PIECE_BYTES
        self.calls.append((LanguageCode, Text))
        names = re.finditer(r"\b[A-Z]{3,}(?: [A-Z]{3,})*\b", Text)
        return {"Entities": [entity(*match.span()) for match in names]}

    def detect_dominant_language(self, *, Text: str) -> dict[str, Any]:  # noqa: N803
        assert 20 <= len(Text) <= 1_000
        self.calls.append(("?", Text))
        scores = [self.best_score - 0.1 * index for index in range(len(self.languages))]
        languages = zip(self.languages, scores, strict=True)
        # The likeliest comes last: AWS promises no order.
        return {"Languages": [{"LanguageCode": code, "Score": score} for code, score in languages][::-1]}


def entity(start: int, end: int, kind: str = "NAME", score: float = 0.99) -> dict[str, Any]:
    return {"BeginOffset": start, "EndOffset": end, "Type": kind, "Score": score}


class Answering:
    """Gives one answer, or raises it."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def detect_pii_entities(self, **_parameters: str) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    detect_dominant_language = detect_pii_entities


def test_the_calls_and_answers_are_those_of_the_service() -> None:
    """Botocore's model of it refuses any other."""
    session = boto3.Session("id", "key", region_name="eu-central-1")
    client = session.client("comprehend")
    text = "My name is Ann, who are you?"
    with Stubber(client) as stubber:
        languages = {"Languages": [{"LanguageCode": "es", "Score": 0.8}]}
        stubber.add_response("detect_dominant_language", languages, {"Text": text})
        entities = {"Entities": [entity(11, 14)]}
        stubber.add_response("detect_pii_entities", entities, {"Text": text, "LanguageCode": "es"})
        assert ComprehendDetector(client, ComprehendOptions()).detect_all([text])[0] == [Finding(11, 14, "NAME", 0.99)]
        stubber.assert_no_pending_responses()


def test_offsets_count_characters() -> None:
    """Emoji beyond the basic plane are one each, as AWS's own count has them."""
    text = "👩‍👩‍👧🙂é ANN LEE"
    found = ComprehendDetector(Comprehend(), ENGLISH).detect_all([text])[0]
    assert [text[finding.start : finding.end] for finding in found] == ["ANN LEE"]


def test_a_blank_text_costs_no_call() -> None:
    """Comprehend would refuse it."""
    client = Comprehend()
    assert ComprehendDetector(client, ENGLISH).detect_all([" \n"])[0] == []
    assert client.calls == []


KINDS = {
    "all": (None, ["NAME", "CARD", "IBAN", "EMAIL"]),
    "one": (frozenset({"NAME"}), ["NAME"]),
    "by AWS's name": (frozenset({"CREDIT_DEBIT_NUMBER"}), ["CARD"]),
    "none": (frozenset[str](), []),
}


@pytest.mark.parametrize(("entity_types", "expected"), KINDS.values(), ids=KINDS)
def test_the_operator_chooses_what_counts(entity_types: frozenset[str] | None, expected: list[str]) -> None:
    """By Comprehend's names; what the pattern detector finds too is called as there."""
    names = ["NAME", "CREDIT_DEBIT_NUMBER", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "EMAIL"]
    client = Answering({"Entities": [entity(index, index + 1, name) for index, name in enumerate(names)]})
    options = ComprehendOptions("en", entity_types)
    assert [finding.kind for finding in ComprehendDetector(client, options).detect_all(["abcd"])[0]] == expected


def test_what_is_too_unlikely_does_not_count() -> None:
    """The bound itself does."""
    client = Answering({"Entities": [entity(0, 1, score=0.7), entity(1, 2, score=0.69)]})
    found = ComprehendDetector(client, ENGLISH._replace(min_score=0.7)).detect_all(["abcd"])[0]
    assert found == [Finding(0, 1, "NAME", 0.7)]


LONG_ENOUGH = "ANN is here, and twenty characters are too"
LANGUAGES = {
    "Spanish": (("es", "en"), ["es"]),
    "a variety": (("es-MX",), ["es"]),
    "English": (("en", "fr", "de"), ["en"]),
}


@pytest.mark.parametrize(("languages", "expected"), LANGUAGES.values(), ids=LANGUAGES)
def test_the_likeliest_language_is_read(languages: tuple[str, ...], expected: list[str]) -> None:
    """When the operator leaves it to Comprehend."""
    client = Comprehend(*languages)
    assert ComprehendDetector(client, ComprehendOptions()).detect_all([LONG_ENOUGH])[0]
    assert [code for code, _ in client.calls] == ["?", *expected]


def test_a_text_too_short_to_tell_is_read_in_both_languages() -> None:
    """Comprehend wants 20 characters to tell a language."""
    client = Comprehend()
    assert ComprehendDetector(client, ComprehendOptions()).detect_all([" I am ANN, ANN LEE.   "])[0] == [
        Finding(6, 9, "NAME", 0.99), Finding(11, 18, "NAME", 0.99),
    ]  # fmt: skip
    assert [code for code, _ in client.calls] == ["en", "es"]


@pytest.mark.parametrize(("score", "expected"), [(0.5, ["en", "es"]), (0.51, [])])
def test_a_text_in_no_language_for_sure_is_read_in_both(score: float, expected: list[str]) -> None:
    """As the input of a tool is."""
    client = Comprehend("de")
    client.best_score = score
    ComprehendDetector(client, ComprehendOptions(), in_other_languages=patterns.detect).detect_all([LONG_ENOUGH])
    assert [code for code, _ in client.calls] == ["?", *expected]


def test_only_the_beginning_tells_the_language() -> None:
    """Each hundred characters cost."""
    client = Comprehend("en")
    ComprehendDetector(client, ComprehendOptions()).detect_all(["word " * 1_000])
    assert client.calls[0] == ("?", ("word " * 200))


@pytest.mark.parametrize("languages", [("de", "en"), ()], ids=["another", "none"])
def test_another_language_is_refused(languages: tuple[str, ...]) -> None:
    """Nobody would look for names in it. The text isn't in the message."""
    detector = ComprehendDetector(Comprehend(*languages), ComprehendOptions())
    with pytest.raises(UnsupportedLanguage, match=r"can be found \(en and es\)$"):
        detector.detect_all([LONG_ENOUGH])


def test_another_language_is_left_to_another_detector() -> None:
    """If the operator allows it."""
    client = Comprehend("cs", "en")
    detector = ComprehendDetector(client, ComprehendOptions(), in_other_languages=patterns.detect)
    assert detector.detect_all(["piš na ann@example.com, ANN"])[0] == [Finding(7, 22, "EMAIL")]
    assert [code for code, _ in client.calls] == ["?"]


def test_a_language_that_comprehend_cannot_read_is_no_setting() -> None:
    """Every request would fail."""
    with pytest.raises(SettingsError, match="must be en, es or auto, not 'de'"):
        ComprehendDetector(Comprehend(), ComprehendOptions(language="de"))


class AwsError(Exception):
    """As botocore's ClientError, with a message that quotes the text."""

    response = {"Error": {"Code": "ThrottlingException", "Message": "ANN"}}  # noqa: RUF012 - as botocore has it


FAILURES = {
    "AWS refuses": (AwsError("ANN"), "(AwsError ThrottlingException)"),
    "the way to it": (OSError("ANN"), "(OSError)"),
    "no entities": ({}, "can't be read"),
    "an entity without its end": ({"Entities": [{"BeginOffset": 0, "Type": "NAME", "Score": 1}]}, "can't be read"),
    "a score that is none": ({"Entities": [entity(0, 1) | {"Score": "high"}]}, "can't be read"),
    "an end before the start": ({"Entities": [entity(3, 2)]}, "can't be read"),
    "an end outside": ({"Entities": [entity(0, len(LONG_ENOUGH) + 1)]}, "can't be read"),
    "a start outside": ({"Entities": [entity(-1, 2)]}, "can't be read"),
    "nothing": (None, "can't be read"),
    "languages that are none": ({"Languages": [{"LanguageCode": 1, "Score": 1}]}, "can't be read"),
}


@pytest.mark.parametrize("language", ["en", "auto"])
@pytest.mark.parametrize(("answer", "message"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_told_without_the_text(language: str, answer: Any, message: str) -> None:
    """It never passes for a text without personal data, and neither the message nor a cause quotes the text."""
    detector = ComprehendDetector(Answering(answer), ComprehendOptions(language))
    with pytest.raises(DetectionFailed) as raised:
        detector.detect_all([LONG_ENOUGH])
    assert message in raised.value.message
    assert "ANN" not in raised.value.message
    assert raised.value.__cause__ is raised.value.__context__ is None


def test_a_text_of_the_greatest_size_is_one_piece() -> None:
    """100 KB of UTF-8, and not a character more."""
    assert list(pieces("é" * 50_000)) == [(0, 50_000)]
    assert [len(list(pieces(text))) for text in ("é" * 50_001, "x" * 100_000, "x" * 100_001)] == [2, 1, 2]
    assert list(pieces("")) == [(0, 0)]


CHARACTERS = {"ASCII": "x", "two bytes": "é", "three bytes": "語", "an emoji": "🙂", "half a pair": "\ud83d"}


@pytest.mark.parametrize("character", CHARACTERS.values(), ids=CHARACTERS)
def test_pieces_fit_and_overlap(character: str) -> None:
    """Also where there is no place to cut but between two characters."""
    text = f"1{character * 120_000}"
    cut = list(pieces(text))
    assert cut[0][0] == 0
    assert cut[-1][1] == len(text)
    for start, end in cut:
        assert len(text[start:end].encode("utf-8", "replace")) <= MAX_PIECE_BYTES
    for (start, end), (following, following_end) in pairwise(cut):
        assert start < following == end - 500
        assert end < following_end


FILLERS = {
    "sentences": ("This is what we said. And why?\n", r"[.?]\s$", r"\s$"),
    "words": ("so and so on ", r"\s$", r"\s$"),
    "lines": ("https://example.com/a/b/c/d\n", r"\n$", r"\n$"),
}


@pytest.mark.parametrize(("filler", "before_end", "before_start"), FILLERS.values(), ids=FILLERS)
def test_a_text_is_cut_between_sentences_or_words(filler: str, before_end: str, before_start: str) -> None:
    """A name is easier to see in a whole sentence."""
    text = filler * (250_000 // len(filler))
    cut = list(pieces(text))
    assert len(cut) == 3
    assert all(re.search(before_end, text[:end][-2:]) for _, end in cut[:-1])
    assert all(re.search(before_start, text[:start][-2:]) for start, _ in cut[1:])
    assert all(500 <= end - start <= 800 for (_, end), (start, _) in pairwise(cut))
    assert all(end - start > MAX_PIECE_BYTES - 1_200 for start, end in cut[:-1])


@pytest.mark.parametrize("filler", ["x", "🙂", "so and so on ", "This is what we said. "])
@pytest.mark.parametrize("shift", [-1, -26, -50, -99, -150, -298, -300, -301, -520, 10])
def test_nothing_is_missed_at_a_cut(filler: str, shift: int) -> None:
    """A value is whole in one piece at least, wherever it stands, and found once."""
    value = "-ANN " + "LEE " * 24 + "LEE-"
    size = len(filler.encode())
    first_cut = MAX_PIECE_BYTES // size * len(filler)
    before = (filler * (first_cut // len(filler) + 1))[: first_cut + shift]
    text = before + value + filler * (100_000 // len(filler))
    found = ComprehendDetector(Comprehend(), ENGLISH).detect_all([text])[0]
    assert [text[finding.start : finding.end] for finding in found] == [value.strip("-")]
