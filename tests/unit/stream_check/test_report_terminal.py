"""What the terminal shows of findings, of the answers' pieces, and in sum."""

import textwrap

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stream_check.finding import Finding, Outcome
from stream_check.recording import Recording
from stream_check.report import timeline as timeline_module
from stream_check.report.terminal import GLYPHS, can_show_unicode, finding_text, progress_text, summary_text
from stream_check.report.timeline import ASCII, UNICODE, timeline
from support.stream_reports import (
    ALL_OUTCOMES,
    BUFFERED,
    CUT,
    EMPTY,
    EVENT,
    EVERYTHING,
    HEARTBEAT,
    HOSTILE_RUN,
    HUGE,
    LINES,
    STREAMED,
    answer,
    finding,
    run_of,
)

PASSED, FAILED, NOT_TRIED, BROKEN = ALL_OUTCOMES
GUTTER = 10
TITLE = "The answer arrives whole"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (PASSED, f"✓ stream.whole       {TITLE}: 900 bytes in 5.00 s"),
        (FAILED, f"✗ stream.progressive {TITLE}: It broke off.\n    - Its timeout.\n    - A proxy."),
        (NOT_TRIED, f"- deployed.logs      {TITLE}: Give --function."),
        (BROKEN, f"! deployed.url       {TITLE}: AccessDenied"),
        (finding(Outcome.PASSED), f"✓ stream.whole       {TITLE}"),
    ],
    ids=["passed", "failed", "not-tried", "broken", "nothing-measured"],
)
def test_a_finding_is_a_line_and_its_hints(found: Finding, text: str) -> None:
    """The outcome first, then what holds when it passes, then what was found."""
    assert finding_text(found) == text


@pytest.mark.parametrize(("found", "word"), [(PASSED, "ok  "), (FAILED, "FAIL"), (NOT_TRIED, "skip"), (BROKEN, "ERR ")])
def test_ascii_has_words_for_the_outcomes(found: Finding, word: str) -> None:
    """Where the encoding has no symbols."""
    text = finding_text(found, unicode=False)
    assert text.startswith(f"{word} {found.id} ")
    assert text.isascii()


def test_colours_are_only_for_terminals() -> None:
    """And say nothing that the symbol doesn't."""
    plain, coloured = finding_text(FAILED), finding_text(FAILED, colour=True)
    assert "\x1b" not in plain
    assert coloured == plain.replace("✗", "\x1b[1;31m✗\x1b[0m")
    assert "\x1b[32m" in finding_text(PASSED, colour=True)


@pytest.mark.parametrize("unicode", [True, False])
def test_an_endpoint_can_not_drive_the_terminal(unicode: bool) -> None:
    """Its text has no escape sequence and starts no line."""
    [found] = HOSTILE_RUN.findings
    [(name, recording)] = HOSTILE_RUN.recordings.items()
    texts = [
        finding_text(found, unicode=unicode),
        summary_text(HOSTILE_RUN, unicode=unicode),
        timeline(name, recording, unicode=unicode),
    ]
    for line in "\n".join(texts).split("\n"):
        assert line.isprintable()
    assert len(texts[0].split("\n")) == 2
    assert len(texts[1].split("\n")) == 1
    assert unicode or "".join(texts).isascii()
    "".join(texts).encode()


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", True), ("ascii", False), ("latin-1", False), ("cp437", False), (None, False), ("no-such", False)],
)
def test_unicode_is_for_encodings_that_have_it(encoding: str | None, shown: bool) -> None:
    """All of the glyphs, or none."""
    assert can_show_unicode(encoding) is shown


def test_the_encoding_is_tried_on_every_glyph() -> None:
    """One that isn't tried would end the program on a terminal that lacks it."""
    texts = [finding_text(found) for found in ALL_OUTCOMES]
    texts += [timeline("a", recording) for recording in (STREAMED, BUFFERED, EMPTY)]
    drawn = {*"".join([*texts, progress_text(1, 1), UNICODE.levels, UNICODE.heartbeat, UNICODE.arrow, UNICODE.axis])}
    assert {glyph for glyph in drawn if not glyph.isascii()} == set(GLYPHS)


@pytest.mark.parametrize(
    ("pieces", "unicode", "text"),
    [
        (0, True, "… still running, 12 s, 0 pieces so far"),
        (1, True, "… still running, 12 s, 1 piece so far"),
        (2500, False, "... still running, 12 s, 2,500 pieces so far"),
    ],
)
def test_long_work_shows_progress(pieces: int, unicode: bool, text: str) -> None:
    """How long it has run, and what came."""
    assert progress_text(12.3, pieces, unicode=unicode) == text


def test_the_summary_counts_the_worst_first() -> None:
    """And says of which endpoint."""
    assert (
        summary_text(EVERYTHING) == "✗ 1 failed, ! 1 broken, ✓ 1 passed, - 1 not tried in 12.50 s: https://example.com/"
    )
    assert summary_text(run_of(PASSED, PASSED), unicode=False) == "ok 2 passed in 12.50 s: https://example.com/"
    assert "\x1b[32m✓\x1b[0m 1 passed" in summary_text(run_of(PASSED), colour=True)
    assert summary_text(run_of()) == "nothing was checked in 12.50 s: https://example.com/"


def row(text: str, label: str) -> str:
    """What is drawn beside a label, in full width."""
    [line] = [line for line in text.split("\n") if line[:GUTTER].rstrip() == label]
    return line[GUTTER:].ljust(70)


def columns(drawn: str) -> list[int]:
    return [column for column, glyph in enumerate(drawn) if glyph != " "]


def test_the_drawing_in_the_documentation_is_what_is_drawn() -> None:
    """Of nine events and two heartbeats."""
    times_s = (0.5, 0.6, 0.62, 0.9, 1.9, 2.9, 3.1, 3.2, 3.21, 3.22, 3.4)
    pieces = [(at_s, HEARTBEAT if at_s in {1.9, 2.9} else b"data: {}\n\n") for at_s in times_s]
    drawn = timeline("answer", answer(pieces, end_s=3.5), width=60)
    assert drawn.startswith("answer: POST https://example.com/chat\n")
    assert textwrap.indent(drawn, "    ") in (timeline_module.__doc__ or "")


def test_a_streamed_answer_is_spread_over_the_line() -> None:
    """Pieces from the first byte on, heartbeats apart from events, the end at the end."""
    drawn = timeline("answer", STREAMED)
    pieces, events, heartbeats = (columns(row(drawn, label)) for label in ("pieces", "events", "heartbeat"))
    assert pieces[0] == events[0] == 7
    assert pieces[-1] == events[-1] == 69
    assert heartbeats == [42, 56]
    assert sorted(events + heartbeats) == pieces
    first, end = (drawn.index(text) for text in ("▼ first byte 0.50 s", "end 5.00 s ▼"))
    line_start = drawn.rindex("\n", 0, first) + 1
    assert first - line_start == GUTTER + 7
    assert drawn.index("\n", end) - line_start == 80


def test_a_buffered_answer_is_one_mark_at_the_end() -> None:
    """The labels take a line each, as they would overlap."""
    drawn = timeline("answer", BUFFERED).split("\n")
    assert columns(row("\n".join(drawn), "pieces")) == [68]
    assert drawn[2].endswith("first byte 4.90 s ▼")
    assert len(drawn[2]) == GUTTER + 69
    assert drawn[3].endswith("end 5.00 s ▼")
    assert len(drawn[3]) == 80


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        (38, [f"{' ' * 38}▼ first byte 2.75 s end 5.00 s ▼"]),
        (39, [f"{' ' * 39}▼ first byte 2.82 s", f"{' ' * 58}end 5.00 s ▼"]),
        (51, [f"{' ' * 51}▼ first byte 3.68 s", f"{' ' * 58}end 5.00 s ▼"]),
        (52, [f"{' ' * 34}first byte 3.75 s ▼     end 5.00 s ▼"]),
    ],
)
def test_labels_keep_apart_and_inside(column: int, labels: list[str]) -> None:
    """One line when a space is between them; left of its arrow where the right has no room."""
    drawn = timeline("a", answer([((column + 0.5) / 14, b"x")], 5.0, LINES)).split("\n")
    assert [line[GUTTER:] for line in drawn[2:-4]] == labels


def test_full_columns_look_fuller() -> None:
    """Eight levels, the fullest column of a row full; the legend says what full is."""
    pieces = [(0.0, b"x")] + [(3.5, b"x")] * 4 + [(6.9, b"x")] * 8
    drawn = timeline("answer", answer(pieces, end_s=7.0, headers=LINES))
    assert row(drawn, "pieces").replace(" ", "") == "▁▄█"
    assert drawn.endswith("one column is 0.10 s, █ is 8 pieces")
    plain = timeline("answer", answer(pieces, end_s=7.0, headers=LINES), unicode=False)
    assert row(plain, "pieces").replace(" ", "") == ".=@"


def test_an_answer_that_is_not_of_events_has_one_row() -> None:
    """What is no event stream has neither events nor heartbeats."""
    drawn = timeline("export", HUGE)
    assert "events" not in drawn
    assert "heartbeat" not in drawn
    assert columns(row(drawn, "pieces")) == list(range(2, 68))


def test_no_heartbeats_no_row_for_them() -> None:
    """It would be blank."""
    assert "heartbeat" not in timeline("answer", BUFFERED)


def test_an_empty_answer_says_so() -> None:
    """An end, and no first byte."""
    drawn = timeline("answer", EMPTY)
    assert "200 (no content type), 0 bytes in 0 pieces" in drawn
    assert "first byte" not in drawn
    assert columns(row(drawn, "pieces")) == []
    assert drawn.endswith("one column is 2.9 ms")


def test_a_cut_answer_says_why() -> None:
    """Instead of an end."""
    drawn = timeline("answer", CUT)
    assert "\nbroken off: reset " in drawn
    assert "broken off 1.00 s ▼" in drawn
    assert "end " not in drawn


@pytest.mark.parametrize(
    ("end_s", "unit", "numbers"),
    [
        (5.0, "seconds", ["0", "1", "2", "3", "4", "5"]),
        (300.0, "seconds", ["0", "50", "100", "150", "200", "250", "300"]),
        (0.016, "ms", ["0", "2", "4", "6", "8", "10", "12", "14", "16"]),
        (0.0, "ms", ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
    ],
)
def test_the_axis_has_round_numbers(end_s: float, unit: str, numbers: list[str]) -> None:
    """In milliseconds where seconds would be long to write; each starts below its tick, if it has room."""
    drawn = timeline("answer", answer([], end_s))
    assert row(drawn, unit).split() == numbers
    ruler = drawn.split("\n")[-3][GUTTER:]
    assert len(ruler) == 70
    assert ruler.count("┬") >= len(numbers) - 2
    assert all(ruler[row(drawn, unit).index(f" {number} ") + 1] == "┬" for number in numbers[1:-1])


times = st.lists(st.floats(0, 1000), max_size=50).map(sorted)


@example(times_s=[], more_s=2500.0, width=50, unicode=True, data=b"x")
@given(times, st.floats(0, 5000), st.integers(50, 200), st.booleans(), st.sampled_from([EVENT, HEARTBEAT, b"x"]))
def test_any_answer_fits_its_width(times_s: list[float], more_s: float, width: int, unicode: bool, data: bytes) -> None:
    """No line is longer, every piece has a mark, numbers don't touch, and ASCII is ASCII."""
    end_s = max([0.0, *times_s]) + more_s
    drawn = timeline("a", answer([(at_s, data) for at_s in times_s], end_s), width=width, unicode=unicode)
    assert all(len(line) <= width for line in drawn.split("\n")[2:])
    assert bool(columns(row(drawn, "pieces"))) == bool(times_s)
    assert unicode or drawn.isascii()
    [numbers] = [line[GUTTER:] for line in drawn.split("\n") if line.startswith(("seconds ", "ms "))]
    values = [float(number) for number in numbers.split()]
    assert values == sorted(values)
    assert values[-1] <= max(end_s, 0.001) * (1000 if drawn.split("\n")[-2].startswith("ms") else 1) * 1.001


@pytest.mark.parametrize("width", [-1, 0, 49, 50])
def test_a_terminal_that_is_too_narrow_gets_fifty_columns(width: int) -> None:
    """Less could not be read."""
    assert max(map(len, timeline("a", STREAMED, width=width).split("\n")[2:])) == 50


@pytest.mark.parametrize("recording", [STREAMED, BUFFERED, EMPTY, CUT, HUGE])
def test_ascii_draws_the_same(recording: Recording) -> None:
    """Glyph for glyph."""
    plain = timeline("a", recording, unicode=False)
    glyphs = zip(
        UNICODE.levels + UNICODE.heartbeat + UNICODE.arrow + UNICODE.axis,
        ASCII.levels + ASCII.heartbeat + ASCII.arrow + ASCII.axis,
        strict=True,
    )
    drawn = timeline("a", recording)
    for glyph, ascii_glyph in glyphs:
        drawn = drawn.replace(glyph, ascii_glyph)
    assert drawn.replace("�", "?").split("\n")[3:] == plain.split("\n")[3:]
