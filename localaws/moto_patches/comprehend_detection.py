"""Comprehend's DetectPiiEntities and DetectDominantLanguage.

moto 5.2.5 answers the first with the same two entities whatever the text, and counts characters where AWS's limit is in
bytes; it doesn't have the second.

Source: https://docs.aws.amazon.com/comprehend/latest/APIReference/API_DetectPiiEntities.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.comprehend.exceptions import TextSizeLimitExceededException
from moto.comprehend.responses import ComprehendResponse
from moto.core.exceptions import JsonRESTError

from localaws.comprehend.entities import LANGUAGES, entities
from localaws.comprehend.language import languages
from localaws.moto_patches.replace import add, replace

MAX_BYTES = 100_000
OTHER_LANGUAGES = ("fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW")


def install() -> None:
    """Install the patch; moto finds each operation's method by its name."""
    replace(ComprehendResponse, "detect_pii_entities", _detect_pii_entities)
    add(ComprehendResponse, "detect_dominant_language", _detect_dominant_language)


def _detect_pii_entities(self: Any) -> str:  # noqa: ANN401  moto's class
    fields = json.loads(self.body)
    text, language = _text(fields), fields.get("LanguageCode")
    if language in OTHER_LANGUAGES:
        message = f"Unsupported language: {language}. Supported are: {', '.join(LANGUAGES)}"
        raise JsonRESTError("UnsupportedLanguageException", message)
    if language not in LANGUAGES:
        message = f"Value '{language}' at 'languageCode' failed to satisfy constraint"
        raise JsonRESTError("ValidationException", message)
    return json.dumps({"Entities": entities(text, language)})


def _detect_dominant_language(self: Any) -> str:  # noqa: ANN401  moto's class
    return json.dumps({"Languages": languages(_text(json.loads(self.body)))})


def _text(fields: dict[str, Any]) -> str:
    text = fields.get("Text")
    if not isinstance(text, str) or not text:
        message = "Value at 'text' failed to satisfy constraint: Member must have length greater than or equal to 1"
        raise JsonRESTError("ValidationException", message)
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise TextSizeLimitExceededException(size)
    return text
