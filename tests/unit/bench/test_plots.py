"""The plots, read as XML."""

from xml.etree import ElementTree as ET

import pytest

from bench.contenders import CHATS, NAIVE, OURS
from bench.plots import BAR_WIDTH, LEFT, WIDTH, plot
from bench.results import CHAT_METRICS, Results

SVG = "{http://www.w3.org/2000/svg}"
COLD = CHAT_METRICS[:1]


def drawn(results: Results) -> ET.Element:
    return ET.fromstring(plot("Chats & more", results, COLD, CHATS))  # noqa: S314 - it is ours


def bars(root: ET.Element) -> list[ET.Element]:
    return [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") != "ground"]


def test_bars_are_as_long_as_their_medians(results: Results) -> None:
    """From nought; the longest range, not the longest bar, fills the width."""
    widths = [float(bar.attrib["width"]) for bar in bars(drawn(results))]
    assert widths == pytest.approx([value / 90 * BAR_WIDTH for value in (28, 42, 56, 70, 11)], abs=0.1)


def test_our_bar_stands_out(results: Results) -> None:
    """By colour and by weight: colour alone would not reach everybody."""
    root = drawn(results)
    assert [bar.get("class") for bar in bars(root)] == ["bar"] * 4 + ["ours"]
    assert [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "ours"] == ["bedrock_chat", "11.0"]


def test_ranges_are_drawn_where_they_can_be_seen() -> None:
    """A range of nothing is none."""
    results = Results({"chat.cold_ms": {OURS: [5.0, 5.0], NAIVE: [5.0, 10.0]}})
    ranges = [path for path in drawn(results).iter(f"{SVG}path") if path.get("class") == "range"]
    middle = LEFT + BAR_WIDTH / 2
    assert len(ranges) == 1
    assert ranges[0].attrib["d"].startswith(f"M{middle:.1f} ")


def test_every_number_has_room(results: Results) -> None:
    """At least 60 units for the digits right of the longest range."""
    for text in drawn(results).iter(f"{SVG}text"):
        assert float(text.attrib["x"]) <= WIDTH - 60


def test_the_ground_is_drawn_in_both_themes(results: Results) -> None:
    """So that the text is readable on a page with another."""
    root = drawn(results)
    style = root.findtext(f"{SVG}style") or ""
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    assert "--ground: #ffffff" in light
    assert "--ground: #0d1117" in dark
    assert next(root.iter(f"{SVG}rect")).get("class") == "ground"


def test_nothing_measured_is_an_empty_picture() -> None:
    """Not a broken one; and a metric that is nought all over has bars of the least width."""
    assert bars(drawn(Results())) == []
    assert [bar.get("width") for bar in bars(drawn(Results({"chat.cold_ms": {OURS: [0.0]}})))] == ["1.0"]


def test_the_picture_has_a_name(results: Results) -> None:
    """For who can't see it."""
    assert drawn(results).findtext(f"{SVG}title") == "Chats & more"
