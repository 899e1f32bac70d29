"""JSON of a client, and lists in it that may be long."""

import json

import pytest

from bedrock_chat.fields import MAX_DEPTH, first_repeated, json_value


@pytest.mark.parametrize(
    ("begin", "end", "levels"),
    [("[", "]", 1), ('{"a":', "}", 1), ('[{"a":', "}]", 2)],
    ids=["lists", "objects", "both"],
)
def test_json_may_be_nested_so_deep_and_no_deeper(begin: str, end: str, levels: int) -> None:
    """Whatever depth Python's own reader takes, which differs between its versions."""
    times = MAX_DEPTH // levels
    deepest = begin * times + "1" + end * times
    json_value(deepest)
    with pytest.raises(ValueError, match="nested more than 200 levels deep"):
        json_value(f"[{deepest}]")


@pytest.mark.parametrize("value", [1, "a", None, [], [1, {}], {"a": [0.5, -1e308]}], ids=repr)
def test_json_is_read(value: object) -> None:
    """Of any kind."""
    assert json_value(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("names", "expected"),
    [([], None), (["a", "b"], None), (["a", "b", "b", "a"], "b")],
    ids=["none", "all differ", "two"],
)
def test_the_first_that_comes_again_is_found(names: list[str], expected: str | None) -> None:
    """Among any number of them."""
    assert first_repeated(names) == expected
