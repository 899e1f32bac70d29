"""What a Lambda authorizer is asked, and what it answers. No I/O.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from localaws.rest.document import AuthorizerType
from localaws.rest.event import build_event
from localaws.rest.parameters import mapped
from localaws.rest.refusal import Refusal, ResponseType

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from localaws.policy import Statement
    from localaws.rest.document import Authorizer
    from localaws.rest.exchange import Exchange

UNASKED = {"body", "isBase64Encoded"}
"""Of the integration's event, what an authorizer doesn't see."""
NEVER_NULL = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables")
UNAUTHORIZED = "Unauthorized"
"""What a function raises to have a 401 answered."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a function decided: who calls, and the policy for it. `context` holds texts, as an event has them."""

    principal_id: str
    statements: tuple[Statement, ...]
    context: Mapping[str, str] = field(default_factory=dict)
    usage_key: str | None = None


class Decisions:
    """Decisions that are kept: by the authorizer, as it is defined, and what identifies the caller."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[float, Decision]] = {}

    def find(self, key: Hashable, now: datetime) -> Decision | None:
        """Return the decision for a key, None when there is none any more."""
        until, decision = self._kept.get(key, (0.0, None))
        return decision if now.timestamp() < until else None

    def keep(self, key: Hashable, decision: Decision, ttl_seconds: int, now: datetime) -> None:
        """Keep a decision for so long."""
        self._kept[key] = (now.timestamp() + ttl_seconds, decision)


def identity_values(authorizer: Authorizer, exchange: Exchange) -> tuple[str, ...]:
    """Return what identifies the caller; Refusal when any of it is missing, or a token has the wrong form."""
    values = []
    for source in authorizer.identity_sources:
        value = mapped(source, exchange)
        if not value:
            raise Refusal(ResponseType.UNAUTHORIZED, reason=f"the request has no {source}")
        values.append(value)
    pattern = authorizer.identity_validation
    if authorizer.type is AuthorizerType.TOKEN and pattern and not re.fullmatch(pattern, values[0]):
        raise Refusal(ResponseType.UNAUTHORIZED, reason=f"the token does not match {pattern}")
    return tuple(values)


def authorizer_event(authorizer: Authorizer, exchange: Exchange, identity: tuple[str, ...]) -> dict[str, object]:
    """Return the event of the function."""
    event: dict[str, object] = {"type": str(authorizer.type), "methodArn": exchange.method_arn}
    if authorizer.type is AuthorizerType.TOKEN:
        return event | {"authorizationToken": identity[0]}
    request = {name: value for name, value in build_event(exchange).items() if name not in UNASKED}
    return event | request | {name: request[name] or {} for name in NEVER_NULL}


def parse_decision(payload: bytes) -> Decision:
    """Return what a function answered; Refusal when it is no decision."""
    try:
        answer = json.loads(payload)
    except ValueError:
        raise misconfigured("the authorizer's answer is no JSON") from None
    if not isinstance(answer, Mapping):
        raise misconfigured("the authorizer's answer is no object")
    principal = answer.get("principalId")
    if not isinstance(principal, str) or not principal:
        raise misconfigured("the authorizer's answer has no principalId")
    usage_key = answer.get("usageIdentifierKey")
    return Decision(
        principal_id=principal,
        statements=_statements(answer.get("policyDocument")),
        context=_context(answer.get("context")),
        usage_key=usage_key if isinstance(usage_key, str) else None,
    )


def parse_failure(payload: bytes) -> Refusal:
    """Return the refusal that a function's error stands for."""
    try:
        error = json.loads(payload)
    except ValueError:
        error = None
    message = error.get("errorMessage") if isinstance(error, Mapping) else None
    if message == UNAUTHORIZED:
        return Refusal(ResponseType.UNAUTHORIZED, reason="the authorizer says so")
    return Refusal(ResponseType.AUTHORIZER_FAILURE, reason=f"the authorizer failed: {message or payload!r}")


def misconfigured(reason: str) -> Refusal:
    """Return the refusal for an authorizer that can't be asked, or that answers what is no decision."""
    return Refusal(ResponseType.AUTHORIZER_CONFIGURATION_ERROR, reason=reason)


def _statements(policy: object) -> tuple[Statement, ...]:
    found = policy.get("Statement") if isinstance(policy, Mapping) else None
    statements = [found] if isinstance(found, Mapping) else found
    if not isinstance(statements, list) or not all(map(_is_statement, statements)):
        raise misconfigured(f"the authorizer's answer has no valid policyDocument: {policy}")
    return tuple(statements)


def _is_statement(value: object) -> bool:
    """Each has an effect, and says on what."""
    if not isinstance(value, Mapping) or value.get("Effect") not in ("Allow", "Deny"):
        return False
    return bool({"Action", "NotAction"} & set(value)) and bool({"Resource", "NotResource"} & set(value))


def _context(context: object) -> dict[str, str]:
    """Only texts, numbers and truth values may be in it; null is nothing."""
    if not isinstance(context, Mapping):
        if context is None:
            return {}
        raise misconfigured("the context of the authorizer's answer is no object")
    for name, value in context.items():
        if isinstance(value, (Mapping, list)):
            raise misconfigured(f"{name} in the context of the authorizer's answer is an object or a list")
    values = {name: value for name, value in context.items() if value is not None}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
