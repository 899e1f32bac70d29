"""Values that fit a JSON schema, with a validator that is not ours; and the form that an answer's text must have."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.bedrock.instance import instance_of
from localaws.bedrock.output_format import parse_output_config
from localaws.bedrock.validation import ValidationError

NAMES = st.sampled_from(["a", "b", "c"])
NUMBERS = st.integers(-50, 50)


def limits(low: str, high: str, width: int) -> st.SearchStrategy[dict[str, Any]]:
    """Either limit, both (with room between them) or none."""
    both = st.tuples(NUMBERS, st.integers(width, width + 50))
    return st.one_of(
        st.just({}),
        NUMBERS.map(lambda limit: {low: limit}),
        NUMBERS.map(lambda limit: {high: limit}),
        both.map(lambda pair: {low: pair[0], high: pair[0] + pair[1]}),
    )


LEAVES = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.just({}),
    st.lists(st.one_of(st.none(), NUMBERS, st.text(max_size=3)), min_size=1).map(lambda values: {"enum": values}),
    NUMBERS.map(lambda value: {"const": value}),
    st.integers(0, 9).map(lambda length: {"type": ["string", "null"], "minLength": length}),
    st.integers(0, 9).map(lambda length: {"type": "string", "maxLength": length}),
    st.sampled_from(["date", "date-time", "email", "uri", "uuid"]).map(lambda name: {"type": "string", "format": name}),
    limits("minimum", "maximum", 0).map(lambda bounds: {"type": "integer", **bounds}),
    limits("exclusiveMinimum", "exclusiveMaximum", 2).map(lambda bounds: {"type": "integer", **bounds}),
    limits("minimum", "maximum", 0).map(lambda bounds: {"type": "number", **bounds}),
    limits("exclusiveMinimum", "exclusiveMaximum", 1).map(lambda bounds: {"type": "number", **bounds}),
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(NAMES, inner)
    objects = properties.flatmap(
        lambda members: st.lists(st.sampled_from(sorted(members) or ["d"]), unique=True).map(
            lambda required: {"type": "object", "properties": members, "required": required}
        )
    )
    arrays = st.tuples(inner, st.integers(0, 3)).map(
        lambda pair: {"type": "array", "items": pair[0], "minItems": pair[1]}
    )
    choices = st.tuples(st.sampled_from(["anyOf"]), st.lists(inner, min_size=1)).map(lambda pair: {pair[0]: pair[1]})
    return st.one_of(objects, arrays, choices)


@given(st.recursive(LEAVES, nested, max_leaves=8))
def test_an_instance_fits_its_schema(schema: dict[str, Any]) -> None:
    """Whatever the schema is made of."""
    jsonschema.validate(instance_of(schema), schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("schema", "instance"),
    [
        ({"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}, {"a": "text"}),
        ({"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"a": 1}),
        ({"items": {"type": "boolean"}, "minItems": 2}, [True, True]),
        ({"type": "array", "items": {"type": "boolean"}}, []),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": []}, "text"),
        ({"type": "object", "required": ["unnamed"]}, {"unnamed": "text"}),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "null"}}}, None),
        ({"oneOf": [{"const": 5}, {"const": 6}]}, 5),
        (
            {
                "allOf": [
                    {"properties": {"a": {"const": 1}}, "required": ["a"]},
                    {"type": "object"},
                    {"properties": {"b": {"const": 2}}, "required": ["b"]},
                ],
            },
            {"a": 1, "b": 2},
        ),
        ({"allOf": [{"$ref": "#/$defs/n"}], "$defs": {"n": {"type": "integer"}}, "description": "n"}, 1),
    ],
)
def test_instances(schema: dict[str, Any], instance: Any) -> None:
    """Small, and the same each time."""
    assert instance_of(schema) == instance


ENDLESS = {"type": "object", "properties": {"child": {"$ref": "#"}}, "required": ["child"]}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (ENDLESS, "never ends"),
        ({"$ref": "#"}, "never ends"),
        ({"$ref": "https://example.com/schema"}, "refers to 'https://example.com/schema', which is not in it"),
        ({"$ref": "#/$defs/a/b", "$defs": {"a": 1}}, "which is not in it"),
        ({"type": "array", "minItems": 1001}, "minItems is 1001, and 1000 is the most"),
        ({"type": "string", "minLength": "many"}, "not a valid JSON schema"),
        ({"type": "object", "properties": [], "required": ["a"]}, "not a valid JSON schema"),
        ({"type": "integer", "minimum": "1"}, "not a valid JSON schema"),
        ({"type": "integer", "multipleOf": 0}, "not a valid JSON schema"),
    ],
)
def test_schemas_without_an_instance(schema: dict[str, Any], words: str) -> None:
    """They are refused, as Bedrock refuses a schema that it can't compile."""
    with pytest.raises(ValidationError, match=words):
        instance_of(schema)


CLOSED = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


def text_format(schema: Any, **fields: Any) -> dict[str, Any]:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": text, **fields}}}}


def test_a_format() -> None:
    """Its schema is JSON in a text."""
    text = parse_output_config(text_format(CLOSED, name="answer", description="What is asked."))
    assert text is not None
    assert json.loads(text) == {"n": 1}


@pytest.mark.parametrize("config", [None, {}, {"effort": "low"}, {"textFormat": None}])
def test_no_format(config: Any) -> None:
    """Any text will do."""
    assert parse_output_config(config) is None


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "additionalProperties": False, "properties": {"type": {"const": "object"}}},
        {"type": "array", "items": {"enum": [{"type": "object"}]}},
        {"$defs": {"type": CLOSED}, "$ref": "#/$defs/type"},
    ],
)
def test_callers_own_words_are_no_keywords(schema: dict[str, Any]) -> None:
    """A property may be called `type`, and a value may look like a schema."""
    assert parse_output_config(text_format(schema))


OPEN = {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ([], "outputConfig' .* be an object"),
        ({"textFormat": "json"}, "outputConfig.textFormat' .* be an object"),
        ({"textFormat": {"type": "json_object"}}, r"textFormat.type' .* \[json_schema\]"),
        ({"textFormat": {"type": "json_schema"}}, "textFormat.structure' .* be an object"),
        ({"textFormat": {"type": "json_schema", "structure": {}}}, "structure.jsonSchema' .* be an object"),
        (text_format("{"), "jsonSchema.schema is not valid JSON"),
        (text_format([]), "Provide a json object"),
        (text_format(CLOSED, name=1), "jsonSchema.name' .* be a string"),
        (text_format(OPEN), "'additionalProperties' must be explicitly set to false"),
        (text_format({**OPEN, "additionalProperties": True}), "must be explicitly set to false"),
        (text_format({**OPEN, "additionalProperties": {"type": "string"}}), "must be explicitly set to false"),
        (text_format({**CLOSED, "properties": {"default": OPEN}}), "must be explicitly set to false"),
        (text_format({"type": "array", "items": OPEN}), "must be explicitly set to false"),
        (text_format({"anyOf": [CLOSED, OPEN]}), "must be explicitly set to false"),
        (text_format({**CLOSED, "properties": {"n": OPEN}}), "must be explicitly set to false"),
        (text_format(ENDLESS | {"additionalProperties": False}), "never ends"),
    ],
)
def test_wrong_formats(config: Any, words: str) -> None:
    """Each is refused with a sentence that says where."""
    with pytest.raises(ValidationError, match=words):
        parse_output_config(config)
