"""Redaction as a whole: of any conversation, split anywhere, nothing leaks and nothing is lost."""

import json
from collections.abc import Generator, Mapping
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_chat.event_order import NEW, state_after
from bedrock_chat.events import (
    BlockEnd,
    Citation,
    Event,
    Failed,
    Finish,
    ReasoningDelta,
    Start,
    TextDelta,
    ToolDelta,
    ToolStart,
    Usage,
)
from bedrock_chat.privacy.findings import Finding
from bedrock_chat.privacy.patterns import detect
from bedrock_chat.privacy.placeholders import PLACEHOLDER, PlaceholderMap
from bedrock_chat.privacy.restore import Restorer, json_escaped, restored_text
from support.application import restored_events
from support.soak import SOAK

# Hypothesis draws and shrinks at several milliseconds an example; the large count is for the random driver at the end.
EXAMPLES = 2_000 if SOAK else 300
RANDOM_RUNS = 50_000 if SOAK else 1_000

# Prefixes of each other, values with placeholders in them, what JSON escapes, and what is longer than it looks.
VALUES = (
    "ann@example.com", "ann@example.com.au", "x-ann@example.com", "+420 601 123 456", "DE89 3704 0044 0532 0130 00",
    "Anna", "Anna Lee", "Anna Lee-Annan", "[EMAIL_1]", "[EMAIL_1_x7]@home", "mail [NAME_1] now", "[[NAME_2", "EMAIL",
    'O"Neil\\', "line\nbreak\ttab", "👩\u200d👩\u200d👧 Zoë", "e\u0301va", "\u2028\u2029", "\U0010ffff", "7", "]",
    '{"a":1}',
)  # fmt: skip
HOSTILE = (
    "[", "]", "[[", "[EMAIL", "[EMAIL_", "_1]", "1]", "[EMAIL_1]", "[EMAIL_2]", "[EMAIL_1_x7]", "[NAME_1]", "[NAME_2]",
    "[LITERAL_1]", "[LITERAL_1_x7]", "[email_1]", "EMAIL_1]", "[NAME_1", "\\", '"', "\\u005b", " ", "a", "🙂", "\u0301",
)  # fmt: skip
KINDS = st.sampled_from(["NAME", "EMAIL", "LITERAL", "BANK_ACCOUNT_NUMBER"])
PLAIN = st.sampled_from(HOSTILE) | st.text("[]_EMAIL1x7 🙂", max_size=6) | st.text(max_size=4)


class Written(NamedTuple):
    """A text and where its personal data is."""

    text: str
    findings: list[Finding]


def written(parts: list[tuple[str, str | None, str]], span: tuple[int, int], kind: str) -> Written:
    """Values planted in hostile text, and what a detector may say of it: also too much, and overlapping."""
    text, findings = "", []
    for plain, value, value_kind in parts:
        text += plain
        if value is not None:
            findings.append(Finding(len(text), len(text) + len(value), value_kind))
            text += value
    start, length = span[0] % (len(text) + 1), span[1]
    if length and start < len(text):
        findings.append(Finding(start, min(start + length, len(text)), kind))
    return Written(text, [*findings, *detect(text)])


PARTS = st.lists(st.tuples(PLAIN, st.none() | st.sampled_from(VALUES), KINDS), max_size=6)
SPANS = st.tuples(st.integers(0, 99), st.integers(0, 30))
WRITTEN = st.builds(written, PARTS, SPANS, KINDS)
CONVERSATIONS = st.lists(WRITTEN, min_size=1, max_size=3)
NONCES = st.sampled_from([["x7"], ["x7", "x8"], ["a", "b", "c"]])


def new_map(nonces: list[str]) -> PlaceholderMap:
    drawn: list[str] = []

    def nonce() -> str:
        drawn.append("")
        return nonces[len(drawn) % len(nonces)]

    return PlaceholderMap(nonce)


def clear_parts(redacted: str, values: Mapping[str, str]) -> list[tuple[int, str]]:
    """What of a redacted text is in the clear, and where that begins in the text before."""
    parts, start, removed = [], 0, 0
    for match in PLACEHOLDER.finditer(redacted):
        if match[0] in values:
            parts.append((start + removed, redacted[start : match.start()]))
            removed += len(values[match[0]]) - len(match[0])
            start = match.end()
    return [*parts, (start + removed, redacted[start:])]


def stands_alone(value: str, text: str) -> bool:
    starts = [index for index in range(len(text)) if text.startswith(value, index)]
    joined = [(text[:at][-1:], value[0]) for at in starts], [(value[-1], text[at + len(value) :][:1]) for at in starts]
    return any(
        not all(map(str.isalnum, before)) and not all(map(str.isalnum, after))
        for before, after in zip(*joined, strict=True)
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(CONVERSATIONS, NONCES)
def test_nothing_leaks_and_nothing_is_lost(conversation: list[Written], nonces: list[str]) -> None:
    """Each text is restored at the end, when all placeholders are known, and so is each by a map that goes on."""
    placeholders = new_map(nonces)
    redacted = []
    for each in conversation:
        redacted.append(placeholders.redact(*each))
        known = [value for value in placeholders.values.values() if len(value) >= 4]
        parts = [part for _, part in clear_parts(redacted[-1], placeholders.values)]
        assert not any(stands_alone(value, part) for value in known for part in parts)
    for each, result in zip(conversation, redacted, strict=True):
        assert restored_text(result, placeholders.values) == each.text
        for offset, part in clear_parts(result, placeholders.values):
            assert each.text[offset : offset + len(part)] == part
            for finding in each.findings:
                assert finding.end <= offset or offset + len(part) <= finding.start
                value = each.text[finding.start : finding.end]
                assert len(value) < 4 or not stands_alone(value, part)
    copy = PlaceholderMap.from_state(json.loads(json.dumps(placeholders.to_state())), lambda: "y")
    for each in conversation:
        again = copy.redact(*each)
        assert restored_text(again, copy.values) == each.text


def split(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in pairwise(places)]


def restored_slowly(text: str, values: Mapping[str, str]) -> str:
    """Without a pattern, from left to right."""
    result, at = "", 0
    while at < len(text):
        placeholder = next((name for name in values if text.startswith(name, at)), None)
        result += values[placeholder] if placeholder else text[at]
        at += len(placeholder or "x")
    return result


def unfinished(text: str, values: Mapping[str, str]) -> str:
    """The longest end of `text` that may become a placeholder."""
    ends = (text[at:] for at in range(len(text)))
    return next((end for end in ends if any(name.startswith(end) and name != end for name in values)), "")


class Placeholder(NamedTuple):
    """The first characters of one of those that the model has seen."""

    number: int
    characters: int


def answer_of(parts: list[str | Placeholder], placeholders: PlaceholderMap) -> str:
    known = sorted(placeholders.values) or [""]
    return "".join(
        known[part.number % len(known)][: part.characters] if isinstance(part, Placeholder) else part for part in parts
    )


ANSWERS = st.lists(PLAIN | st.builds(Placeholder, st.integers(0, 9), st.integers(1, 12) | st.just(99)), max_size=8)
CUTS = st.lists(st.integers(0, 10_000), max_size=12)


@settings(max_examples=EXAMPLES, deadline=None)
@given(CONVERSATIONS, NONCES, CUTS, st.none() | ANSWERS)
def test_a_streamed_answer_equals_a_whole_one(
    conversation: list[Written], nonces: list[str], cuts: list[int], parts: list[str | Placeholder] | None
) -> None:
    """Split anywhere, and told as early as can be; an answer may also repeat all that the model was told."""
    placeholders = new_map(nonces)
    told_to_model = "".join(placeholders.redact(*each) for each in conversation)
    values = placeholders.values
    answer = told_to_model if parts is None else answer_of(parts, placeholders)
    whole = restored_slowly(answer, values)
    assert restored_text(answer, values) == whole
    for pieces in (split(answer, cuts), list(answer)):
        restorer, seen, told = Restorer(values), "", ""
        for piece in pieces:
            seen += piece
            told += restorer.feed(piece)
            held = unfinished(seen, values)
            assert told == restored_slowly(seen[: len(seen) - len(held)], values)
        assert told + restorer.flush() == whole


@settings(max_examples=EXAMPLES, deadline=None)
@given(CONVERSATIONS, NONCES, ANSWERS, SPANS)
def test_what_is_kept_of_an_answer_is_what_was_shown(
    conversation: list[Written], nonces: list[str], parts: list[str | Placeholder], span: tuple[int, int]
) -> None:
    """With new personal data in it, and findings that know nothing of placeholders."""
    placeholders = new_map(nonces)
    for each in conversation:
        placeholders.redact(*each)
    answer = answer_of(parts, placeholders)
    shown = restored_text(answer, placeholders.values)
    issued = [match.span() for match in PLACEHOLDER.finditer(answer) if match[0] in placeholders.values]
    between = [*pairwise([0, *(edge for edges in issued for edge in edges), len(answer)])][::2]
    findings = written([(answer, None, "")], span, "NAME").findings
    kept = placeholders.redact_answer(answer, findings)
    assert restored_text(kept, placeholders.values) == shown
    clear = [part for _, part in clear_parts(kept, placeholders.values)]
    found = {answer[max(start, at) : min(end, to)] for start, end, *_ in findings for at, to in between}
    for value in (value for value in found if len(value) >= 4 and any(map(str.isalnum, value))):
        assert not any(stands_alone(value, part) for part in clear)


JSON_VALUES = st.recursive(
    WRITTEN | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["to", "[EMAIL_1", "🙂"]), inner),
    max_leaves=4,
)


def each_text(value: Any, placeholders: PlaceholderMap | None) -> Any:
    """`value` with its texts redacted, or as they were written."""
    match value:
        case Written(text, findings):
            return placeholders.redact(text, findings) if placeholders else text
        case list():
            return [each_text(item, placeholders) for item in value]
        case dict():
            return {name: each_text(item, placeholders) for name, item in value.items()}
    return value


@settings(max_examples=EXAMPLES, deadline=None)
@given(JSON_VALUES, NONCES, CUTS, st.booleans())
def test_a_tools_input_is_the_same_value_again(
    value: Any,
    nonces: list[str],
    cuts: list[int],
    ascii_only: bool,
) -> None:
    """Whatever has to be escaped, and however the model escapes."""
    placeholders = new_map(nonces)
    each_text(value, placeholders)
    text = json.dumps(each_text(value, placeholders), ensure_ascii=ascii_only)
    restorer = Restorer(json_escaped(placeholders.values))
    told = "".join(map(restorer.feed, split(text, cuts))) + restorer.flush()
    assert json.loads(told) == each_text(value, None)


PIECES = st.sampled_from([*HOSTILE, "", "[EMAIL_2", "ann [", "[NAME_1_x7]"])
TEXT = st.lists(st.builds(TextDelta, PIECES) | st.builds(Citation, st.none() | PIECES, st.none(), PIECES), min_size=1)
REASONING = st.lists(st.builds(ReasoningDelta, PIECES), min_size=1)
TOOL = st.lists(st.builds(ToolDelta, PIECES)).map(lambda deltas: [ToolStart("t1", "send"), *deltas])
BLOCKS = st.lists((TEXT | REASONING | TOOL).map(lambda events: [*events, BlockEnd()]), max_size=4)
KNOWN = {"[EMAIL_1]": "ann@example.com", "[EMAIL_2]": "[EMAIL_1]", "[NAME_1]": 'A"B', "[NAME_1_x7]": "[NAME_1"}


def told_of(events: list[Event]) -> list[tuple[str, list[Event]]]:
    """Of each block its kind and text, and what else there is in it."""
    blocks: list[tuple[str, list[Event]]] = [("", [])]
    for event in events:
        text, others = blocks[-1]
        if isinstance(event, TextDelta | ReasoningDelta | ToolDelta):
            blocks[-1] = (text + event[0], others)
        else:
            others.append(event)
        if isinstance(event, BlockEnd):
            blocks.append(("", []))
    return blocks


@settings(max_examples=EXAMPLES, deadline=None)
@given(BLOCKS, st.none() | st.integers(0, 30))
def test_the_events_stay_in_order_and_say_the_same(blocks: list[list[Event]], broken_off: int | None) -> None:
    """Of a whole answer, and of one that breaks off anywhere."""
    answer: list[Event] = [Start("m"), *(event for block in blocks for event in block)]
    answer += [Usage(1, 2, 3), Finish("end_turn")]
    if broken_off is not None and broken_off < len(answer) - 1:
        answer[broken_off + 1 :] = [Failed("model_timeout", "timeout_error", "late")]

    def stream() -> Generator[Event, None, None]:
        yield from answer

    result = list(restored_events(stream(), PlaceholderMap(lambda: "x7", KNOWN)))
    state = NEW
    for event in result:
        state = state_after(state, event)
    assert len(told_of(answer)) == len(told_of(result))
    for (text, others), (shown, others_shown) in zip(told_of(answer), told_of(result), strict=True):
        tool = any(isinstance(event, ToolStart) for event in others)
        assert shown == restored_slowly(text, json_escaped(KNOWN) if tool else KNOWN)
        assert [type(event) for event in others] == [type(event) for event in others_shown]


def random_text(random: Random) -> Written:
    """As WRITTEN, drawn in a tenth of the time."""

    def plain() -> str:
        return random.choice(HOSTILE) if random.random() < 0.7 else chr(random.choice((0x61, 0x5B, 0xE9, 0x1F642)))

    def value() -> str | None:
        return random.choice(VALUES) if random.random() < 0.5 else None

    kinds = ("NAME", "EMAIL", "LITERAL", "BANK_ACCOUNT_NUMBER")
    parts = [(plain(), value(), random.choice(kinds)) for _ in range(random.randrange(7))]
    return written(parts, (random.randrange(100), random.randrange(31)), random.choice(kinds))


def random_answer(random: Random, placeholders: PlaceholderMap) -> str:
    """Placeholders that the model has seen, whole and cut, among hostile text."""
    parts = [
        random.choice(HOSTILE)
        if random.random() < 0.5
        else Placeholder(random.randrange(10), random.choice((99, 99, random.randrange(1, 13))))
        for _ in range(random.randrange(9))
    ]
    return answer_of(parts, placeholders)


def test_many_random_texts_split_anywhere() -> None:
    """Streamed equals whole, of the conversation itself and of an answer; nothing that was found is in the clear."""
    counted = 0
    for seed in range(RANDOM_RUNS):
        random = Random(seed)  # noqa: S311 - a test must be repeatable
        placeholders = new_map(["x7", "x8"])
        conversation = [random_text(random) for _ in range(random.randrange(1, 4))]
        redacted = [placeholders.redact(*each) for each in conversation]
        values = placeholders.values
        assert [restored_text(each, values) for each in redacted] == [each.text for each in conversation], seed
        for each, result in zip(conversation, redacted, strict=True):
            clear = clear_parts(result, values)
            assert all(
                finding.end <= at or at + len(part) <= finding.start for at, part in clear for finding in each.findings
            ), seed
        for answer in ("".join(redacted), random_answer(random, placeholders)):
            pieces = split(answer, [random.randrange(10_000) for _ in range(random.randrange(13))])
            restorer = Restorer(values)
            told = "".join(map(restorer.feed, pieces)) + restorer.flush()
            assert told == restored_slowly(answer, values) == restored_text(answer, values), seed
        counted += 1
    assert counted == RANDOM_RUNS
