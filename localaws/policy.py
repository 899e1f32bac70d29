"""Evaluation of IAM policies: those of identities, of resources and of trust. No I/O.

What is not understood never grants: a statement with such a condition (an unknown operator, a policy variable) grants
nothing if it allows, denies if it denies, and the decision says so.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address, ip_network

Statement = Mapping[str, object]

ARN_PARTS = 6
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the ARN of a user or of a role's session, the name of an AWS service, or `*` for an unsigned request.

    A role's session can be granted things as itself and as its role.
    """

    name: str
    role_arn: str | None = None

    @property
    def account(self) -> str | None:
        """Return the account of a user or a role, None for services and unsigned requests."""
        return self.name.split(":")[4] if self.name.startswith("arn:") else None

    @property
    def is_service(self) -> bool:
        """Tell whether an AWS service asks."""
        return self.account is None and self.name != EVERYTHING


ANYONE = Principal(EVERYTHING)


@dataclass(frozen=True, slots=True)
class Access:
    """One access that is asked for.

    `resource` is an ARN, `*` for an action without resources, or None when it is not known which resource the call
    acts on: every statement's resources then match. `context` holds condition keys in lower case.
    """

    principal: Principal
    action: str
    resource: str | None
    context: Mapping[str, str] = field(default_factory=dict)


class Effect(Enum):
    """What a policy says to an access."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Decision:
    """A policy's effect, and what in it was not understood (empty when all was)."""

    effect: Effect
    doubts: tuple[str, ...] = ()


class _NotUnderstoodError(Exception):
    """A statement can't be evaluated; the text goes on after the statement's name."""


@dataclass(frozen=True, slots=True)
class _Operator:
    compare: Callable[[str, str], bool] | None
    negated: bool
    holds_without_value: bool


def statements_of(document: str) -> tuple[Statement, ...]:
    """Return the statements of a policy document."""
    statements = json.loads(document).get("Statement", ())
    return (statements,) if isinstance(statements, Mapping) else tuple(statements)


def decide_identity(statements: Sequence[Statement], access: Access) -> Decision:
    """Return what the policies of the caller's own identity say."""
    return _decide([each for each in statements if _concerns(each, access)], access)


def decide_resource(statements: Sequence[Statement], access: Access, *, through_account: bool = False) -> Decision:
    """Return what a resource's policy, or a role's trust policy, says.

    A grant to an account lets the account grant on: it counts `through_account` only. A denial to it always counts.
    """
    relevant = [
        each
        for each in statements
        if _concerns(each, access)
        and _names(each, access.principal, account_counts=through_account or not _is_allow(each))
    ]
    return _decide(relevant, access)


def _decide(relevant: Sequence[Statement], access: Access) -> Decision:
    effects, doubts = set(), []
    for statement in relevant:
        effect = Effect.ALLOWED if _is_allow(statement) else Effect.DENIED
        try:
            holds = _conditions_hold(statement, access.context)
        except _NotUnderstoodError as error:
            doubts.append(f"statement {statement.get('Sid') or json.dumps(statement)} {error}")
            holds = effect is Effect.DENIED
        if holds:
            effects.add(effect)
    strongest = next((each for each in (Effect.DENIED, Effect.ALLOWED) if each in effects), Effect.SILENT)
    return Decision(strongest, tuple(doubts))


def _is_allow(statement: Statement) -> bool:
    return statement.get("Effect") == "Allow"


def _concerns(statement: Statement, access: Access) -> bool:
    return _action_matches(statement, access.action) and _resource_matches(statement, access.resource)


def _action_matches(statement: Statement, action: str) -> bool:
    """Actions are compared without regard to case."""
    if "NotAction" in statement:
        return not _any_action(statement["NotAction"], action)
    return _any_action(statement.get("Action"), action)


def _resource_matches(statement: Statement, resource: str | None) -> bool:
    """What is not known or not understood matches; then its condition is in doubt."""
    if resource is None or _has_variable(statement):
        return True
    if "NotResource" in statement:
        return not _any_arn(statement["NotResource"], resource)
    if "Resource" in statement:
        return _any_arn(statement["Resource"], resource)
    return "Principal" in statement or "NotPrincipal" in statement  # a trust policy is about its own role


def _has_variable(statement: Statement) -> bool:
    return "${" in json.dumps(statement)


def _names(statement: Statement, principal: Principal, *, account_counts: bool) -> bool:
    if "NotPrincipal" in statement:
        return not _principal_matches(statement["NotPrincipal"], principal, account_counts=True)
    return _principal_matches(statement.get("Principal"), principal, account_counts=account_counts)


def _principal_matches(element: object, principal: Principal, *, account_counts: bool) -> bool:
    """`*`, an ARN, {"AWS": ...}, {"Service": ...} and lists of such values."""
    if isinstance(element, Mapping):
        if principal.is_service:
            return principal.name in _as_list(element.get("Service"))
        return _principal_matches(element.get("AWS"), principal, account_counts=account_counts)
    names = {EVERYTHING, principal.name, principal.role_arn}
    if account_counts and principal.account:
        names |= {principal.account, f"arn:{principal.name.split(':')[1]}:iam::{principal.account}:root"}
    return any(value in names for value in _as_list(element))


def _any_action(patterns: object, action: str) -> bool:
    return any(_glob(pattern.lower(), action.lower()) for pattern in _as_list(patterns))


def _any_arn(patterns: object, value: str) -> bool:
    return any(pattern == EVERYTHING or _arn_like(value, pattern) for pattern in _as_list(patterns))


def _arn_like(value: str, pattern: str) -> bool:
    """Wildcards don't reach over the first five colons."""
    wanted, actual = pattern.split(":", ARN_PARTS - 1), value.split(":", ARN_PARTS - 1)
    return len(wanted) == len(actual) == ARN_PARTS and all(map(_glob, wanted, actual))


def _glob(pattern: str, value: str) -> bool:
    return _expression(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    """`*` and `?` are the only wildcards."""
    pieces = ({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile("".join(pieces), re.DOTALL)


def _conditions_hold(statement: Statement, context: Mapping[str, str]) -> bool:
    """Every operator and every key must hold; of a key's values one is enough."""
    if _has_variable(statement):
        raise _NotUnderstoodError("has a policy variable, which the local AWS does not evaluate")
    condition = statement.get("Condition") or {}
    if not isinstance(condition, Mapping) or not all(isinstance(keys, Mapping) for keys in condition.values()):
        raise _NotUnderstoodError("has a malformed condition")
    checks = [(_operator(name), keys) for name, keys in condition.items()]
    return all(
        _holds(operator, context.get(key.lower()), _as_list(wanted))
        for operator, keys in checks
        for key, wanted in keys.items()
    )


def _holds(operator: _Operator, actual: str | None, wanted: Sequence[str]) -> bool:
    if operator.compare is None:
        return (actual is None) is (wanted == ["true"])
    if actual is None:
        return operator.holds_without_value
    found = any(operator.compare(actual, value) for value in wanted)
    return found is not operator.negated


def _operator(text: str) -> _Operator:
    """Every key here has one value at most, which makes the operators for sets simple."""
    quantifier, _, name = text.rpartition(":")
    base = name.removesuffix("IfExists")
    if quantifier not in ("", "ForAnyValue", "ForAllValues") or base not in _OPERATORS:
        raise _NotUnderstoodError(f"has the condition operator {text}, which the local AWS does not know")
    compare, negated = _OPERATORS[base]
    absent = base != name or quantifier == "ForAllValues" or (negated and not quantifier)
    return _Operator(compare, negated, absent)


def _same_ignoring_case(actual: str, wanted: str) -> bool:
    return actual.lower() == wanted.lower()


def _like(actual: str, wanted: str) -> bool:
    return _glob(wanted, actual)


def _in_network(actual: str, wanted: str) -> bool:
    try:
        return ip_address(actual) in ip_network(wanted, strict=False)
    except ValueError as error:
        raise _NotUnderstoodError(f"has a malformed address: {error}") from None


_OPERATORS: dict[str, tuple[Callable[[str, str], bool] | None, bool]] = {
    "StringEquals": (str.__eq__, False),
    "StringNotEquals": (str.__eq__, True),
    "StringEqualsIgnoreCase": (_same_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_same_ignoring_case, True),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_arn_like, False),
    "ArnNotEquals": (_arn_like, True),
    "ArnLike": (_arn_like, False),
    "ArnNotLike": (_arn_like, True),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
    "Bool": (_same_ignoring_case, False),
    "Null": (None, False),  # asks whether the key is there
}


def _as_list(value: object) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [_text(item) for item in value]
    return [] if value is None else [_text(value)]


def _text(value: object) -> str:
    """JSON's true and false are written as in a policy, not as in Python."""
    return str(value).lower() if isinstance(value, bool) else str(value)
