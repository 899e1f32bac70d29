"""The map of one conversation's personal data."""

import json
from itertools import count
from typing import Any

import pytest

from bedrock_chat.privacy.errors import WrongState
from bedrock_chat.privacy.findings import Finding
from bedrock_chat.privacy.patterns import detect
from bedrock_chat.privacy.placeholders import PlaceholderMap
from bedrock_chat.privacy.restore import restored_text


def new_map() -> PlaceholderMap:
    numbers = count(7)
    return PlaceholderMap(lambda: f"x{next(numbers)}")


def redacted(placeholders: PlaceholderMap, text: str) -> str:
    """Asserts too that nothing is lost."""
    result = placeholders.redact(text, detect(text))
    assert restored_text(result, placeholders.values) == text
    return result


def test_a_placeholder_says_what_it_stands_for() -> None:
    """Each value has one of its own, numbered within its kind."""
    text = "ann@example.com, bob@example.com, +420 601 123 456"
    placeholders = new_map()
    assert redacted(placeholders, text) == "[EMAIL_1], [EMAIL_2], [PHONE_1]"
    assert placeholders.values == {
        "[EMAIL_1]": "ann@example.com", "[EMAIL_2]": "bob@example.com", "[PHONE_1]": "+420 601 123 456",
    }  # fmt: skip


def test_a_value_keeps_its_placeholder_through_the_conversation() -> None:
    """As the client sends all of it with each request. Another spelling is restored as it was written."""
    placeholders = new_map()
    for _ in range(2):
        assert redacted(placeholders, "I am ann@example.com") == "I am [EMAIL_1]"
        assert redacted(placeholders, "Ann@example.com or ann@example.com") == "[EMAIL_2] or [EMAIL_1]"


def test_overlapping_findings_are_replaced_whole() -> None:
    """Nothing of either stays in the clear."""
    findings = [Finding(0, 8, "NAME"), Finding(4, 20, "ADDRESS"), Finding(5, 6, "AGE")]
    placeholders = new_map()
    assert placeholders.redact("Ann Lee, 1 High Street, York", findings) == "[ADDRESS_1]et, York"
    assert placeholders.values["[ADDRESS_1]"] == "Ann Lee, 1 High Stre"


def test_a_known_value_is_replaced_where_the_detector_overlooks_it() -> None:
    """Within the text and in later ones, as a word of its own."""
    placeholders = new_map()
    assert placeholders.redact("Anna: ask Anna, not Annabel", [Finding(0, 4, "NAME")]) == (
        "[NAME_1]: ask [NAME_1], not Annabel"
    )
    assert redacted(placeholders, "Susanna, Anna-Lee, Anna_1, 1Anna and \u201eAnna\u201c") == (
        "Susanna, [NAME_1]-Lee, [NAME_1]_1, 1Anna and \u201e[NAME_1]\u201c"
    )


def test_a_known_value_is_replaced_beside_a_finding() -> None:
    """Where it is only the end of a word that hides it, and that end goes."""
    placeholders = new_map()
    placeholders.redact("Anna", [Finding(0, 4, "NAME")])
    assert placeholders.redact("Anna1234Anna", [Finding(4, 8, "PIN")]) == "[NAME_1][PIN_1][NAME_1]"


def test_a_value_within_a_longer_one_is_replaced_elsewhere_too() -> None:
    """Though only the longer one was to be replaced: here and later."""
    findings = [Finding(0, 8, "NAME"), Finding(4, 17, "ADDRESS")]
    placeholders = new_map()
    assert placeholders.redact("Anna Lee, York 12. Anna Lee", findings) == "[ADDRESS_1]. [NAME_1]"
    assert redacted(placeholders, "I'm Anna Lee") == "I'm [NAME_1]"


def test_a_short_value_is_replaced_only_where_it_is_found() -> None:
    """It occurs by chance."""
    assert new_map().redact("I am 7 and have 7 cats, not 123 123", [Finding(5, 6, "AGE"), Finding(28, 31, "PIN")]) == (
        "I am [AGE_1] and have 7 cats, not [PIN_1] 123"
    )


def test_a_known_value_within_a_longer_one_changes_nothing() -> None:
    """The longer one is another value."""
    placeholders = new_map()
    placeholders.redact("Anna", [Finding(0, 4, "NAME")])
    assert placeholders.redact("Anna Lee came", [Finding(0, 8, "NAME")]) == "[NAME_2] came"
    assert redacted(placeholders, "Anna Lee and Anna") == "[NAME_2] and [NAME_1]"


def test_a_placeholder_of_the_users_own_is_not_given_out() -> None:
    """A nonce tells ours from theirs, now and later."""
    placeholders = new_map()
    assert redacted(placeholders, "[EMAIL_1] is ann@example.com") == "[EMAIL_1] is [EMAIL_1_x7]"
    assert redacted(placeholders, "bob@example.com") == "[EMAIL_2]"
    assert redacted(placeholders, "[EMAIL_1] is ann@example.com") == "[EMAIL_1] is [EMAIL_1_x7]"


def test_a_placeholder_of_the_users_own_that_came_earlier_is_not_given_out() -> None:
    """What is kept of the earlier text must be restored as it was."""
    placeholders = new_map()
    assert redacted(placeholders, "what is [EMAIL_1]?") == "what is [EMAIL_1]?"
    assert redacted(placeholders, "ann@example.com") == "[EMAIL_1_x7]"


def test_a_placeholder_that_is_given_out_already_is_itself_replaced() -> None:
    """The user means the letters, not the value."""
    placeholders = new_map()
    assert redacted(placeholders, "ann@example.com") == "[EMAIL_1]"
    assert redacted(placeholders, "what is [EMAIL_1] or [LITERAL_1]?") == "what is [LITERAL_1_x7] or [LITERAL_1]?"
    assert redacted(placeholders, "ann@example.com [EMAIL_1]") == "[EMAIL_1] [LITERAL_1_x7]"


def test_a_guessed_nonce_is_not_given_out_either() -> None:
    """Even of a source that repeats itself."""
    placeholders = PlaceholderMap(lambda: "x7")
    assert redacted(placeholders, "[EMAIL_1] [EMAIL_1_x7] ann@example.com") == "[EMAIL_1] [EMAIL_1_x7] [EMAIL_2_x7]"
    assert redacted(placeholders, "bob@example.com") == "[EMAIL_3]"


@pytest.mark.parametrize("text", ["[email_1]", "[EMAIL_0]", "[EMAIL_]", "[EMAIL1]", "[_EMAIL_1]", "[EMAIL_1_X]", "[1]"])
def test_what_is_no_placeholder_needs_no_nonce(text: str) -> None:
    """Footnotes and indexes are common."""
    assert redacted(new_map(), f"{text} ann@example.com") == f"{text} [EMAIL_1]"


def test_brackets_around_a_value_do_no_harm() -> None:
    """Nor do those of a placeholder that is only half one."""
    text = "[ann@example.com] [EMAIL_ann@example.com] [[EMAIL_1_ +420 601 123 456]"
    placeholders = new_map()
    findings = [Finding(1, 16, "EMAIL"), Finding(25, 40, "EMAIL"), Finding(53, 69, "PHONE")]
    result = placeholders.redact(text, findings)
    assert result == "[[EMAIL_1]] [EMAIL_[EMAIL_1]] [[EMAIL_1_ [PHONE_1]]"
    assert restored_text(result, placeholders.values) == text


ANSWERS = {
    "its placeholders stay": ("Dear [EMAIL_1], [EMAIL_1]", [], "Dear [EMAIL_1], [EMAIL_1]"),
    "new data is replaced": ("[EMAIL_1]: bob@example.com", [Finding(11, 26, "EMAIL")], "[EMAIL_1]: [EMAIL_2]"),
    "a known value that the model guessed": ("ann@example.com [EMAIL_1]", [], "[EMAIL_1] [EMAIL_1]"),
    "a finding that is a placeholder": ("Dear [EMAIL_1]!", [Finding(5, 14, "USERNAME")], "Dear [EMAIL_1]!"),
    "a finding within a placeholder": ("Dear [EMAIL_1]!", [Finding(6, 13, "USERNAME")], "Dear [EMAIL_1]!"),
    "a finding around a placeholder": ("Mr [EMAIL_1] Lee!", [Finding(0, 16, "NAME")], "[NAME_1][EMAIL_1][NAME_2]!"),
    "a finding that ends in a placeholder": ("Mr [EMAIL_1]", [Finding(1, 5, "NAME")], "M[NAME_1][EMAIL_1]"),
    "a value that is found only later in it": (
        "Bobby [EMAIL_1] Bobby",
        [Finding(16, 21, "NAME")],
        "[NAME_1] [EMAIL_1] [NAME_1]",
    ),
    "spaces between placeholders": ("[EMAIL_1] [EMAIL_1]", [Finding(0, 19, "NAME")], "[EMAIL_1] [EMAIL_1]"),
}


@pytest.mark.parametrize(("answer", "findings", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_what_is_kept_of_an_answer_is_redacted_too(answer: str, findings: list[Finding], expected: str) -> None:
    """And restored, it is what the user was shown."""
    placeholders = new_map()
    redacted(placeholders, "ann@example.com")
    shown = restored_text(answer, placeholders.values)
    assert placeholders.redact_answer(answer, findings) == expected
    assert restored_text(expected, placeholders.values) == shown


def test_a_placeholder_that_the_model_made_up_is_never_given_out() -> None:
    """Or what it wrote would turn into somebody's address."""
    placeholders = new_map()
    redacted(placeholders, "ann@example.com")
    assert placeholders.redact_answer("[EMAIL_2]?", []) == "[EMAIL_2]?"
    assert redacted(placeholders, "bob@example.com") == "[EMAIL_2_x7]"


def test_what_another_request_was_given_meanwhile_is_text() -> None:
    """The user of this one was shown it as it is, and will be when the answer is read again."""
    placeholders = new_map()
    redacted(placeholders, "ann@example.com")
    shown = dict(placeholders.values)
    redacted(placeholders, "bob@example.com")
    kept = placeholders.redact_answer("[EMAIL_1] [EMAIL_2]", [], shown)
    assert kept == "[EMAIL_1] [LITERAL_1]"
    assert restored_text(kept, placeholders.values) == "ann@example.com [EMAIL_2]"


def test_the_map_goes_on_from_its_state() -> None:
    """Through JSON: the same values, and the same placeholders that are the user's own."""
    first = new_map()
    redacted(first, "[EMAIL_2] [PHONE_1] [EMAIL_1] ann@example.com +420 601 123 456")
    state = json.loads(json.dumps(first.to_state()))
    second = PlaceholderMap.from_state(state, lambda: "y1")
    assert second.to_state() == first.to_state()
    assert redacted(second, "+420 601 123 456 bob@example.com cid@example.com") == (
        "[PHONE_1_x8] [EMAIL_2_y1] [EMAIL_3]"
    )


def test_a_map_of_many_values_goes_on_with_the_next_number() -> None:
    """Whatever the order of its state."""
    first = new_map()
    redacted(first, " ".join(f"ann{number}@example.com" for number in range(12)))
    state = first.to_state()
    state["values"] = dict(sorted(state["values"].items()))
    assert redacted(PlaceholderMap.from_state(state, lambda: ""), "bob@example.com") == "[EMAIL_13]"


WRONG_STATES: dict[str, Any] = {
    "none": None,
    "another version": {"version": 2, "values": {}, "literals": []},
    "no literals": {"version": 1, "values": {}},
    "no values": {"version": 1, "literals": []},
    "a value that is no text": {"version": 1, "values": {"[EMAIL_1]": 1}, "literals": []},
    "an empty value": {"version": 1, "values": {"[EMAIL_1]": ""}, "literals": []},
    "a literal that is no text": {"version": 1, "values": {}, "literals": [None]},
    "a placeholder that is none": {"version": 1, "values": {"EMAIL_1": "ann@example.com"}, "literals": []},
}


@pytest.mark.parametrize("state", WRONG_STATES.values(), ids=WRONG_STATES)
def test_a_wrong_state_is_refused(state: Any) -> None:
    """Without what it holds."""
    with pytest.raises(WrongState, match="what was kept of the conversation's placeholders") as raised:
        PlaceholderMap.from_state(state, lambda: "x7")
    assert "ann" not in raised.value.message


@pytest.mark.parametrize("span", [(2, 2), (3, 2), (-1, 2), (2, 5)], ids=str)
def test_a_finding_of_another_text_is_refused(span: tuple[int, int]) -> None:
    """Or the wrong part would stay in the clear."""
    with pytest.raises(ValueError, match="is empty, or not within the text of 4 characters"):
        new_map().redact("text", [Finding(*span, "NAME"), Finding(0, 4, "NAME")])


@pytest.mark.parametrize("kind", ["email", "EMAIL_1", "", "EMAIL]", "_A"])
def test_a_kind_that_makes_no_placeholder_is_refused(kind: str) -> None:
    """Or it would never be restored."""
    with pytest.raises(ValueError, match="a kind is written in capitals"):
        new_map().redact("text", [Finding(0, 4, kind)])


@pytest.mark.parametrize("nonce", ["X7", "", "a]"])
def test_a_nonce_that_makes_no_placeholder_is_refused(nonce: str) -> None:
    """As above."""
    with pytest.raises(ValueError, match="a nonce is of the characters a-z and 0-9"):
        PlaceholderMap(lambda: nonce).redact("[NAME_1] text", [Finding(9, 13, "NAME")])


def test_values_do_not_show() -> None:
    """What is printed or logged by accident holds no personal data."""
    placeholders = new_map()
    redacted(placeholders, "ann@example.com")
    assert "ann" not in repr(placeholders) + repr(detect("ann@example.com"))
