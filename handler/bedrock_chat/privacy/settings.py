"""The operator's settings of redaction, read only where it is on."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bedrock_chat.errors import SettingsError
from bedrock_chat.fields import shown
from bedrock_chat.privacy.comprehend import AUTO, DEFAULT_MIN_SCORE, KINDS, SUPPORTED_LANGUAGES
from bedrock_chat.privacy.findings import EMAIL, PHONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

COMPREHEND = "comprehend"
PATTERNS = "patterns"
BOTH = "both"
DETECTORS = (COMPREHEND, PATTERNS, BOTH)
REFUSE = "refuse"
FAILURES = (REFUSE, PATTERNS)
LANGUAGES = (AUTO, *SUPPORTED_LANGUAGES)

# Comprehend's. Source: docs.aws.amazon.com/comprehend/latest/APIReference/API_PiiEntity.html
ENTITY_TYPES = frozenset({
    "ADDRESS", "AGE", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "BANK_ACCOUNT_NUMBER", "BANK_ROUTING", "CA_HEALTH_NUMBER",
    "CA_SOCIAL_INSURANCE_NUMBER", "CREDIT_DEBIT_CVV", "CREDIT_DEBIT_EXPIRY", "CREDIT_DEBIT_NUMBER", "DATE_TIME",
    "DRIVER_ID", "EMAIL", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "IN_AADHAAR", "IN_NREGA", "IN_PERMANENT_ACCOUNT_NUMBER",
    "IN_VOTER_NUMBER", "IP_ADDRESS", "LICENSE_PLATE", "MAC_ADDRESS", "NAME", "PASSPORT_NUMBER", "PASSWORD", "PHONE",
    "PIN", "SSN", "SWIFT_CODE", "UK_NATIONAL_HEALTH_SERVICE_NUMBER", "UK_NATIONAL_INSURANCE_NUMBER",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER", "URL", "USERNAME", "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "VEHICLE_IDENTIFICATION_NUMBER",
})  # fmt: skip
PATTERN_TYPES = frozenset({EMAIL, PHONE, *KINDS})


class Redaction(NamedTuple):
    """How personal data is kept from the model.

    Attributes:
        detector: Who finds it, one of DETECTORS.
        language: In which language Comprehend looks for it, one of LANGUAGES.
        entity_types: Comprehend's types that count, for either detector; None counts them all.
        min_score: Below this confidence, from 0 to 1, what Comprehend finds doesn't count.
        other_languages: What happens to a text in a language that Comprehend doesn't know, one of FAILURES.
        on_failure: What happens when Comprehend fails, one of FAILURES.
        allow_attachments: Whether the model gets images and files, in which nothing can be replaced.
    """

    detector: str = COMPREHEND
    language: str = AUTO
    entity_types: frozenset[str] | None = None
    min_score: float = DEFAULT_MIN_SCORE
    other_languages: str = REFUSE
    on_failure: str = REFUSE
    allow_attachments: bool = False


def parse_redaction(text: str, where: str) -> Redaction:
    """The settings in `text`, a JSON object with Redaction's fields; one that is null counts as left out.

    Raises:
        SettingsError: it is no such object; the message begins with `where`.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{where} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError(f"{where} must be a JSON object, not {shown(text)}")
    if unknown := sorted(document.keys() - _FORMS.keys()):
        raise SettingsError(f"{where} has the unknown field {unknown[0]!r}; known are {', '.join(_FORMS)}")
    fields = {name: value for name, value in document.items() if value is not None}
    for name, value in fields.items():
        form, fits = _FORMS[name]
        if not fits(value):
            raise SettingsError(f"{where} has {name} {shown(value)}; it must be {form}")
    if types := fields.get("entity_types"):
        fields["entity_types"] = frozenset(types)
    return _checked(Redaction(**fields), where)


def _checked(redaction: Redaction, where: str) -> Redaction:
    types = redaction.entity_types or frozenset()
    # A type that nobody looks for would let through what its operator believes to be replaced.
    known = PATTERN_TYPES if redaction.detector == PATTERNS else ENTITY_TYPES
    if unknown := sorted(types - known):
        raise SettingsError(
            f"{where} has the entity type {unknown[0]!r}, which the detector {redaction.detector} doesn't find; "
            f"it finds {', '.join(sorted(known))}"
        )
    return redaction


def _one_of(choices: tuple[str, ...]) -> "tuple[str, Callable[[Any], bool]]":
    return f"one of {', '.join(choices)}", lambda value: value in choices


def _is_fraction(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_types(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


_FORMS: "Mapping[str, tuple[str, Callable[[Any], bool]]]" = {
    "detector": _one_of(DETECTORS),
    "language": _one_of(LANGUAGES),
    "entity_types": ("a list of at least one type", _is_types),
    "min_score": ("a number from 0 to 1", _is_fraction),
    "other_languages": _one_of(FAILURES),
    "on_failure": _one_of(FAILURES),
    "allow_attachments": ("true or false", lambda value: isinstance(value, bool)),
}
