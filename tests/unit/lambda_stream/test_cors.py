"""CORS headers on a REST API's answers."""

import json
from typing import Any

import pytest

from lambda_stream import HandlerFault, Response
from lambda_stream.cors import Cors
from lambda_stream.reply import StreamedReply, reply_to
from lambda_stream.response import PRELUDE_END
from lambda_stream.settings import Settings

APP = "https://app.example.com"
OTHER = "https://other.example.com"
VARIABLE = "LAMBDA_STREAM_CORS"


def cors(**document: Any) -> Cors:
    found = Settings.from_environment({VARIABLE: json.dumps(document)}).cors
    assert found is not None
    return found


def headers_of(result: object, settings: Cors | None, origin: str | None, name: str = "origin") -> dict[str, str]:
    """What an answer to a REST API's event carries, without its content type."""
    event = {"httpMethod": "GET", "requestContext": {}, "headers": {name: origin} if origin else None}
    return prelude(event, result, settings)


def prelude(event: dict[str, Any], result: object, settings: Cors | None) -> dict[str, str]:
    reply = reply_to(event, result, settings)
    assert isinstance(reply, StreamedReply)
    headers: dict[str, str] = json.loads(reply.prelude.removesuffix(PRELUDE_END))["headers"]
    return {key: value for key, value in headers.items() if key.lower() != "content-type"}


ALLOWED = {"vary": "origin", "access-control-allow-origin": APP}


@pytest.mark.parametrize(
    ("settings", "origin", "expected"),
    [
        ({"allow_origins": [APP, OTHER]}, APP, ALLOWED),
        ({"allow_origins": [OTHER]}, APP, {"vary": "origin"}),
        ({"allow_origins": [APP]}, None, {"vary": "origin"}),
        ({"allow_origins": ["*"]}, APP, {"access-control-allow-origin": "*"}),
        ({"allow_origins": ["*"]}, None, {"access-control-allow-origin": "*"}),
        ({"allow_origins": [OTHER, "*"]}, APP, ALLOWED),
        (
            {"allow_origins": [APP], "allow_credentials": True, "expose_headers": ["x-a", "x-b"]},
            APP,
            {
                **ALLOWED,
                "access-control-allow-credentials": "true",
                "access-control-expose-headers": "x-a, x-b",
            },
        ),
        (
            {"allow_origins": ["*"], "expose_headers": ["x-a"]},
            APP,
            {"access-control-allow-origin": "*", "access-control-expose-headers": "x-a"},
        ),
        ({"allow_origins": [OTHER], "allow_credentials": True, "expose_headers": ["x-a"]}, APP, {"vary": "origin"}),
    ],
)
def test_a_page_may_read_what_the_operator_allows(
    settings: dict[str, Any], origin: str | None, expected: dict[str, str]
) -> None:
    """And no other page; caches keep the two apart."""
    assert headers_of(iter(["x"]), cors(**settings), origin) == expected


def test_the_origin_is_found_however_it_is_written() -> None:
    """API Gateway passes names on as the client wrote them."""
    assert headers_of("x", cors(allow_origins=[APP]), APP, "Origin") == ALLOWED


@pytest.mark.parametrize(
    "response",
    [
        Response("x", headers={"Access-Control-Allow-Origin": OTHER}),
        Response("x", multi_value_headers={"Access-Control-Allow-Origin": [OTHER]}),
    ],
)
def test_what_the_handler_says_itself_stands(response: Response) -> None:
    """A header twice is refused by browsers."""
    assert headers_of(response, cors(allow_origins=[APP]), APP) == response.headers


def test_a_response_keeps_all_it_has() -> None:
    """And the handler's object stays as it was: it may return it again."""
    response = Response("x", status=201, headers={"Vary": "accept", "x-a": "1"}, cookies=["a=1"])
    reply = reply_to({"httpMethod": "GET", "requestContext": {}}, response, cors(allow_origins=[APP]))
    assert isinstance(reply, StreamedReply)
    assert json.loads(reply.prelude.removesuffix(PRELUDE_END)) == {
        "statusCode": 201,
        "headers": {"content-type": "text/plain; charset=utf-8", "Vary": "accept, origin", "x-a": "1"},
        "cookies": ["a=1"],
    }
    assert response.headers == {"Vary": "accept", "x-a": "1"}


def test_a_function_url_adds_its_own() -> None:
    """So its answers get none here."""
    event = {"requestContext": {"http": {"method": "GET"}}, "headers": {"origin": APP}}
    assert prelude(event, "x", cors(allow_origins=[APP])) == {}


def test_without_settings_it_is_the_handlers_affair() -> None:
    """As everywhere on Lambda."""
    assert headers_of("x", Settings.from_environment({}).cors, APP) == {}


@pytest.mark.parametrize(
    "value",
    ["", "x", "[]", "{}", '{"allow_origins": []}', '{"allow_origins": "*"}', '{"allow_origins": [1]}',
     '{"allow_origins": ["*"], "expose_headers": "x"}', '{"allow_origins": ["*"], "allow_methods": ["GET"]}'],
)  # fmt: skip
def test_wrong_settings_are_named(value: str) -> None:
    """At init, where the operator finds it in the log."""
    with pytest.raises(HandlerFault, match=VARIABLE):
        Settings.from_environment({VARIABLE: value})
