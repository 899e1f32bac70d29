"""Responses and their preludes."""

import json
from http import HTTPStatus
from typing import Any

import pytest

from lambda_stream import InvalidResult, Response
from lambda_stream.response import MAX_PRELUDE_BYTES, PRELUDE_END, encode_prelude


def prelude(response: Response) -> dict[str, Any]:
    data = encode_prelude(response)
    assert data.endswith(PRELUDE_END)
    document: dict[str, Any] = json.loads(data.removesuffix(PRELUDE_END))
    return document


def test_status_headers_and_cookies_are_in_the_prelude() -> None:
    """In the names that Lambda knows."""
    response = Response("x", status=201, headers={"X-A": "b"}, cookies=["a=1", "b=2"])
    assert prelude(response) == {
        "statusCode": 201,
        "headers": {"content-type": "text/plain; charset=utf-8", "X-A": "b"},
        "cookies": ["a=1", "b=2"],
    }


@pytest.mark.parametrize(
    ("response", "content_type"),
    [
        (Response(), "text/plain; charset=utf-8"),
        (Response("text"), "text/plain; charset=utf-8"),
        (Response(iter([b"x"])), "text/plain; charset=utf-8"),
        (Response(b"bytes"), "application/octet-stream"),
        (Response(b"bytes", headers={"Content-Type": "image/png"}), "image/png"),
    ],
)
def test_a_content_type_is_always_there(response: Response, content_type: str) -> None:
    """The handler's own, in whatever case, or one that fits the body."""
    (found,) = (value for name, value in prelude(response)["headers"].items() if name.lower() == "content-type")
    assert found == content_type


def test_a_status_may_be_pythons_own_enumeration() -> None:
    """It is a number, and is sent as one."""
    assert prelude(Response(status=HTTPStatus.NOT_FOUND))["statusCode"] == 404


def test_headers_that_repeat_are_kept_apart() -> None:
    """And a content type among them is enough."""
    assert prelude(Response(multi_value_headers={"Content-Type": ["text/html"], "x-a": ["1", "2"]})) == {
        "statusCode": 200,
        "headers": {},
        "multiValueHeaders": {"Content-Type": ["text/html"], "x-a": ["1", "2"]},
    }


@pytest.mark.parametrize("status", [99, 199, 600, "200", 200.0, True, None])
def test_a_status_that_is_none_is_refused(status: Any) -> None:
    """Lambda would answer 502 without a word."""
    with pytest.raises(InvalidResult, match="status must be a whole number"):
        encode_prelude(Response(status=status))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"x a": "b"}, "not a header name"),
        ({"": "b"}, "not a header name"),
        ({1: "b"}, "not a header name"),
        ({"x-a\r\nset-cookie": "b"}, "not a header name"),
        ({"x-a": "b\r\nset-cookie: stolen=1"}, "control characters"),
        ({"x-a": "b\0"}, "control characters"),
        ({"x-a": "snow \N{SNOWMAN}"}, "control characters"),
        ({"x-a": 5}, "must be text, not int: 5"),
    ],
)
def test_a_header_that_could_break_the_head_is_refused(headers: Any, message: str) -> None:
    """So a client's text in a header can't become another header."""
    with pytest.raises(InvalidResult, match=message):
        encode_prelude(Response(headers=headers))


def test_cookies_and_repeated_headers_are_checked_too() -> None:
    """The same rule for every place that becomes a header."""
    with pytest.raises(InvalidResult, match="set-cookie"):
        encode_prelude(Response(cookies=["a=1\nb"]))
    with pytest.raises(InvalidResult, match="x-a"):
        encode_prelude(Response(multi_value_headers={"x-a": ["1", "2\n"]}))


@pytest.mark.parametrize("parts", [{"cookies": "a=1"}, {"multi_value_headers": {"x-a": "1"}}, {"cookies": 5}])
def test_one_text_is_no_list_of_texts(parts: dict[str, Any]) -> None:
    """Its letters would become cookies."""
    with pytest.raises(InvalidResult, match="must be a list of texts, not"):
        Response(**parts)


def test_a_tab_in_a_header_value_is_legal() -> None:
    """RFC 9110, section 5.5."""
    assert prelude(Response(headers={"x-a": "b\tc"}))["headers"]["x-a"] == "b\tc"


def test_a_prelude_over_16_kilobytes_is_refused() -> None:
    """API Gateway would answer 500; one byte less passes."""
    room = MAX_PRELUDE_BYTES - len(encode_prelude(Response(headers={"content-type": "t", "x-a": ""})))
    headers = {"content-type": "t", "x-a": "b" * room}
    assert len(encode_prelude(Response(headers=headers))) == MAX_PRELUDE_BYTES
    with pytest.raises(InvalidResult, match="16385 bytes, at most 16384"):
        encode_prelude(Response(headers={**headers, "x-a": "b" * (room + 1)}))
