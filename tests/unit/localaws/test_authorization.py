"""Authorization: which policies must allow an access, and what its refusal says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localaws.authorization import AccessDeniedError, Policies, check, global_keys, principal_of
from localaws.bedrock.access import needed_accesses
from localaws.front.url_access import INVOKE_ACTION, URL_ACTION, check_distribution, check_public, check_signed
from localaws.policy import ANYONE, Access, Principal, Statement
from localaws.sigv4 import Credentials

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
OWNER = "123456789012"
USER = Principal("arn:aws:iam::123456789012:user/ada")
STRANGER = Principal("arn:aws:iam::210987654321:user/eve")
SESSION = Principal("arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:iam::123456789012:role/r")
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E1"
BY_NONE = {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
BY_IAM = {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}
BY_URL = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
BY_DISTRIBUTION = {"ArnLike": {"AWS:SourceArn": DISTRIBUTION}}


def grant(action: str, principal: object = None, condition: object = None, effect: str = "Allow") -> Statement:
    members = {"Principal": principal, "Condition": condition}
    found = {name: value for name, value in members.items() if value is not None}
    return {"Effect": effect, "Action": action, "Resource": ARN, **found}


def both(principal: object = None, url: object = None, invoke: object = None) -> list[Statement]:
    return [grant(URL_ACTION, principal, url), grant(INVOKE_ACTION, principal, invoke)]


def is_allowed(check_it: Callable[[], None]) -> bool:
    try:
        check_it()
    except AccessDeniedError:
        return False
    return True


@pytest.mark.parametrize(
    ("caller", "identity", "resource", "allowed"),
    [
        (USER, True, False, True),
        (USER, False, True, True),
        (USER, False, False, False),
        (STRANGER, True, True, True),
        (STRANGER, True, False, False),
        (STRANGER, False, True, False),
        (ANYONE, True, True, True),
        (ANYONE, False, False, False),
    ],
)
def test_sides(caller: Principal, identity: bool, resource: bool, allowed: bool) -> None:
    """One is enough in the resource's account, a stranger needs both."""
    policies = Policies(
        identity=[grant(URL_ACTION)] if identity else [],
        resource=[grant(URL_ACTION, "*")] if resource else [],
        owner=OWNER,
    )
    assert is_allowed(lambda: check(Access(caller, URL_ACTION, ARN), policies)) is allowed


@pytest.mark.parametrize(
    ("boundary", "resource", "allowed"),
    [
        ([grant("lambda:*")], [], True),
        ([grant("s3:*")], [], False),
        ([], [], False),
        ([], [grant(URL_ACTION, "*")], True),
        ([grant(URL_ACTION, effect="Deny")], [grant(URL_ACTION, "*")], False),
    ],
)
def test_a_boundary_bounds_the_callers_own_policies(
    boundary: list[Statement], resource: list[Statement], allowed: bool
) -> None:
    """But not what a resource grants."""
    policies = Policies([grant(URL_ACTION)], resource, boundary=boundary)
    assert is_allowed(lambda: check(Access(USER, URL_ACTION, ARN), policies)) is allowed


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        (
            Policies([grant(URL_ACTION)], boundary=[]),
            "because no permissions boundary allows the lambda:InvokeFunctionUrl action",
        ),
        (Policies(), "because no identity-based policy allows the lambda:InvokeFunctionUrl action"),
        (
            Policies([grant(URL_ACTION), grant(URL_ACTION, effect="Deny")]),
            "with an explicit deny in an identity-based policy",
        ),
        (
            Policies([grant(URL_ACTION)], boundary=[grant(URL_ACTION, effect="Deny")]),
            "with an explicit deny in a permissions boundary",
        ),
        (
            Policies([grant(URL_ACTION)], [grant(URL_ACTION, "*", effect="Deny")]),
            "with an explicit deny in a resource-based policy",
        ),
        (
            Policies([grant(URL_ACTION, condition={"DateLessThan": {"aws:SourceIp": "::1"}})]),
            "because no identity-based policy allows .* action; .* has the condition operator DateLessThan, .*",
        ),
    ],
)
def test_refusals_say_who_what_and_why(policies: Policies, reason: str) -> None:
    """In AWS's words."""
    expected = f"^User: {USER.name} is not authorized to perform: {URL_ACTION} on resource: {ARN} {reason}$"
    with pytest.raises(AccessDeniedError, match=expected):
        check(Access(USER, URL_ACTION, ARN), policies)


def test_strangers_are_told_the_side_that_lacks() -> None:
    """And an unknown resource is not named."""
    with pytest.raises(AccessDeniedError, match=f"perform: {URL_ACTION} because no resource-based policy allows the"):
        check(Access(STRANGER, URL_ACTION, None), Policies(identity=[grant(URL_ACTION)], owner=OWNER))


@pytest.mark.parametrize("caller", [ANYONE, Principal("cloudfront.amazonaws.com")])
def test_who_has_no_policies_is_told_of_the_resources(caller: Principal) -> None:
    """Nobody could give an identity-based policy to an unsigned request or to a service."""
    with pytest.raises(AccessDeniedError, match="because no resource-based policy allows the"):
        check(Access(caller, URL_ACTION, ARN), Policies(owner=OWNER))


def test_condition_keys_of_every_request() -> None:
    """A session is known by its role; who did not sign has no account."""
    assert global_keys(SESSION, "eu-west-1")["aws:principalarn"] == SESSION.role_arn
    assert global_keys(USER, "eu-west-1") == {
        "aws:requestedregion": "eu-west-1",
        "aws:securetransport": "true",
        "aws:principalarn": USER.name,
        "aws:principalaccount": OWNER,
    }
    assert "aws:principalaccount" not in global_keys(ANYONE, "eu-west-1")
    assert principal_of(Credentials("ASIA", "s", "t", SESSION.name, "id", SESSION.role_arn)) == SESSION


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        (both("*", BY_NONE, BY_URL), True),
        (both({"AWS": "*"}), True),
        (both("*", BY_NONE, BY_URL)[:1], False),
        (both("*", BY_NONE, BY_URL)[1:], False),
        (both("*", BY_IAM, BY_URL), False),
        (both("*", BY_NONE, BY_NONE), False),
        (both(USER.name, BY_NONE, BY_URL), False),
        ([], False),
    ],
)
def test_urls_without_authorization(policy: list[Statement], allowed: bool) -> None:
    """Everybody needs both grants."""
    assert is_allowed(lambda: check_public(ARN, Policies(resource=policy, owner=OWNER))) is allowed


@pytest.mark.parametrize(
    ("caller", "identity", "resource", "allowed"),
    [
        (USER, both(), [], True),
        (USER, both(None, BY_IAM, BY_URL), [], True),
        (USER, both(None, BY_NONE, BY_URL), [], False),
        (USER, [grant("lambda:Invoke*")], [], True),
        (USER, both()[:1], [], False),
        (USER, both()[1:], [], False),
        (USER, [], both({"AWS": USER.name}, BY_IAM, BY_URL), True),
        (USER, both()[:1], both({"AWS": USER.name}, BY_IAM, BY_URL)[1:], True),
        (USER, [], both("*", BY_NONE, BY_URL), False),
        (USER, both(), [grant(INVOKE_ACTION, "*", effect="Deny")], False),
        (SESSION, [], both({"AWS": SESSION.role_arn}, BY_IAM, BY_URL), True),
        (STRANGER, both(), [], False),
        (STRANGER, both(), both({"AWS": "210987654321"}, BY_IAM, BY_URL), True),
        (STRANGER, both(), both({"AWS": STRANGER.name}, BY_IAM, BY_URL)[:1], False),
        (STRANGER, [], both({"AWS": STRANGER.name}, BY_IAM, BY_URL), False),
    ],
)
def test_signed_urls(caller: Principal, identity: list[Statement], resource: list[Statement], allowed: bool) -> None:
    """The caller needs both actions, each on one side, and from another account on both."""
    policies = Policies(identity, resource, OWNER)
    assert is_allowed(lambda: check_signed(caller, ARN, policies)) is allowed


CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        (both(CLOUDFRONT, BY_DISTRIBUTION, BY_DISTRIBUTION), True),
        (both(CLOUDFRONT), True),
        (both(CLOUDFRONT, BY_DISTRIBUTION, BY_DISTRIBUTION)[:1], False),
        (both(CLOUDFRONT, BY_DISTRIBUTION, BY_DISTRIBUTION)[1:], False),
        (both(CLOUDFRONT, {"ArnLike": {"AWS:SourceArn": f"{DISTRIBUTION}2"}}, BY_DISTRIBUTION), False),
        (both(CLOUDFRONT, BY_IAM, BY_URL), False),
        (both(CLOUDFRONT, {"StringEquals": {"AWS:SourceAccount": OWNER}}), True),
        (both({"Service": "apigateway.amazonaws.com"}), False),
        (both({"AWS": "*"}), False),
        (both("*", BY_IAM, BY_URL), False),
    ],
)
def test_cloudfront(policy: list[Statement], allowed: bool) -> None:
    """It needs both actions, for its distribution, without the two conditions of other callers."""
    policies = Policies(resource=policy, owner=OWNER)
    assert is_allowed(lambda: check_distribution(DISTRIBUTION, ARN, policies)) is allowed


MODEL = "arn:aws:bedrock:{}::foundation-model/amazon.nova-2-lite-v1:0"
PROFILE = "arn:aws:bedrock:us-west-2:123456789012:inference-profile/"
OTHER_PROFILE = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc"


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("amazon.nova-2-lite-v1:0", [(MODEL.format("us-west-2"), "us-west-2", None)]),
        (MODEL.format("us-west-2"), [(MODEL.format("us-west-2"), "us-west-2", None)]),
        ("deepseek.v3.2", [("arn:aws:bedrock:us-west-2::foundation-model/deepseek.v3.2", "us-west-2", None)]),
        (OTHER_PROFILE, [(OTHER_PROFILE, "us-west-2", None)]),
        *(
            (
                identifier,
                [
                    (f"{PROFILE}eu.amazon.nova-2-lite-v1:0", "us-west-2", None),
                    *(
                        (MODEL.format(region), region, f"{PROFILE}eu.amazon.nova-2-lite-v1:0")
                        for region in ("eu-central-1", "eu-west-1", "eu-west-3")
                    ),
                ],
            )
            for identifier in ("eu.amazon.nova-2-lite-v1:0", f"{PROFILE}eu.amazon.nova-2-lite-v1:0")
        ),
        (
            "global.amazon.nova-2-lite-v1:0",
            [
                (f"{PROFILE}global.amazon.nova-2-lite-v1:0", "us-west-2", None),
                *(
                    (MODEL.format(region), region or "unspecified", f"{PROFILE}global.amazon.nova-2-lite-v1:0")
                    for region in ("us-west-2", "us-east-1", "eu-west-1", "")
                ),
            ],
        ),
    ],
)
def test_what_a_model_needs(model_id: str, expected: list[tuple[str, str, str | None]]) -> None:
    """Its ARN, the region that the condition sees, and the profile in whose name it is called."""
    accesses = needed_accesses(SESSION, model_id, "us-west-2")
    assert {access.action for access in accesses} == {"bedrock:InvokeModelWithResponseStream"}
    assert [
        (each.resource, each.context["aws:requestedregion"], each.context.get("bedrock:inferenceprofilearn"))
        for each in accesses
    ] == expected
