"""Breakages by name, and what they make of an answer on its way: the pure part."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localaws.breakage.access import EVERY_COUNTRY, ONE_CALLER, OPEN, STALE, UNCHECKED_BODIES
from localaws.breakage.answer import CHANGES, PAGE, Answer, broken_answer
from localaws.breakage.catalogue import KINDS, Place, parse_breakage
from localaws.breakage.control_plane import CHANGES as CONTROL_PLANE_CHANGES
from localaws.breakage.middlebox import SWALLOWED_DELETES
from localaws.breakage.server_sent_events import EventFilter, type_of, without_comments, without_type
from localaws.errors import BreakageError

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "local-aws.md"
EVENTS = (("Content-Type", "text/event-stream; charset=utf-8"),)
TOKEN = b'data: {"type":"token"}\n\n'
ERROR = b'data: {"type":"error"}\n\n'
DONE = b'data: {"type":"done"}\n\n'
NAMED = b"event: error\ndata: it broke\n\n"
SPREAD = b'data: {"type":\ndata: "error"}\n\n'
COMMENT = b": keep-alive\n\n"
MIXED = b': note\ndata: {"type":"token"}\n\n'
PIECES = (TOKEN, ERROR, DONE, NAMED, SPREAD, COMMENT, MIXED, b"\n", b"data: plain\n\n", b"id: 1\n\n")

KEPT: dict[str, Callable[[bytes], bytes]] = {
    "dropped-errors": lambda event: b"" if b"error" in event else event,
    "no-end": lambda event: b"" if b"done" in event else event,
    "dropped-heartbeats": lambda event: b"" if b": keep" in event else re.sub(rb": note(\r\n|\n|\r)", b"", event),
}
"""What is left of an event of PIECES, seen as a whole."""


@st.composite
def split_bodies(draw: st.DrawFn) -> tuple[list[bytes], bytes, list[bytes]]:
    """Events, what stands unfinished behind them, and the whole with any line ends, cut anywhere."""
    end = draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    events = [piece.replace(b"\n", end) for piece in draw(st.lists(st.sampled_from(PIECES)))]
    rest = draw(st.sampled_from([b"", b"data: unfin", b"data: unfinished" + end]))
    body = b"".join(events) + rest
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=8)))
    return events, rest, [body[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(body)], strict=True)]


def sent(answer: Answer, pieces: list[bytes]) -> bytes:
    pipeline = answer.pipeline()
    return b"".join(pipeline.feed(piece) for piece in pieces) + pipeline.close()


def broken(*names: str, answer: Answer | None = None) -> Answer:
    return broken_answer(answer or Answer("POST", 200, EVENTS), [parse_breakage(name) for name in names])


@pytest.mark.parametrize("name", sorted(KEPT))
@given(case=split_bodies())
def test_only_what_is_unwanted_is_swallowed(name: str, case: tuple[list[bytes], bytes, list[bytes]]) -> None:
    """However the body is cut, and whatever its lines end with."""
    events, rest, pieces = case
    assert sent(broken(name), pieces) == b"".join(KEPT[name](event) for event in events) + rest


@given(case=split_bodies())
def test_the_other_filters_do_not_depend_on_the_pieces(case: tuple[list[bytes], bytes, list[bytes]]) -> None:
    """Held back, compressed and cut bodies are the same however they came."""
    _, _, pieces = case
    body = b"".join(pieces)
    assert sent(broken("buffering"), pieces) == body
    assert gzip.decompress(sent(broken("compressed"), pieces)) == body
    assert sent(broken("cut=10"), pieces) == body[:10]
    assert sent(broken("buffering", "cut=10"), pieces) == body[:10]


def test_an_event_goes_on_as_soon_as_it_is_complete() -> None:
    """Swallowing some must not hold back the others."""
    events = EventFilter(without_type("error"))
    assert events.feed(TOKEN + ERROR[:-1]) == TOKEN
    assert events.feed(ERROR[-1:] + TOKEN) == TOKEN
    assert events.close() == b""


def test_a_carriage_return_that_comes_last_ends_its_line() -> None:
    """It could have been half of a line's end; at the end of the stream it isn't."""
    events = EventFilter(without_comments)
    assert events.feed(b": keep-alive\r\r") == b""
    assert events.close() == b""
    unfinished = EventFilter(without_comments)
    assert unfinished.feed(b"data: 1\r") + unfinished.close() == b"data: 1\r"


def test_held_back_means_nothing_goes_on_before_the_end() -> None:
    """Not one byte."""
    for name in ("buffering", "compressed"):
        assert broken(name).pipeline().feed(b"much") == b""


def test_a_cut_comes_when_its_bytes_have_gone() -> None:
    """Not before."""
    pipeline = broken("cut=3").pipeline()
    assert (pipeline.feed(b"12"), pipeline.is_cut) == (b"12", False)
    assert (pipeline.feed(b"34"), pipeline.is_cut) == (b"3", True)
    assert not broken("buffering").pipeline().is_cut


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ([b'data: {"type":"error","x":1}\n'], "error"),
        ([b'data:{"type":"done"}\n'], "done"),
        ([b"event: other\n", b'data: {"type":"done"}\n'], "done"),
        ([b"event: done\n", b"data: {}\n"], "done"),
        ([b"event: done\n", b'data: {"type":1}\n'], "done"),
        ([b"data: [1]\n"], None),
        ([b"data\n"], None),
        ([b": done\n"], None),
    ],
)
def test_the_type_of_an_event(lines: list[bytes], kind: str | None) -> None:
    """As its data says, or its field `event`."""
    assert type_of(lines) == kind


def test_heads() -> None:
    """Each breakage of the head changes what it says, and nothing else."""
    cors = (("access-control-allow-origin", "*"), ("Access-Control-Max-Age", "1"), ("Vary", "Origin"))
    answer, preflight = Answer("POST", 200, cors), Answer("OPTIONS", 200, cors)
    assert broken("doubled-cors", answer=answer).headers == (*cors, cors[0])
    assert broken("doubled-cors", answer=preflight) == preflight
    assert broken("no-preflight", answer=preflight).headers == cors[2:]
    assert broken("no-preflight", answer=answer) == answer
    assert broken("wrong-type").headers == (("Content-Type", "application/octet-stream"),)
    assert broken("compressed").headers == (*EVENTS, ("Content-Encoding", "gzip"))
    assert broken("slow-first-byte=2").delay_seconds == 2


def test_errors_become_pages() -> None:
    """Whatever their body was."""
    page = broken("plain-errors", answer=Answer("POST", 400, (("content-type", "application/json"),)))
    assert (page.status, page.headers) == (400, (("Content-Type", "text/html; charset=utf-8"),))
    assert sent(page, [b"{", b"}"]) == PAGE
    assert not page.keeps_length


@pytest.mark.parametrize("name", sorted(CHANGES))
@pytest.mark.parametrize(
    "answer",
    [Answer("HEAD", 200, EVENTS), Answer("POST", 204, ()), Answer("HEAD", 500, ()), Answer("OPTIONS", 200, EVENTS)],
    ids=["head", "no-content", "head-error", "preflight"],
)
def test_what_is_no_content_stays(name: str, answer: Answer) -> None:
    """A HEAD, a 204 and a preflight have no body to break, and here no CORS."""
    assert broken(name, answer=answer) == answer
    assert answer.keeps_length


@pytest.mark.parametrize("name", sorted(set(CHANGES) - {"plain-errors"}))
def test_errors_stay(name: str) -> None:
    """Only `plain-errors` touches them: else more than one check would fail."""
    answer = Answer("POST", 500, EVENTS)
    assert broken(name, answer=answer) == answer


@pytest.mark.parametrize("name", ["dropped-heartbeats", "dropped-errors", "no-end"])
def test_only_server_sent_events_are_searched(name: str) -> None:
    """Other formats have other ends and heartbeats."""
    answer = Answer("POST", 200, (("Content-Type", "application/x-ndjson"),))
    assert broken(name, answer=answer) == answer


DOCUMENT = (("Content-Type", "application/json"),)


@pytest.mark.parametrize(
    ("method", "body", "left"),
    [
        (
            "GET",
            b'{"session":"a","messages":[1,2],"cursor":null}',
            b'{"session": "a", "messages": [1], "cursor": null}',
        ),
        ("GET", b'{"session":"a","messages":[]}', b'{"session": "a", "messages": []}'),
        ("GET", b'{"messages":[1]}', b'{"messages":[1]}'),
        ("GET", b'{"status":"ok"}', b'{"status":"ok"}'),
        ("GET", b"[1,2]", b"[1,2]"),
        ("GET", b"no JSON", b"no JSON"),
        ("POST", b'{"session":"a","messages":[1]}', b'{"session":"a","messages":[1]}'),
    ],
)
def test_only_pages_of_messages_lose_some(method: str, body: bytes, left: bytes) -> None:
    """However they come; whatever else is read or answered stays."""
    assert sent(broken("lost-messages", answer=Answer(method, 200, DOCUMENT)), [body[:9], body[9:]]) == left


def test_success_is_no_error_and_is_compressed_once() -> None:
    """`plain-errors` leaves a stream alone, and `compressed` what is compressed."""
    assert broken("plain-errors") == Answer("POST", 200, EVENTS)
    compressed = Answer("POST", 200, (("Content-Encoding", "br"),))
    assert broken("compressed", answer=compressed) == compressed


def test_breakages_combine() -> None:
    """What looks into the body comes before what hides it, in whatever order they are named."""
    answer = broken("compressed", "wrong-type", "no-end")
    assert gzip.decompress(sent(answer, [TOKEN, DONE])) == TOKEN
    assert answer.header("content-type") == "application/octet-stream"


def test_amounts() -> None:
    """The default, or what is said."""
    assert parse_breakage("slow-first-byte").amount == 12
    assert parse_breakage("slow-first-byte=0.5").amount == 0.5
    assert parse_breakage("cut=100").amount == 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "There is no breakage 'nonsense'. There are: buffering, compressed, "),
        ("buffering=1", "buffering=1: buffering takes no number."),
        ("cut=", "cut=: a number of bytes above zero is expected."),
        ("cut=many", "cut=many: a number of bytes above zero is expected."),
        ("slow-first-byte=-1", "a number of seconds above zero"),
        ("slow-first-byte=inf", "a number of seconds above zero"),
        ("slow-first-byte=nan", "a number of seconds above zero"),
    ],
)
def test_bad_names(text: str, message: str) -> None:
    """The error says what there is."""
    with pytest.raises(BreakageError, match=re.escape(message)):
        parse_breakage(text)


def test_each_breakage_is_carried_out_in_its_place() -> None:
    """One that is only named would let a check pass untried."""
    places = {place: {kind.name for kind in KINDS if kind.place is place} for place in Place}
    assert places == {
        Place.ANSWER: set(CHANGES),
        Place.REQUEST: {SWALLOWED_DELETES},
        Place.ACCESS: {OPEN, STALE, UNCHECKED_BODIES, EVERY_COUNTRY, ONE_CALLER},
        Place.CONTROL_PLANE: set(CONTROL_PLANE_CHANGES),
    }


def test_the_documentation_lists_every_breakage() -> None:
    """Each with what it does and its check, in the catalogue's order."""
    section = DOCUMENTATION.read_text(encoding="utf-8").partition("## Breaking it\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `([\w-]+)(?:=(\d+))?` \| (.*) \| `([\w.-]+)` \|$", section, re.MULTILINE)
    amounts = {kind.name: f"{kind.amount.default:g}" if kind.amount else "" for kind in KINDS}
    assert documented == [(kind.name, amounts[kind.name], kind.effect, kind.check) for kind in KINDS]
