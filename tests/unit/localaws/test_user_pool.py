"""Tokens of user pools, made by the library that checks them, with keys of these tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from localaws.rest.document import Authorizer, AuthorizerType
from localaws.rest.refusal import Refusal, ResponseType
from localaws.rest.user_pool import TokenRules, UserPool, check_token

NOW = datetime(2026, 11, 20, 6, 7, 8, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
KEY, OTHER_KEY = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_people"
POOL, OTHER_POOL = UserPool(ISSUER, KEY), UserPool(f"{ISSUER}2", OTHER_KEY)
ID = {"iss": ISSUER, "token_use": "id", "aud": "page", "sub": "ada", "exp": SECONDS + 60, "iat": SECONDS}
ACCESS = {**ID, "token_use": "access", "scope": "chat/ask chat/read"}
SCOPED = TokenRules(("chat/write", "chat/ask"))


def token(claims: dict[str, object], key: RSAKey = KEY) -> str:
    return jwt.encode({"alg": "RS256"}, claims, key)


def check(header: str | None, rules: TokenRules = TokenRules()) -> dict[str, str]:  # noqa: B008  it is immutable
    return check_token(header, [OTHER_POOL, POOL], rules, NOW)


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer  "])
def test_a_token_may_be_called_a_bearers(prefix: str) -> None:
    """Or come alone."""
    assert check(prefix + token(ID))["sub"] == "ada"


def test_claims_are_texts() -> None:
    """Dates as Java writes them, lists with commas."""
    claims = check(token({**ID, "email_verified": True, "cognito:groups": ["a", "b"], "auth_time": 7, "nbf": SECONDS}))
    assert claims["exp"] == "Fri Nov 20 06:08:08 UTC 2026"
    assert (claims["iat"], claims["auth_time"]) == ("Fri Nov 20 06:07:08 UTC 2026", "7")
    assert (claims["email_verified"], claims["cognito:groups"]) == ("true", "a,b")


def test_an_access_token_needs_one_of_the_scopes() -> None:
    """Any of them."""
    assert check(token(ACCESS), SCOPED)["scope"] == "chat/ask chat/read"
    with pytest.raises(Refusal) as refused:
        check(token({**ACCESS, "scope": "chat/asks"}), SCOPED)
    assert refused.value.kind is ResponseType.ACCESS_DENIED


def test_the_audience_is_not_asked_for_unless_it_is() -> None:
    """The validation expression is for it."""
    rules = TokenRules.of(Authorizer("people", AuthorizerType.COGNITO_USER_POOLS, identity_validation="pa.e"), [])
    assert check(token(ID), rules)
    with pytest.raises(Refusal, match="audience 'other' does not match"):
        check(token({**ID, "aud": "other"}), rules)


@pytest.mark.parametrize(
    ("header", "rules"),
    [
        pytest.param(None, TokenRules(), id="none"),
        pytest.param("", TokenRules(), id="empty"),
        pytest.param("Bearer", TokenRules(), id="only the scheme"),
        pytest.param("a.b.c", TokenRules(), id="no token"),
        pytest.param(token(ID)[:-4] + "AAAA", TokenRules(), id="spoilt"),
        pytest.param(token(ID, OTHER_KEY), TokenRules(), id="another's key"),
        pytest.param(token({**ID, "iss": OTHER_POOL.issuer}), TokenRules(), id="another pool's name"),
        pytest.param(token({**ID, "iss": "https://elsewhere"}), TokenRules(), id="no pool's name"),
        pytest.param(token(ACCESS), TokenRules(), id="an access token without scopes"),
        pytest.param(token({**ID, "scope": "chat/ask"}), SCOPED, id="an ID token with scopes"),
        pytest.param(token({**ID, "exp": None}), TokenRules(), id="null as its end"),
        pytest.param(token({k: v for k, v in ID.items() if k != "exp"}), TokenRules(), id="no end"),
        pytest.param(token({**ID, "nbf": SECONDS + 60}), TokenRules(), id="not yet"),
        pytest.param(jwt.encode({"alg": "HS256"}, ID, OctKey.generate_key(256)), TokenRules(), id="another algorithm"),
    ],
)
def test_what_is_unauthorized(header: str | None, rules: TokenRules) -> None:
    """All of it with the same answer."""
    with pytest.raises(Refusal) as refused:
        check(header, rules)
    assert (refused.value.kind, refused.value.message) == (ResponseType.UNAUTHORIZED, "Unauthorized")


@pytest.mark.parametrize("seconds", [0, -60])
def test_an_expired_token_is_told_so(seconds: int) -> None:
    """From the very second on."""
    with pytest.raises(Refusal) as refused:
        check(token({**ID, "exp": SECONDS + seconds}))
    assert (refused.value.status, refused.value.message) == (401, "The incoming token has expired")


def test_without_a_pool_nobody_is_known() -> None:
    """A pool that was deleted has issued nothing."""
    with pytest.raises(Refusal, match="none of the authorizer's user pools"):
        check_token(token(ID), [], TokenRules(), NOW)


@given(st.one_of(st.text(), st.from_regex(r"[\w=-]*\.[\w=-]*\.[\w=-]*")))
def test_no_text_is_taken_for_a_token(text: str) -> None:
    """Whatever it is, it is refused."""
    with pytest.raises(Refusal):
        check(text)
