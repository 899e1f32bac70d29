"""Comprehend of the local AWS, as boto3 sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAws
from support.clients import aws_client

ENGLISH = (
    "🙂 Hello Paulo Santos of 123 Any Street, Seattle: mail ann@example.com or call +1 202 555 0143, and pay from "
    "DE89 3704 0044 0532 0130 00 or with 4111-1111-1111-1111."
)
SPANISH = "Me llamo José y vivo en la Calle de Alcalá 42, Madrid, con 123 Any Street."


@pytest.fixture(scope="module")
def comprehend() -> Iterator[Any]:
    with LocalAws() as aws:
        yield aws_client(aws.environment(), "comprehend")


def found(comprehend: Any, text: str, language: str) -> list[tuple[str, str]]:
    entities = comprehend.detect_pii_entities(Text=text, LanguageCode=language)["Entities"]
    assert all(0 < entity["Score"] <= 1 for entity in entities)
    return [(entity["Type"], text[entity["BeginOffset"] : entity["EndOffset"]]) for entity in entities]


def test_personal_data_is_found_where_it_is(comprehend: Any) -> None:
    """By character, in order and without overlap; addresses only as the language writes them."""
    assert found(comprehend, ENGLISH, "en") == [
        ("NAME", "Paulo Santos"),
        ("ADDRESS", "123 Any Street, Seattle"),
        ("EMAIL", "ann@example.com"),
        ("PHONE", "+1 202 555 0143"),
        ("INTERNATIONAL_BANK_ACCOUNT_NUMBER", "DE89 3704 0044 0532 0130 00"),
        ("CREDIT_DEBIT_NUMBER", "4111-1111-1111-1111"),
    ]
    assert found(comprehend, SPANISH, "es") == [("NAME", "José"), ("ADDRESS", "Calle de Alcalá 42, Madrid")]
    assert found(comprehend, "Nothing of the kind, in 2026 or at 12:30.", "en") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This is the name of my dog", "en"),
        ("Este es el nombre de mi perro", "es"),
        ("Das ist der Name von meinem Hund", "de"),
        ("Toto je jméno psa, který si mě pamatuje", "cs"),
        ("1234567890 xyzzy", "en"),
    ],
)
def test_the_language_is_told(comprehend: Any, text: str, language: str) -> None:
    """The likeliest first."""
    languages = comprehend.detect_dominant_language(Text=text)["Languages"]
    assert languages[0]["LanguageCode"] == language
    assert 0 < sum(each["Score"] for each in languages) <= 1 + 1e-6


def refusal(comprehend: Any, text: str, language: str = "en") -> str:
    with pytest.raises(ClientError) as raised:
        comprehend.detect_pii_entities(Text=text, LanguageCode=language)
    return str(raised.value.response["Error"]["Code"])


def test_limits_are_as_on_aws(comprehend: Any) -> None:
    """In bytes; English and Spanish only."""
    assert found(comprehend, "é" * 50_000, "en") == []
    assert refusal(comprehend, "é" * 50_000 + "a") == "TextSizeLimitExceededException"
    assert refusal(comprehend, "a", "de") == "UnsupportedLanguageException"
    assert refusal(comprehend, "a", "xx") == "ValidationException"
    with pytest.raises(ClientError, match="TextSizeLimit"):
        comprehend.detect_dominant_language(Text="a" * 100_001)
