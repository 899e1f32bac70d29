"""Tokens of Cognito user pools: whether one is valid, and what it says of its owner. No I/O.

Without scopes a method takes ID tokens, whoever they are for; with scopes access tokens that have one of them.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-invoke-api-integrated-with-cognito-user-pool.html
and https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError

from localaws.rest.refusal import Refusal, ResponseType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joserfc.jwk import RSAKey

    from localaws.rest.document import Authorizer

ALGORITHMS = ["RS256"]
BEARER = re.compile(r"bearer +", re.IGNORECASE)
DATES = ("exp", "iat")
"""Claims that API Gateway writes as Java writes a date."""
EXPIRED = "The incoming token has expired"


@dataclass(frozen=True, slots=True)
class UserPool:
    """A pool by the `iss` claim of its tokens, with the key that it signs them with."""

    issuer: str
    key: RSAKey


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a method asks of a token."""

    scopes: tuple[str, ...] = ()
    audience: str | None = None

    @classmethod
    def of(cls, authorizer: Authorizer, scopes: Sequence[str]) -> TokenRules:
        """Return the rules of a method with an authorizer; its validation expression is for the audience."""
        return cls(tuple(scopes), authorizer.identity_validation)

    @property
    def token_use(self) -> str:
        """Return which of a user's tokens it must be."""
        return "access" if self.scopes else "id"


def check_token(header: str | None, pools: Sequence[UserPool], rules: TokenRules, now: datetime) -> dict[str, str]:
    """Return the claims of a valid token, as an event has them: all of them texts.

    `header` is the token, with `Bearer` before it or not. Raises Refusal.
    """
    if not header:
        raise _unauthorized("there is no token")
    claims = _verified(BEARER.sub("", header.strip(), count=1), pools, now)
    if claims.get("token_use") != rules.token_use:
        raise _unauthorized(f"the method takes {rules.token_use} tokens, this is one for {claims.get('token_use')}")
    audience = str(claims.get("aud", ""))
    if rules.audience is not None and not re.fullmatch(rules.audience, audience):
        raise _unauthorized(f"the audience {audience!r} does not match {rules.audience}")
    granted = str(claims.get("scope", "")).split()
    if rules.scopes and not set(rules.scopes) & set(granted):
        raise Refusal(ResponseType.ACCESS_DENIED, reason=f"the token has {granted}, and none of {rules.scopes}")
    return {name: _text(name, value) for name, value in claims.items()}


def _verified(token: str, pools: Sequence[UserPool], now: datetime) -> Mapping[str, object]:
    """Return the claims of the token, once its signature, its pool and its time are right."""
    pool, claims = next(((pool, found) for pool in pools if (found := _decoded(token, pool))), (None, {}))
    if pool is None:
        raise _unauthorized("none of the authorizer's user pools has issued this token")
    try:
        jwt.JWTClaimsRegistry(now=int(now.timestamp()), exp={"essential": True}).validate(dict(claims))
    except ExpiredTokenError:
        raise Refusal(ResponseType.UNAUTHORIZED, EXPIRED) from None
    except JoseError as error:
        raise _unauthorized(str(error)) from None
    return claims


def _decoded(token: str, pool: UserPool) -> Mapping[str, object] | None:
    try:
        claims = jwt.decode(token, pool.key, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError):
        return None
    return claims if claims.get("iss") == pool.issuer else None


def _text(name: str, value: object) -> str:
    if name in DATES and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unauthorized(reason: str) -> Refusal:
    return Refusal(ResponseType.UNAUTHORIZED, reason=reason)
