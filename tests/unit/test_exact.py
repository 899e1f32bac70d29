"""The comparison that other tests rely on."""

from bedrock_chat.conversation import OneTool, Text
from bedrock_chat.events import BlockEnd, ReasoningDelta, TextDelta
from support.exact import exact


def test_events_of_one_content_and_two_kinds_differ() -> None:
    """Which Python's own comparison doesn't see."""
    text: object = TextDelta("a")
    reasoning: object = ReasoningDelta("a")
    assert [text] == [reasoning]
    assert exact([text]) != exact([reasoning])
    assert exact(text) == exact(TextDelta("a")) != exact(TextDelta("b"))
    assert exact(BlockEnd()) != exact(())


def test_kinds_are_seen_at_any_depth() -> None:
    """In tuples, lists and objects."""
    assert exact({"x": [("user", (Text("a"),))]}) != exact({"x": [("user", (OneTool("a"),))]})
