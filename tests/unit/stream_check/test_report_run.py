"""What a run is in sum, and text and marks that several reports share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_check.finding import Outcome
from stream_check.report.marks import axis_end_s, marks_of, slot, thinned, ticks
from stream_check.report.text import counted, fit, one_line, seconds
from support.stream_reports import ALL_OUTCOMES, EMPTY, HOSTILE, STREAMED, answer, finding, run_of


@pytest.mark.parametrize(
    ("outcomes", "ok"),
    [
        ((), True),
        ((Outcome.PASSED,), True),
        ((Outcome.PASSED, Outcome.NOT_TRIED), True),
        ((Outcome.PASSED, Outcome.FAILED), False),
        ((Outcome.BROKEN, Outcome.PASSED), False),
    ],
)
def test_a_run_is_ok_when_nothing_failed_or_broke(outcomes: tuple[Outcome, ...], ok: bool) -> None:
    """Also when nothing was tried."""
    assert run_of(*map(finding, outcomes)).ok is ok


def test_every_outcome_is_counted() -> None:
    """The worst first, and those that didn't occur as 0."""
    assert list(run_of(*ALL_OUTCOMES, *ALL_OUTCOMES[:1]).counts.items()) == [
        (Outcome.FAILED, 1),
        (Outcome.BROKEN, 1),
        (Outcome.PASSED, 2),
        (Outcome.NOT_TRIED, 1),
    ]
    assert set(run_of().counts.values()) == {0}


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0.0 ms"), (0.0042, "4.2 ms"), (0.1, "0.10 s"), (5, "5.00 s"), (300.126, "300.13 s")]
)
def test_times_have_their_unit(value: float, text: str) -> None:
    """A local answer takes milliseconds, a long one minutes."""
    assert seconds(value) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 bytes"), (1, "1 byte"), (2000, "2,000 bytes")])
def test_counts_agree_with_their_noun(count: int, text: str) -> None:
    """As a reader expects."""
    assert counted(count, "byte") == text


def test_text_for_a_terminal_has_nothing_to_obey() -> None:
    """No escape sequence, no change of direction, no new line."""
    assert one_line(HOSTILE) == "�]0;owned�</table><script>alert(1)</script>\"'&�����]]>�"
    assert one_line("a\r\n\tb\x85c ") == "a b c"
    assert one_line("Zürich \x1b✓", unicode=False) == "Z\\xfcrich ?\\u2713"


@given(st.text())
def test_any_text_is_made_fit(text: str) -> None:
    """UTF-8 can encode it, a terminal shows it on one line, and what was fit stays."""
    fit(text).encode()
    assert len(fit(text)) == len(text)
    assert fit(fit(text)) == fit(text)
    assert one_line(text).isprintable()
    assert one_line(text, unicode=False).isascii()


@pytest.mark.parametrize(
    ("end", "most", "expected"),
    [
        (7.3, 8, [0, 1, 2, 3, 4, 5, 6, 7]),
        (5, 5, [0, 1, 2, 3, 4, 5]),
        (300, 5, [0, 100, 200, 300]),
        (0.3, 3, [0, 0.1, 0.2, 0.3]),
        (4, 4, [0, 1, 2, 3, 4]),
        (1000, 1, [0, 1000]),
    ],
)
def test_ticks_are_round(end: float, most: int, expected: list[float]) -> None:
    """Steps of 1, 2 or 5 times a power of ten."""
    assert ticks(end, most) == pytest.approx(expected)


@given(st.floats(0.001, 1e12), st.integers(1, 20))
def test_ticks_fit_their_axis(end: float, most: int) -> None:
    """From 0, no more than asked for, none beyond the end but for rounding."""
    found = ticks(end, most)
    assert found[0] == 0
    assert len(found) <= most + 1
    assert found[-1] <= end * (1 + 1e-6)


@given(st.lists(st.floats(0, 10), max_size=300).map(sorted), st.integers(1, 50))
def test_thinning_keeps_the_first_the_last_and_the_shape(times_s: list[float], slots: int) -> None:
    """Each part of the axis that had a mark has one, and few marks remain."""
    kept = thinned(times_s, 10, slots)
    assert kept == sorted(set(kept))
    assert kept[:1] == [0] * bool(times_s)
    assert kept[-1:] == [len(times_s) - 1] * bool(times_s)
    assert len(kept) <= slots + 1
    assert {slot(times_s[index], 10, slots) for index in kept} == {slot(at_s, 10, slots) for at_s in times_s}


@pytest.mark.parametrize(("at_s", "expected"), [(0, 0), (0.99, 0), (1, 1), (9.99, 9), (10, 9), (11, 9), (-1, 0)])
def test_a_time_has_its_part_of_the_axis(at_s: float, expected: int) -> None:
    """The end, and what a clock puts past it, is in the last part."""
    assert slot(at_s, 10, 10) == expected


def test_heartbeats_are_told_from_events() -> None:
    """By when each was complete; an answer of another type has neither."""
    marks = marks_of(STREAMED)
    assert marks is not None
    assert len(marks.events_s) == 21
    assert marks.heartbeats_s == (3.0, 4.0)
    assert marks_of(EMPTY) is None


def test_an_axis_of_time_is_never_empty() -> None:
    """Nothing may be divided by nought."""
    assert axis_end_s(answer([], end_s=0)) > 0
    assert axis_end_s(STREAMED) == 5.0
