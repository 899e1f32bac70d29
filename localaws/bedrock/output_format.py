"""The form that a request demands of the answer's text. No I/O.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
"""

from __future__ import annotations

import json
from typing import Any

from localaws.bedrock import validation
from localaws.bedrock.instance import instance_of
from localaws.bedrock.validation import ValidationError

PATH = "outputConfig.textFormat"


def parse_output_config(value: object) -> str | None:
    """Return a JSON text that fits the schema of outputConfig.textFormat, None when any text will do."""
    fields = {} if value is None else validation.an_object(value, "outputConfig")
    if fields.get("textFormat") is None:
        return None
    text_format = validation.an_object(fields["textFormat"], PATH)
    validation.one_of(text_format.get("type"), f"{PATH}.type", ("json_schema",))
    structure = validation.an_object(text_format.get("structure"), f"{PATH}.structure")
    path = f"{PATH}.structure.jsonSchema"
    definition = validation.an_object(structure.get("jsonSchema"), path)
    for name in definition.keys() & {"name", "description"}:
        validation.a_text(definition[name], f"{path}.{name}")
    schema = _schema(validation.a_text(definition.get("schema"), f"{path}.schema"), f"{path}.schema")
    _check_objects_are_closed(schema, f"{path}.schema")
    return json.dumps(instance_of(schema), ensure_ascii=False)


def _schema(text: str, path: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except ValueError:
        raise ValidationError(f"The value at {path} is not valid JSON.") from None
    return validation.document(schema, path)


def _check_objects_are_closed(schema: object, path: str) -> None:
    """Raise for an object that may have properties that the schema doesn't name: models can't be held to that."""
    if isinstance(schema, list):
        for item in schema:
            _check_objects_are_closed(item, path)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise ValidationError(f"{path}: For 'object' type, 'additionalProperties' must be explicitly set to false.")
    for name, member in schema.items():
        # What is named for the caller's own words isn't a schema, but what it holds is.
        members = list(member.values()) if name in ("properties", "$defs") and isinstance(member, dict) else member
        if name not in ("enum", "const", "default", "examples"):
            _check_objects_are_closed(members, path)
