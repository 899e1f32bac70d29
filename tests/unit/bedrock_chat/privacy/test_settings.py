"""The operator's settings of redaction."""

import json
from typing import Any

import pytest

from bedrock_chat.errors import SettingsError
from bedrock_chat.privacy.settings import Redaction
from bedrock_chat.settings import Settings

MODEL = {"BEDROCK_CHAT_MODEL_ID": "m"}


def parsed(text: str) -> Redaction | None:
    return Settings.from_environment({**MODEL, "BEDROCK_CHAT_REDACTION": text}).redaction


def test_it_is_off_unless_it_is_set() -> None:
    """An empty object turns it on, with Comprehend and failing closed."""
    assert Settings.from_environment(MODEL).redaction is None
    redaction = parsed("{}")
    assert redaction == Redaction("comprehend", "auto", None, 0.5, "refuse", "refuse", allow_attachments=False)


def test_every_field_is_read() -> None:
    """Terraform sends null for what was left out."""
    redaction = parsed(
        '{"detector": "both", "language": "es", "entity_types": ["NAME", "EMAIL", "NAME"], "min_score": 1, '
        '"other_languages": "patterns", "on_failure": "patterns", "allow_attachments": true}'
    )
    types = frozenset({"NAME", "EMAIL"})
    expected = Redaction("both", "es", types, 1, "patterns", "patterns", allow_attachments=True)
    assert redaction == expected
    assert parsed('{"entity_types": null, "detector": "patterns"}') == Redaction("patterns")


WRONG: dict[str, tuple[str, str]] = {
    "no JSON": ("{", "is not JSON"),
    "no object": ("[]", "must be a JSON object"),
    "an unknown field": ('{"detectors": "both"}', "has the unknown field 'detectors'; known are detector, language"),
    "no such detector": ('{"detector": "regex"}', "has detector 'regex'; it must be one of comprehend, patterns, both"),
    "no such language": ('{"language": "de"}', "has language 'de'; it must be one of auto, en, es"),
    "no list": ('{"entity_types": "NAME"}', "has entity_types 'NAME'; it must be a list of at least one type"),
    "no types": ('{"entity_types": []}', "has entity_types"),
    "no texts": ('{"entity_types": [1]}', "has entity_types"),
    "no such type": ('{"entity_types": ["EMIAL"]}', "has the entity type 'EMIAL', which the detector comprehend"),
    "none of the patterns": (
        '{"entity_types": ["EMAIL", "NAME"], "detector": "patterns"}',
        "'NAME', which the detector patterns doesn't find; it finds CREDIT_DEBIT_NUMBER, EMAIL, INTERNATIONAL",
    ),
    "no score": ('{"min_score": "0.5"}', "has min_score '0.5'; it must be a number from 0 to 1"),
    "a flag for a score": ('{"min_score": true}', "has min_score"),
    "a score too high": ('{"min_score": 1.1}', "has min_score"),
    "no such way out": ('{"on_failure": "pass"}', "has on_failure 'pass'; it must be one of refuse, patterns"),
    "no flag": ('{"allow_attachments": 1}', "has allow_attachments 1; it must be true or false"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_stops_the_function(text: str, message: str) -> None:
    """Rather than letting personal data through."""
    with pytest.raises(SettingsError) as raised:
        parsed(text)
    assert str(raised.value).startswith("BEDROCK_CHAT_REDACTION ")
    assert message in str(raised.value)


def test_the_patterns_types_are_comprehends_names() -> None:
    """All four of them are found."""
    types = ["CREDIT_DEBIT_NUMBER", "EMAIL", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "PHONE"]
    document: dict[str, Any] = {"detector": "patterns", "entity_types": types}
    assert parsed(json.dumps(document)) == Redaction("patterns", entity_types=frozenset(types))
