"""CORS of a Function URL."""

from __future__ import annotations

import pytest

from localaws.front.cors import Cors, is_preflight

APP = "https://app.example"


def cors(**config: object) -> Cors:
    """Return a configuration in the API's form."""
    parsed = Cors.from_api({"AllowOrigins": [APP], **config})
    assert parsed
    return parsed


def test_nothing_configured() -> None:
    """No configuration, no CORS."""
    assert Cors.from_api(None) is None
    assert Cors.from_api({}) is None


def test_preflight() -> None:
    """It lists what is allowed."""
    headers = cors(AllowMethods=["GET", "POST"], AllowHeaders=["a", "b"], MaxAge=0, AllowCredentials=True).preflight(
        APP
    )
    assert headers == {
        "Access-Control-Allow-Origin": APP,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "GET,POST",
        "Access-Control-Allow-Headers": "a,b",
        "Access-Control-Max-Age": "0",
        "Vary": "Origin",
    }


@pytest.mark.parametrize(
    ("config", "origin", "allowed"),
    [
        ({}, APP, APP),
        ({}, "https://other.example", None),
        ({}, None, None),
        ({"AllowOrigins": ["*"]}, APP, "*"),
        ({"AllowOrigins": ["*"], "AllowCredentials": True}, APP, APP),
    ],
)
def test_origins(config: dict[str, object], origin: str | None, allowed: str | None) -> None:
    """Only allowed origins get headers."""
    assert cors(**config).actual(origin).get("Access-Control-Allow-Origin") == allowed


def test_a_bare_preflight() -> None:
    """What is not configured is not listed."""
    assert cors().preflight(APP) == {"Access-Control-Allow-Origin": APP, "Vary": "Origin"}


def test_a_foreign_preflight_gets_nothing() -> None:
    """The browser then refuses by itself."""
    assert cors(AllowMethods=["*"]).preflight("https://other.example") == {}


def test_exposed_headers() -> None:
    """They are listed on actual answers."""
    assert cors(ExposeHeaders=["x-a"]).actual(APP)["Access-Control-Expose-Headers"] == "x-a"


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("OPTIONS", {"Origin": APP, "Access-Control-Request-Method": "POST"}, True),
        ("OPTIONS", {"Origin": APP}, False),
        ("POST", {"Origin": APP, "Access-Control-Request-Method": "POST"}, False),
    ],
)
def test_what_a_preflight_is(method: str, headers: dict[str, str], expected: bool) -> None:
    """An OPTIONS that asks for a method."""
    assert is_preflight(method, headers) is expected
