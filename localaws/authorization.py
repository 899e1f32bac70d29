"""The decision over one access, from the policies on both sides. No I/O.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from localaws.policy import (
    ANYONE,
    ARN_PARTS,
    Access,
    Decision,
    Effect,
    Principal,
    Statement,
    decide_identity,
    decide_resource,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from localaws.sigv4 import Credentials


class AccessDeniedError(Exception):
    """The access is not allowed; the text names the caller, the action, the resource and the reason, as AWS's does."""


ANY = Decision(Effect.ALLOWED)
"""What a boundary says that is none."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What is evaluated: the caller's own policies and what bounds them, and a resource's, with its owner's account."""

    identity: Sequence[Statement] = ()
    resource: Sequence[Statement] = ()
    owner: str | None = None
    boundary: Sequence[Statement] | None = None


class Identities(Protocol):
    """IAM and STS, as far as authentication and authorization need them."""

    def credentials(self, access_key_id: str) -> Credentials | None:
        """Return a key pair and whose it is, None when nobody has it."""

    def check_trust(self, role_arn: str, service: str) -> None:
        """Raise AccessDeniedError unless the role's trust policy lets an AWS service assume it."""

    def role_policies(self, role_arn: str) -> Policies:
        """Return a role's own policies, none when it is gone."""

    def policies(self, caller: Credentials) -> Policies:
        """Return a user's or a role's own policies, as they are now; a resource's are added by those who know it."""


def principal_of(caller: Credentials) -> Principal:
    """Return the holder of credentials as policies name it."""
    return Principal(caller.arn, caller.role_arn)


def session_principal(role_arn: str, session: str) -> Principal:
    """Return a session of a role as policies name it."""
    _, partition, _, _, account, role = role_arn.split(":", ARN_PARTS - 1)
    name = role.rpartition("/")[2]
    return Principal(f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}", role_arn)


def global_keys(principal: Principal, region: str) -> dict[str, str]:
    """Return the condition keys that every request has, and those of a user or a role.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    keys = {
        "aws:requestedregion": region,
        "aws:securetransport": "true",  # as on AWS, whatever this machine's connection is
    }
    if principal.account:
        keys |= {"aws:principalarn": principal.role_arn or principal.name, "aws:principalaccount": principal.account}
    return keys


def check(access: Access, policies: Policies) -> None:
    """Raise AccessDeniedError unless the access is allowed.

    In the resource's own account one side is enough; a caller from another account needs both. Services and unsigned
    requests have no policies of their own.
    """
    account = access.principal.account
    foreign = policies.owner is not None and account not in (None, policies.owner)
    sides = {
        "an identity-based policy": decide_identity(policies.identity, access),
        "a permissions boundary": decide_identity(policies.boundary, access) if policies.boundary is not None else ANY,
        "a resource-based policy": decide_resource(policies.resource, access, through_account=foreign),
    }
    identity, boundary, resource = (decision.effect is Effect.ALLOWED for decision in sides.values())
    for side, decision in sides.items():
        if decision.effect is Effect.DENIED:
            raise AccessDeniedError(_text(access, f"with an explicit deny in {side}", (decision,)))
    own = identity and boundary
    if (own and resource) if foreign else (own or resource):
        return
    if account is None or own:
        missing = "resource-based policy"
    else:
        missing = "permissions boundary" if identity else "identity-based policy"
    raise AccessDeniedError(_text(access, f"because no {missing} allows the {access.action} action", sides.values()))


def _text(access: Access, reason: str, decisions: Iterable[Decision]) -> str:
    resource = "" if access.resource is None else f" on resource: {access.resource}"
    doubts = "".join(f"; {doubt}" for decision in decisions for doubt in decision.doubts)
    caller = "anonymous" if access.principal == ANYONE else access.principal.name
    return f"User: {caller} is not authorized to perform: {access.action}{resource} {reason}{doubts}"
