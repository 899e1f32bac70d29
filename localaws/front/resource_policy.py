"""Evaluation of a Lambda function's resource policy. No I/O.

Knows the operators and forms that Lambda's AddPermission can produce; anything else does not match, so that a
statement that is not understood never grants.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

Statement = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Access:
    """One access that is asked for; `context` holds condition keys in lower case."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def allows(statements: Sequence[Statement], access: Access) -> bool:
    """Tell whether a statement grants the access and none denies it."""
    effects = [statement.get("Effect") for statement in statements if _applies(statement, access)]
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Statement, access: Access) -> bool:
    return (
        _principal_matches(statement.get("Principal"), access.principal)
        and _any_matches(statement.get("Action"), access.action)
        and _any_matches(statement.get("Resource"), access.resource)
        and _conditions_hold(statement.get("Condition"), access.context)
    )


def _principal_matches(principal: object, caller: str) -> bool:
    """`*`, {"AWS": "*"}, {"Service": "..."} and lists of such values."""
    if isinstance(principal, Mapping):
        return any(_principal_matches(value, caller) for value in principal.values())
    return any(value in ("*", caller) for value in _as_list(principal))


def _any_matches(patterns: object, value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in _as_list(patterns))


def _conditions_hold(condition: object, context: Mapping[str, str]) -> bool:
    if condition is None:
        return True
    if not isinstance(condition, Mapping):
        return False
    return all(
        isinstance(keys, Mapping) and all(_holds(operator, key, wanted, context) for key, wanted in keys.items())
        for operator, keys in condition.items()
    )


def _holds(operator: str, key: str, wanted: object, context: Mapping[str, str]) -> bool:
    compare, actual = _OPERATORS.get(operator), context.get(key.lower())
    if compare is None or actual is None:
        return False
    return any(compare(actual, value) for value in _as_list(wanted))


def _same_bool(actual: str, wanted: str) -> bool:
    return actual.lower() == wanted.lower()


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__,
    "StringLike": fnmatchcase,
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "Bool": _same_bool,
}


def _as_list(value: object) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [_text(item) for item in value]
    return [] if value is None else [_text(value)]


def _text(value: object) -> str:
    """JSON's true and false are written as in a policy, not as in Python."""
    return str(value).lower() if isinstance(value, bool) else str(value)
