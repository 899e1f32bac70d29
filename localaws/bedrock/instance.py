"""A small JSON value that fits a JSON schema. No I/O.

It knows what clients' schemas are made of, not all of JSON Schema: a `pattern`, for one, is not looked at.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from localaws.bedrock.validation import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_DEPTH = 32
MAX_COUNT = 1000
WORD = "text"
FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "email": "someone@example.com",
    "time": "12:00:00Z",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

Schema = dict[str, Any]


def instance_of(schema: Schema) -> Any:  # noqa: ANN401 - any JSON value
    """Return the smallest value that fits: of an object the required properties, of an array as many items as it needs.

    Raises:
        ValidationError: no value of bounded size fits, or the schema is none.
    """
    try:
        return _value(schema, schema, 0)
    except (AttributeError, TypeError, ValueError, KeyError, ArithmeticError) as error:
        raise ValidationError(f"The schema is not a valid JSON schema: {error}") from error


def _value(schema: object, root: Schema, depth: int) -> Any:  # noqa: ANN401 - as above
    if depth > MAX_DEPTH:
        raise ValidationError("The schema is nested too deeply, or what it requires never ends.")
    if not isinstance(schema, dict):
        return WORD  # `true`, the schema that everything fits
    alternative = _alternative(schema, root)
    if alternative is not None:
        return _value(alternative, root, depth + 1)
    fixed = [schema["const"]] if "const" in schema else schema.get("enum")
    return fixed[0] if fixed else BUILDERS.get(_type(schema), _string)(schema, root, depth)


def _alternative(schema: Schema, root: Schema) -> object:
    """Return another schema whose values fit this one too; None when this one speaks for itself."""
    if "$ref" in schema:
        return _referred(schema["$ref"], root)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return choices[0]
    return _merged(schema["allOf"], schema) if schema.get("allOf") else None


def _type(schema: Schema) -> str:
    stated = schema.get("type")
    if isinstance(stated, list):
        stated = stated[0] if stated else None
    if stated is not None:
        return str(stated)
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _referred(reference: object, root: Schema) -> object:
    """Return what a reference inside the schema leads to, as in `#/$defs/Item`."""
    first, *steps = str(reference).split("/")
    found: object = root if first == "#" else None
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise ValidationError(f"The schema refers to {reference!r}, which is not in it.")
    return found


def _merged(parts: list[Schema], schema: Schema) -> Schema:
    merged: Schema = {name: value for name, value in schema.items() if name != "allOf"}
    for part in parts:
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", []), *part.get("required", [])]
        merged = {**merged, **part}
        if properties:
            merged |= {"properties": properties, "required": required}
    return merged


def _object(schema: Schema, root: Schema, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {name: _value(properties.get(name, True), root, depth + 1) for name in schema.get("required", [])}


def _array(schema: Schema, root: Schema, depth: int) -> list[Any]:
    return [_value(schema.get("items", True), root, depth + 1) for _ in range(_count(schema, "minItems"))]


def _string(schema: Schema, _root: Schema, _depth: int) -> str:
    text = FORMATS.get(schema.get("format", ""), WORD).ljust(_count(schema, "minLength"), "x")
    return text[: schema.get("maxLength", len(text))]


def _count(schema: Schema, name: str) -> int:
    count = int(schema.get(name, 0))
    if count > MAX_COUNT:
        raise ValidationError(f"The schema's {name} is {count}, and {MAX_COUNT} is the most here.")
    return count


def _integer(schema: Schema, _root: Schema, _depth: int) -> int:
    """Return the whole number closest to 1 between the limits; of `multipleOf`, the next multiple."""
    low = max(1, math.ceil(schema.get("minimum", 1)), math.floor(schema.get("exclusiveMinimum", 0)) + 1)
    high = min(math.floor(schema.get("maximum", low)), math.ceil(schema.get("exclusiveMaximum", low + 1)) - 1)
    step = schema.get("multipleOf", 1)
    return int(math.ceil(min(low, high) / step) * step)


def _number(schema: Schema, _root: Schema, _depth: int) -> float:
    """Return a number between the limits: in their middle, or one away from the only one."""
    low = [schema[name] for name in ("minimum", "exclusiveMinimum") if name in schema]
    high = [schema[name] for name in ("maximum", "exclusiveMaximum") if name in schema]
    if low and high:
        return float(max(low) + min(high)) / 2
    return float(max([0.5, *(limit + 1 for limit in low)]) if low else min([0.5, *(limit - 1 for limit in high)]))


BUILDERS: Mapping[str, Callable[[Schema, Schema, int], Any]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda *_: True,
    "null": lambda *_: None,
}
