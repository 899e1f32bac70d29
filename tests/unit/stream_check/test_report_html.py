"""The HTML report, read by a parser that is not ours."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_check.finding import Outcome
from stream_check.recording import Recording
from stream_check.report.html import html_text
from support.stream_reports import (
    ALL_OUTCOMES,
    BUFFERED,
    CUT,
    EMPTY,
    EVENT,
    EVERYTHING,
    HOSTILE_RUN,
    HUGE,
    LINES,
    STREAMED,
    answer,
    finding,
    run_of,
)

VOID = {"meta"}
LEFT, WIDTH, TOP, FLOOR = 84.0, 652.0, 44.0, 214.0


class Element:
    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Element] = []
        self.texts: list[str] = []

    @property
    def text(self) -> str:
        """Of itself and of what is in it, in order."""
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str, style: str = "") -> list["Element"]:
        found = [self] if self.tag == tag and style in (self.attributes.get("class") or "") else []
        return found + [element for child in self.children for element in child.all(tag, style)]

    def one(self, tag: str, style: str = "") -> "Element":
        [found] = self.all(tag, style)
        return found


class Reader(HTMLParser):
    """Builds the tree, and fails on an element that isn't closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs), f"an attribute of {tag} is there twice"
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)

    def close(self) -> None:
        super().close()
        assert self._open == [self.root]


def read(text: str) -> Element:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader.root


def plot_of(recording: Recording) -> Element:
    return read(html_text(run_of(answer=recording))).one("svg")


def points(path: Element) -> list[tuple[float, float]]:
    """Where each mark of a path begins."""
    return [(float(x), float(y)) for x, y in re.findall(r"M([-\d.]+) ([-\d.]+)", path.attributes["d"] or "")]


PAGE = read(html_text(EVERYTHING))


def test_the_page_says_how_the_run_ended() -> None:
    """In its title and its first heading."""
    assert PAGE.one("head").one("title").text == "Stream check failed: https://example.com/"
    assert PAGE.one("h1").text == "Stream check failed"
    assert read(html_text(run_of(finding(Outcome.PASSED)))).one("h1").text == "Stream check passed"
    header = PAGE.one("header")
    assert "https://example.com/" in header.text
    assert header.one("time").text == "2026-01-31 12:00:05 UTC"
    assert header.one("time").attributes["datetime"] == "2026-01-31T12:00:05+00:00"
    assert [item.text for item in header.all("li")] == ["✗ 1 failed", "! 1 broken", "✓ 1 passed", "– 1 not tried"]  # noqa: RUF001


def test_every_finding_is_a_row() -> None:
    """With its reason and, in their order, its hints."""
    rows = PAGE.one("table", "findings").one("tbody").all("tr")
    assert [(row.all("td")[0].text, row.one("th").text) for row in rows] == [
        ("✓ passed", "The answer arrives whole stream.whole"),
        ("✗ failed", "The answer arrives whole stream.progressive"),
        ("– not tried", "The answer arrives whole deployed.logs"),  # noqa: RUF001
        ("! broken", "The answer arrives whole deployed.url"),
    ]
    failed = rows[1]
    assert failed.all("td")[1].texts[0] == "It broke off."
    assert [item.text for item in failed.all("li")] == ["Its timeout.", "A proxy."]
    assert failed.all("td")[2].text == "0.25 s"
    assert not rows[0].all("ul")


def test_the_page_can_be_read_without_seeing_it() -> None:
    """Headings without a gap, tables with captions and scopes, named drawings and regions."""
    assert PAGE.one("html").attributes["lang"] == "en"
    levels = [int(tag) for tag in re.findall(r"<h(\d)", html_text(EVERYTHING))]
    assert levels == [1, 2, 2, 3, 3, 3, 3]
    assert len(PAGE.all("main")) == 1
    for table in PAGE.all("table"):
        assert table.one("caption").text
    assert all(cell.attributes["scope"] in {"col", "row"} for cell in PAGE.all("th"))
    ids = re.findall(r' id="([^"]+)"', html_text(EVERYTHING))
    assert len(ids) == len(set(ids))
    named = re.findall(r' aria-labelledby="([^"]+)"', html_text(EVERYTHING))
    assert {name for names in named for name in names.split()} <= set(ids)
    for region in PAGE.all("div", "scroll"):
        assert region.attributes.keys() >= {"role", "aria-labelledby", "tabindex"}
    for drawing in PAGE.all("svg"):
        assert drawing.attributes["role"] == "img"
        assert drawing.one("title").text
        assert drawing.one("desc").text


def test_the_page_needs_nothing_else() -> None:
    """No script, no image, no other file, no other host; and the page's own policy allows none."""
    text = html_text(EVERYTHING)
    assert not re.search(r"<(script|link|img|iframe|object|embed|form|base|a)\b|@import|url\(|\son\w+=|\ssrc=", text)
    [policy] = [meta for meta in PAGE.all("meta") if meta.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in (policy.attributes["content"] or "")


def test_the_page_has_a_light_and_a_dark_form() -> None:
    """Every colour is one of those that the reader's preference changes."""
    style = PAGE.one("style").text
    light, dark = (set(re.findall(r"(--\w+): #", part)) for part in style.split("prefers-color-scheme: dark"))
    assert light == dark
    assert set(re.findall(r"var\((--\w+)\)", style)) == light
    assert "prefers-color-scheme" in style


def test_text_of_an_endpoint_stays_text() -> None:
    """In findings, headers, names, addresses and drawings; what UTF-8 or HTML forbid is replaced."""
    text = html_text(HOSTILE_RUN)
    text.encode()
    page = read(text)
    assert not page.all("script")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    shown = "�]0;owned�</table><script>alert(1)</script>\"'&�����]]>"
    for found in (page.one("table", "findings"), page.one("table", "headers"), page.one("svg").one("title")):
        assert shown in found.text
    assert f"Broken off: {shown}" in page.one("article").text


def test_headers_that_may_hold_secrets_are_not_shown() -> None:
    """Only those that say who answered, and how; a header that came twice is there twice."""
    headers = (("Set-Cookie", "s=SECRET"), ("X-Key", "SECRET"), ("Via", "1.1 a"), ("via", "1.1 b"))
    text = html_text(run_of(answer=answer([], 1.0, headers)))
    assert "SECRET" not in text
    rows = read(text).one("table", "headers").all("tr")
    assert [(row.one("th").text, row.one("td").text) for row in rows] == [("Via", "1.1 a"), ("via", "1.1 b")]
    assert not read(html_text(run_of(answer=EMPTY))).all("details")


def test_bodies_are_not_shown() -> None:
    """They may be anybody's conversation."""
    assert "conversation" not in html_text(run_of(answer=answer([(0.5, b"data: conversation\n\n")], 1.0)))


def figures_of(recording: Recording) -> dict[str, str]:
    table = read(html_text(run_of(answer=recording))).one("table", "figures")
    return {head.text: cell.text for head, cell in zip(table.all("th"), table.all("td"), strict=True)}


def test_every_recording_has_its_figures() -> None:
    """Those of an event stream too where it is one."""
    assert figures_of(STREAMED) == {
        "Status": "200",
        "Content type": "text/event-stream",
        "Head": "0.10 s",
        "First byte": "0.50 s",
        "End": "5.00 s",
        "Bytes": "532",
        "Pieces": "23",
        "Moments": "23",
        "Events": "21",
        "Heartbeats": "2",
    }
    assert figures_of(EMPTY) == {
        "Status": "200",
        "Content type": "none",
        "Head": "0.10 s",
        "First byte": "none",
        "End": "0.20 s",
        "Bytes": "0",
        "Pieces": "0",
        "Moments": "0",
    }
    assert figures_of(CUT)["Broken off"] == "1.00 s"


def test_the_plot_has_a_mark_for_each_piece() -> None:
    """Rising to the right, from the first piece to the last; events and heartbeats in rows below."""
    drawing = plot_of(STREAMED)
    marks = points(drawing.one("path", "pieces"))
    assert len(marks) == 23
    assert marks[0] == pytest.approx((LEFT + 0.1 * WIDTH, FLOOR - 170 * len(EVENT) / 532), abs=0.1)
    assert marks[-1] == (LEFT + WIDTH, TOP)
    assert marks == sorted(marks, key=lambda mark: (mark[0], -mark[1]))
    assert len(points(drawing.one("path", "events"))) == 21
    assert [x for x, _ in points(drawing.one("path", "heartbeats"))] == [
        pytest.approx(LEFT + share * WIDTH, abs=0.1) for share in (0.6, 0.8)
    ]
    assert drawing.one("desc").text == "532 bytes in 23 pieces, the first byte after 0.50 s, the end after 5.00 s."


def test_the_plot_rises_in_steps() -> None:
    """What had arrived stays until more arrives, and after the last piece until the end."""
    drawing = plot_of(answer([(0.25, b"xx"), (0.5, b"xx")], 1.0, LINES))
    assert drawing.one("path", "bytes").attributes["d"] == "M84 214H247.0V129.0H410.0V44.0H736.0"


def test_a_piece_after_the_end_is_at_the_end() -> None:
    """Nothing is drawn outside the axes."""
    assert points(plot_of(answer([(2.0, b"xxxx")], 1.0, LINES)).one("path", "pieces")) == [(LEFT + WIDTH, TOP)]


def test_the_plot_of_another_type_has_no_rows_of_events() -> None:
    """There are none in it."""
    assert not plot_of(HUGE).all("path", "events")
    assert not plot_of(HUGE).all("path", "heartbeats")


def test_the_plot_names_the_first_byte_and_the_end() -> None:
    """Each in a line of its own, so that they never overlap, and inside the drawing."""
    first, end = plot_of(BUFFERED).all("text", "label")
    assert (first.text, end.text) == ("first byte 4.90 s", "end 5.00 s")
    assert first.attributes["y"] != end.attributes["y"]
    assert first.attributes["text-anchor"] == end.attributes["text-anchor"] == "end"
    assert plot_of(STREAMED).all("text", "label")[0].attributes["text-anchor"] == "start"
    [cut] = plot_of(CUT).all("text", "broken")
    assert cut.text == "broken off 1.00 s"


@pytest.mark.parametrize(
    ("size", "unit", "labels"),
    [
        (0, "bytes", ["0", "1", "2", "3", "4"]),
        (1, "bytes", ["0", "1", "2", "3", "4"]),
        (999, "bytes", ["0", "500"]),
        (1000, "kB", ["0", "0.5", "1"]),
        (4000, "kB", ["0", "1", "2", "3", "4"]),
        (7_000_000, "MB", ["0", "2", "4", "6"]),
    ],
)
def test_the_axis_of_bytes_has_round_numbers(size: int, unit: str, labels: list[str]) -> None:
    """In a unit that keeps them short."""
    texts = plot_of(answer([(0.5, b"x" * size)], 1.0, LINES)).all("text")
    [label] = [text.text for text in texts if "rotate" in (text.attributes.get("transform") or "")]
    assert label == unit
    assert [text.text for text in texts if "dy" in text.attributes] == labels


def test_the_axis_of_time_is_in_seconds() -> None:
    """After the request was sent."""
    texts = [text.text for text in plot_of(CUT).all("text") if text.attributes.get("text-anchor") == "middle"]
    assert texts == ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1", *texts[11:]]
    assert "seconds after the request" in texts


def test_a_huge_answer_makes_a_small_page() -> None:
    """Marks are thinned out, the first and the last are kept, and the page says so."""
    text = html_text(run_of(answer=HUGE))
    assert len(text) < 40_000
    marks = points(read(text).one("svg").one("path", "pieces"))
    assert 200 < len(marks) < 330
    assert marks[0] == pytest.approx((LEFT + 0.1 / 2.7 * WIDTH, FLOOR), abs=0.1)
    assert marks[-1] == pytest.approx((LEFT + 2.6 / 2.7 * WIDTH, TOP), abs=0.1)
    assert f"{len(marks)} dots stand for 100,000 pieces." in read(text).one("figcaption").text
    assert "A dot for each piece." in read(html_text(run_of(answer=STREAMED))).one("figcaption").text


def test_a_huge_event_stream_makes_a_small_page_too() -> None:
    """Its rows of events are thinned as well."""
    pieces = [(index / 20_000, b"data: 1\n\n: b\n\n") for index in range(100_000)]
    assert len(html_text(run_of(answer=answer(pieces, 5.0)))) < 60_000


def test_an_answer_without_a_body_has_a_plot_without_marks() -> None:
    """And says that there was no first byte."""
    drawing = plot_of(EMPTY)
    assert not drawing.all("path", "pieces")
    assert [text.text for text in drawing.all("text", "label")] == ["end 0.20 s"]
    page = read(html_text(run_of(answer=EMPTY)))
    assert page.one("figcaption").text == "0 bytes in 0 pieces, no first byte, the end after 0.20 s."


def test_a_run_of_nothing_says_so() -> None:
    """Instead of empty tables."""
    page = read(html_text(run_of()))
    assert not page.all("table")
    assert "Nothing was checked." in page.text
    assert "No answer was recorded." in page.text


moments = st.lists(st.tuples(st.floats(0, 1000), st.binary(max_size=40)), max_size=40)


@given(moments.map(lambda pieces: sorted(pieces, key=lambda piece: piece[0])), st.floats(0, 1000), st.text())
def test_any_run_is_a_page(pieces: list[tuple[float, bytes]], more_s: float, text: str) -> None:
    """Whole, and with every mark inside the drawing."""
    end_s = max([0.0, *(at_s for at_s, _ in pieces)]) + more_s
    recording = answer(pieces, end_s, broken=text)
    page = read(html_text(replace(run_of(finding(Outcome.FAILED, text, text), url=text), recordings={text: recording})))
    assert not page.all("script")
    for path in page.one("svg").all("path"):
        assert all(LEFT - 0.1 <= x <= LEFT + WIDTH + 0.1 for x, _ in points(path))
        assert all(0 <= y <= 290 for _, y in points(path))


def test_all_outcomes_are_told_by_more_than_colour() -> None:
    """A symbol and a word each."""
    rows = read(html_text(run_of(*ALL_OUTCOMES))).one("tbody").all("td", "outcome")
    assert len({row.text for row in rows}) == len({row.text[0] for row in rows}) == 4
