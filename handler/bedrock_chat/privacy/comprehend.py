"""A detector that asks Amazon Comprehend, for English and Spanish. The client is given; no input or output but its own.

Source: docs.aws.amazon.com/comprehend/latest/APIReference/API_DetectPiiEntities.html
"""

import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from bedrock_chat.errors import SettingsError
from bedrock_chat.privacy.errors import DetectionFailed, UnsupportedLanguage
from bedrock_chat.privacy.findings import CARD, IBAN, Finding, found_together, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bedrock_chat.privacy.findings import Detect

ENGLISH = "en"
SPANISH = "es"
SUPPORTED_LANGUAGES = (ENGLISH, SPANISH)
AUTO = "auto"

# AWS says 100 KB and not which KB: the smaller one is right under both.
MAX_PIECE_BYTES = 100_000
# Longer than any one value: what a cut divides is whole in the next piece, and has words before it there.
OVERLAP_CHARACTERS = 500
# How far from where it must be a cut looks for a place between sentences or words.
MAX_CUT_SHIFT_CHARACTERS = 300
_SENTENCE_END = re.compile(r"[.!?…]\s+|\n")
_SPACE = re.compile(r"\s+")

# The dominant language shows in little text, and every 100 characters cost.
LANGUAGE_SAMPLE_CHARACTERS = 1_000
MIN_LANGUAGE_CHARACTERS = 20
# What is hardly prose, such as the input of a tool, Comprehend takes for any language, and is not sure of it.
MIN_LANGUAGE_SCORE = 0.5

DEFAULT_MIN_SCORE = 0.5
# Comprehend's names of what the pattern detector finds too: one value has one kind, whoever finds it.
KINDS = {"CREDIT_DEBIT_NUMBER": CARD, "INTERNATIONAL_BANK_ACCOUNT_NUMBER": IBAN}


class ComprehendClient(Protocol):
    """What is needed of boto3's client."""

    def detect_pii_entities(self, *, Text: str, LanguageCode: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """`Entities` with Type, Score, and their offsets in Unicode characters."""

    def detect_dominant_language(self, *, Text: str) -> dict[str, Any]:  # noqa: N803 - as above
        """`Languages` with LanguageCode and Score."""


class ComprehendOptions(NamedTuple):
    """What the operator chooses.

    Attributes:
        language: "en" or "es" where all texts are in one. "auto" asks Comprehend for each text in which language its
            first 1,000 characters are, which costs a call more; one too short to tell, or in no language for sure, is
            looked through in both.
        entity_types: Comprehend's types that count as personal data; None counts them all.
        min_score: Below this confidence, from 0 to 1, an entity is none.
    """

    language: str = AUTO
    entity_types: frozenset[str] | None = None
    min_score: float = DEFAULT_MIN_SCORE


class ComprehendDetector:
    """Finds personal data with Comprehend; `detect_all` is a DetectAll.

    `in_other_languages` looks through the texts that are in neither of its languages; without it they are refused.

    Raises:
        SettingsError: the options name a language in which it finds nothing.
    """

    def __init__(
        self,
        client: ComprehendClient,
        options: ComprehendOptions,
        in_other_languages: "Detect | None" = None,
    ) -> None:
        if options.language not in (*SUPPORTED_LANGUAGES, AUTO):
            raise SettingsError(f"Comprehend's language must be en, es or auto, not {options.language!r}")
        self._client = client
        self._options = options
        self._in_other_languages = in_other_languages

    def detect_all(self, texts: "Sequence[str]") -> list[list[Finding]]:
        """The personal data in each text, in order and without overlap.

        All texts of one language are one call, or as many as its limit makes of them.

        Raises:
            DetectionFailed: Comprehend can't be asked, or its answer can't be read.
            UnsupportedLanguage: nobody is there to look through a text in this language.
        """
        found: list[list[Finding]] = [[] for _ in texts]
        together: dict[str, list[int]] = {}
        for index, text in enumerate(texts):
            if text.strip():
                languages = self._languages(text)
                for language in languages:
                    together.setdefault(language, []).append(index)
                found[index] += [] if languages else self._detect_otherwise(text)
        for language, indexes in together.items():
            detect = partial(self._detect, language)
            results = found_together([texts[index] for index in indexes], detect)
            for index, result in zip(indexes, results, strict=True):
                found[index] += result
        return [merged(findings) for findings in found]

    def _detect(self, language: str, text: str) -> list[Finding]:
        return [finding for start, end in pieces(text) for finding in self._in_piece(text[start:end], start, language)]

    def _languages(self, text: str) -> tuple[str, ...]:
        """The languages to look through `text` in; none when it is in another."""
        if self._options.language != AUTO:
            return (self._options.language,)
        sample = text.strip()[:LANGUAGE_SAMPLE_CHARACTERS]
        if len(sample) < MIN_LANGUAGE_CHARACTERS:
            return SUPPORTED_LANGUAGES
        answer = _call(self._client.detect_dominant_language, Text=sample)
        for language, score in _read(answer, _dominant):
            if language in SUPPORTED_LANGUAGES:
                return (language,)
            if score <= MIN_LANGUAGE_SCORE:
                return SUPPORTED_LANGUAGES
        return ()

    def _detect_otherwise(self, text: str) -> list[Finding]:
        if self._in_other_languages is None:
            languages = " and ".join(SUPPORTED_LANGUAGES)
            raise UnsupportedLanguage(f"the text's language is none in which personal data can be found ({languages})")
        return self._in_other_languages(text)

    def _in_piece(self, piece: str, offset: int, language: str) -> list[Finding]:
        answer = _call(self._client.detect_pii_entities, Text=piece, LanguageCode=language)
        return [
            Finding(offset + start, offset + end, KINDS.get(kind, kind), score)
            for start, end, kind, score in _read(answer, lambda answer: _entities(answer, len(piece)))
            if score >= self._options.min_score and self._counts(kind)
        ]

    def _counts(self, kind: str) -> bool:
        return self._options.entity_types is None or kind in self._options.entity_types


def pieces(text: str) -> "Iterator[tuple[int, int]]":
    """Where to cut `text`, in characters: each piece is at most MAX_PIECE_BYTES in UTF-8 and overlaps the next.

    A piece ends after a sentence, else after a word, and starts before a word, if there is one near.
    """
    start = 0
    while (hard_end := _fitting_end(text, start)) < len(text):
        end = _last_end(_SENTENCE_END, text, hard_end) or _last_end(_SPACE, text, hard_end) or hard_end
        yield start, end
        overlap = end - OVERLAP_CHARACTERS
        start = _last_end(_SPACE, text, overlap) or overlap
    yield start, len(text)


def _fitting_end(text: str, start: int) -> int:
    """How far a piece that starts at `start` can reach, between two characters."""
    # Half of a surrogate pair, which UTF-8 can't hold, counts as the question mark that stands for it here.
    window = text[start : start + MAX_PIECE_BYTES].encode("utf-8", "replace")
    if len(window) <= MAX_PIECE_BYTES:
        return min(len(text), start + MAX_PIECE_BYTES)
    return start + len(window[:MAX_PIECE_BYTES].decode("utf-8", "ignore"))


def _last_end(pattern: "re.Pattern[str]", text: str, end: int) -> int | None:
    """Where the last match of `pattern` that is near before `end` stops."""
    return max((match.end() for match in pattern.finditer(text, end - MAX_CUT_SHIFT_CHARACTERS, end)), default=None)


def _call(operation: "Callable[..., dict[str, Any]]", **parameters: str) -> dict[str, Any]:
    """Raises DetectionFailed for whatever goes wrong: what botocore and its layers raise can't be named here."""
    try:
        return operation(**parameters)
    except Exception as error:  # noqa: BLE001 - see the docstring
        failure = f"{type(error).__name__} {_aws_code(error)}".strip()
    # Without its cause: botocore's messages may quote the text.
    raise DetectionFailed(f"personal data could not be looked for: Comprehend failed ({failure})")


def _aws_code(error: Exception) -> str:
    """The code that a ClientError brings from AWS."""
    response = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _read(answer: dict[str, Any], reader: "Callable[[dict[str, Any]], list[Any]]") -> list[Any]:
    """What `reader` finds in `answer`: one that can't be read must not pass for one without personal data."""
    try:
        return reader(answer)
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    raise DetectionFailed("personal data could not be looked for: Comprehend's answer can't be read")


def _dominant(answer: dict[str, Any]) -> list[tuple[str, float]]:
    """The likeliest language, if there is any, and its score; a variety such as es-MX counts as the language."""
    languages = sorted(
        (float(language["Score"]), language["LanguageCode"].partition("-")[0]) for language in answer["Languages"]
    )
    return [(language, score) for score, language in languages[-1:]]


def _entities(answer: dict[str, Any], length: int) -> list[tuple[int, int, str, float]]:
    entities = [
        (int(entity["BeginOffset"]), int(entity["EndOffset"]), str(entity["Type"]), float(entity["Score"]))
        for entity in answer["Entities"]
    ]
    if not all(0 <= start < end <= length for start, end, _, _ in entities):
        raise ValueError("offsets outside of the text")
    return entities
