"""What one request brought."""

import pytest

from stream_check.recording import Piece, Recording
from stream_check.session import is_spread


def recording(*times_s: float, end_s: float = 10.0, headers: tuple[tuple[str, str], ...] = ()) -> Recording:
    return Recording("GET", "http://a/", 200, headers, 0.1, tuple(Piece(at_s, b"x") for at_s in times_s), end_s)


def test_headers_are_found_in_any_case() -> None:
    """Each value of those that came twice."""
    found = recording(headers=(("Content-Type", "Text/Plain; charset=utf-8"), ("X-A", "1"), ("x-a", "2")))
    assert (found.content_type, found.all_of("x-A"), found.header("x-a"), found.header("x-b")) == (
        "text/plain",
        ["1", "2"],
        "1, 2",
        "",
    )


def test_what_comes_close_together_is_one_moment() -> None:
    """A read may find several chunks waiting; but a flood without pauses is many."""
    assert recording(1.0, 1.001, 1.002, 2.0).moments_s == [1.0, 2.0]
    assert len(recording(*(at / 512 for at in range(1000))).moments_s) == 334
    assert (recording().moments_s, recording().first_byte_s, recording(2.0).first_byte_s) == ([], None, 2.0)


@pytest.mark.parametrize(
    ("times_s", "end_s", "spread"),
    [
        ([0, 1, 2, 3, 4], 4.0, True),
        ([9.6, 9.7, 9.8, 9.9, 10.0], 10.0, False),
        ([0, 1, 2, 3], 4.0, False),
        ([12, 13, 14, 15, 16], 16.0, True),
        ([5.0, 5.0, 5.0, 5.0, 5.0], 5.0, False),
        ([], 1.0, False),
    ],
    ids=["streamed", "at its end", "in four parts", "late", "at once", "empty"],
)
def test_an_answer_is_spread_or_held_back(times_s: list[float], end_s: float, spread: bool) -> None:
    """By its moments, and the time from the first to the last."""
    assert is_spread(recording(*times_s, end_s=end_s)) is spread
