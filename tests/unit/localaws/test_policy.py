"""The policy evaluator: what grants, what denies, what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.policy import (
    ANYONE,
    Access,
    Effect,
    Principal,
    Statement,
    decide_identity,
    decide_resource,
    statements_of,
)

ACTION = "lambda:InvokeFunctionUrl"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
USER = Principal("arn:aws:iam::123456789012:user/ada")
ROLE_ARN = "arn:aws:iam::123456789012:role/path/r"
SESSION = Principal("arn:aws:sts::123456789012:assumed-role/r/s", ROLE_ARN)
SERVICE = Principal("cloudfront.amazonaws.com")
CONTEXT = {"lambda:functionurlauthtype": "NONE", "aws:sourcearn": "arn:aws:s3:::b", "aws:securetransport": "true"}
ALLOWED, DENIED, SILENT = Effect.ALLOWED, Effect.DENIED, Effect.SILENT


def statement(**changes: object) -> Statement:
    """An Allow of the access, with some members changed; None removes one."""
    usual: dict[str, object] = {"Effect": "Allow", "Action": ACTION, "Resource": ARN}
    return {key: value for key, value in {**usual, **changes}.items() if value is not None}


def by_identity(*statements: Statement, resource: str | None = ARN) -> Effect:
    return decide_identity(statements, Access(USER, ACTION, resource, CONTEXT)).effect


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ({}, ALLOWED),
        ({"Effect": "Deny"}, DENIED),
        ({"Effect": None}, DENIED),
        ({"Action": "*"}, ALLOWED),
        ({"Action": ["lambda:GetFunction", "lambda:Invoke*"]}, ALLOWED),
        ({"Action": "LAMBDA:invokefunctionUR?"}, ALLOWED),
        ({"Action": "lambda:InvokeFunction"}, SILENT),
        ({"Action": "lambda.InvokeFunctionUrl"}, SILENT),
        ({"Action": None}, SILENT),
        ({"Action": None, "NotAction": "lambda:Get*"}, ALLOWED),
        ({"Action": None, "NotAction": ["s3:*", "lambda:*"]}, SILENT),
        ({"Resource": "*"}, ALLOWED),
        ({"Resource": f"{ARN}*"}, ALLOWED),
        ({"Resource": f"{ARN}:alias"}, SILENT),
        ({"Resource": ["arn:aws:s3:::b", "arn:aws:lambda:*:123456789012:function:?"]}, ALLOWED),
        ({"Resource": "arn:aws:lambda:*"}, SILENT),  # a wildcard does not reach over a colon
        ({"Resource": "arn:aws:*:function:f"}, SILENT),
        ({"Resource": "arn:aws:lambda:us-east-1:123456789012:function:[f]"}, SILENT),
        ({"Resource": None}, SILENT),
        ({"Resource": None, "NotResource": "arn:aws:lambda:*:*:function:g"}, ALLOWED),
        ({"Resource": None, "NotResource": ARN}, SILENT),
    ],
)
def test_actions_and_resources(changes: dict[str, object], effect: Effect) -> None:
    """Each must match, by wildcards where it has some."""
    assert by_identity(statement(**changes)) is effect


@pytest.mark.parametrize(
    ("resource", "pattern", "effect"),
    [
        ("*", "*", ALLOWED),
        ("*", ARN, SILENT),
        ("*", "arn:aws:lambda:*:*:*", SILENT),
        (None, ARN, ALLOWED),
        (None, "arn:aws:lambda:us-east-1:123456789012:function:other", ALLOWED),
    ],
)
def test_actions_without_a_resource(resource: str | None, pattern: str, effect: Effect) -> None:
    """`*` is matched by `*` only; a resource that is not known is matched by all."""
    assert by_identity(statement(Resource=pattern), resource=resource) is effect


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "effect"),
    [
        ("StringEquals", "lambda:FunctionUrlAuthType", "NONE", ALLOWED),
        ("StringEquals", "LAMBDA:functionurlauthtype", ["AWS_IAM", "NONE"], ALLOWED),
        ("StringEquals", "lambda:FunctionUrlAuthType", "none", SILENT),
        ("StringEquals", "lambda:FunctionUrlAuthType", [], SILENT),
        ("StringEquals", "aws:PrincipalOrgID", "o-1", SILENT),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1", ALLOWED),
        ("StringEqualsIfExists", "lambda:FunctionUrlAuthType", "AWS_IAM", SILENT),
        ("StringNotEquals", "lambda:FunctionUrlAuthType", "AWS_IAM", ALLOWED),
        ("StringNotEquals", "lambda:FunctionUrlAuthType", ["AWS_IAM", "NONE"], SILENT),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1", ALLOWED),
        ("StringEqualsIgnoreCase", "lambda:FunctionUrlAuthType", "none", ALLOWED),
        ("StringNotEqualsIgnoreCase", "lambda:FunctionUrlAuthType", "none", SILENT),
        ("StringNotEqualsIgnoreCase", "lambda:FunctionUrlAuthType", "aws_iam", ALLOWED),
        ("StringLike", "lambda:FunctionUrlAuthType", "N?N*", ALLOWED),
        ("StringNotLike", "lambda:FunctionUrlAuthType", "A*", ALLOWED),
        ("ArnEquals", "aws:SourceArn", "arn:aws:s3:::*", ALLOWED),
        ("ArnLike", "aws:SourceArn", "arn:*:s3:*:*:b", ALLOWED),
        ("ArnLike", "aws:SourceArn", "arn:*", SILENT),
        ("ArnNotEquals", "aws:SourceArn", "arn:aws:s3:::b", SILENT),
        ("ArnNotEquals", "aws:SourceArn", "arn:aws:s3:::c", ALLOWED),
        ("ArnNotLike", "aws:SourceArn", "arn:aws:s3:::c*", ALLOWED),
        ("Bool", "aws:SecureTransport", True, ALLOWED),
        ("Bool", "aws:SecureTransport", "True", ALLOWED),
        ("Bool", "aws:SecureTransport", False, SILENT),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "true", ALLOWED),
        ("Null", "aws:SourceArn", "false", ALLOWED),
        ("Null", "aws:SourceArn", "true", SILENT),
        ("Null", "aws:PrincipalOrgID", True, ALLOWED),
        ("ForAnyValue:StringEquals", "lambda:FunctionUrlAuthType", "NONE", ALLOWED),
        ("ForAnyValue:StringEquals", "aws:PrincipalOrgID", "o-1", SILENT),
        ("ForAnyValue:StringNotEquals", "aws:PrincipalOrgID", "o-1", SILENT),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1", ALLOWED),
        ("ForAllValues:StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM", SILENT),
    ],
)
def test_conditions(operator: str, key: str, wanted: Any, effect: Effect) -> None:
    """A key that is absent fails what asks for its value, and passes what excludes one."""
    assert by_identity(statement(Condition={operator: {key: wanted}})) is effect


@pytest.mark.parametrize(
    ("operator", "wanted", "address", "effect"),
    [
        ("IpAddress", "127.0.0.0/8", "127.0.0.1", ALLOWED),
        ("IpAddress", "127.0.0.1", "127.0.0.1", ALLOWED),
        ("IpAddress", ["10.0.0.0/8", "127.0.0.3/24"], "127.0.0.1", ALLOWED),
        ("IpAddress", "10.0.0.0/8", "127.0.0.1", SILENT),
        ("IpAddress", "::1/128", "127.0.0.1", SILENT),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", ALLOWED),
        ("NotIpAddress", "127.0.0.0/8", "127.0.0.1", SILENT),
        ("NotIpAddress", "10.0.0.0/8", "127.0.0.1", ALLOWED),
    ],
)
def test_addresses(operator: str, wanted: Any, address: str, effect: Effect) -> None:
    """One, or a network of them."""
    access = Access(USER, ACTION, ARN, {"aws:sourceip": address})
    assert decide_identity([statement(Condition={operator: {"aws:SourceIp": wanted}})], access).effect is effect


def test_every_condition_must_hold() -> None:
    """Every operator and every key."""
    holds, fails = {"lambda:FunctionUrlAuthType": "NONE"}, {"aws:SourceArn": "arn:aws:s3:::other"}
    assert by_identity(statement(Condition={"StringEquals": holds})) is ALLOWED
    assert by_identity(statement(Condition={"StringEquals": holds | fails})) is SILENT
    assert by_identity(statement(Condition={"StringEquals": holds, "ArnLike": fails})) is SILENT


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}}, "condition operator NumericLessThan"),
        ({"Condition": {"ForSomeValue:StringEquals": {"a": "b"}}}, "condition operator ForSomeValue:StringEquals"),
        ({"Condition": {"Null": {"a": "true"}, "DateLessThan": {"b": "c"}}}, "condition operator DateLessThan"),
        ({"Condition": {"IpAddress": {"aws:SourceArn": "127.0.0.1"}}}, "malformed address"),
        ({"Condition": "nonsense"}, "malformed condition"),
        ({"Condition": {"StringEquals": "nonsense"}}, "malformed condition"),
        ({"Resource": "arn:aws:s3:::${aws:username}"}, "policy variable"),
        ({"Resource": None, "NotResource": "arn:aws:s3:::${aws:username}"}, "policy variable"),
        ({"Condition": {"StringEquals": {"a": "${aws:username}"}}}, "policy variable"),
    ],
)
def test_what_is_not_understood_never_grants(changes: dict[str, object], words: str) -> None:
    """It grants nothing, or denies, and the decision names the statement and the reason."""
    access = Access(USER, ACTION, ARN, CONTEXT)
    allow = decide_identity([statement(Sid="Odd", **changes)], access)
    deny = decide_identity([statement(), statement(Effect="Deny", **changes)], access)
    assert (allow.effect, deny.effect) == (SILENT, DENIED)
    assert allow.doubts[0].startswith("statement Odd has ")
    assert all(words in decision.doubts[0] for decision in (allow, deny))


def test_what_does_not_concern_the_access_leaves_no_doubt() -> None:
    """An unknown operator elsewhere changes nothing."""
    odd = statement(Action="s3:GetObject", Effect="Deny", Condition={"DateLessThan": {"aws:CurrentTime": "2000"}})
    assert decide_identity([odd, statement()], Access(USER, ACTION, ARN)).doubts == ()


def test_a_denial_wins() -> None:
    """In whatever order."""
    deny = statement(Effect="Deny", Resource="*")
    assert by_identity(statement(), deny) is by_identity(deny, statement()) is DENIED
    assert by_identity(statement(), statement(Effect="Deny", Action="s3:*")) is ALLOWED


def test_nothing_says_nothing() -> None:
    """Which is no permission."""
    assert by_identity() is SILENT


@pytest.mark.parametrize(
    ("principal", "caller", "effect"),
    [
        ("*", ANYONE, ALLOWED),
        ("*", USER, ALLOWED),
        ("*", SERVICE, ALLOWED),
        ({"AWS": "*"}, ANYONE, ALLOWED),
        ({"AWS": ["arn:aws:iam::1:root", "*"]}, USER, ALLOWED),
        ({"AWS": "*"}, SERVICE, SILENT),
        ({"AWS": USER.name}, USER, ALLOWED),
        (USER.name, USER, ALLOWED),  # as moto keeps it
        ({"AWS": USER.name}, ANYONE, SILENT),
        ({"AWS": "arn:aws:iam::123456789012:user/*"}, USER, SILENT),  # names have no wildcards
        ({"AWS": ROLE_ARN}, SESSION, ALLOWED),
        ({"AWS": SESSION.name}, SESSION, ALLOWED),
        ({"AWS": "123456789012"}, USER, SILENT),
        ({"Service": "cloudfront.amazonaws.com"}, SERVICE, ALLOWED),
        ({"Service": ["a.amazonaws.com", "b.amazonaws.com"]}, SERVICE, SILENT),
        ({"Service": "cloudfront.amazonaws.com"}, USER, SILENT),
        ({"Federated": "accounts.google.com"}, USER, SILENT),
        (None, USER, SILENT),
    ],
)
def test_principals(principal: object, caller: Principal, effect: Effect) -> None:
    """A resource's policy counts for those that it names."""
    access = Access(caller, ACTION, ARN, CONTEXT)
    assert decide_resource([statement(Principal=principal)], access).effect is effect


@pytest.mark.parametrize("principal", ["123456789012", "arn:aws:iam::123456789012:root"])
def test_a_grant_to_an_account(principal: str) -> None:
    """Lets the account grant on; a denial to it is one to all in it."""
    access, grant = Access(USER, ACTION, ARN), statement(Principal={"AWS": principal})
    assert decide_resource([grant], access).effect is SILENT
    assert decide_resource([grant], access, through_account=True).effect is ALLOWED
    assert decide_resource([{**grant, "Effect": "Deny"}], access).effect is DENIED
    assert decide_resource([grant], Access(ANYONE, ACTION, ARN), through_account=True).effect is SILENT


def test_everybody_but() -> None:
    """NotPrincipal excludes those that it names, and their account."""
    deny = statement(Effect="Deny", NotPrincipal={"AWS": "arn:aws:iam::123456789012:root"})
    assert decide_resource([deny], Access(USER, ACTION, ARN)).effect is SILENT
    assert decide_resource([deny], Access(ANYONE, ACTION, ARN)).effect is DENIED


def test_trust_policies() -> None:
    """They name no resource: it is their role."""
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "sts:AssumeRole"}
    assert decide_resource([trust], Access(SERVICE, "sts:AssumeRole", ROLE_ARN)).effect is ALLOWED
    assert decide_resource([trust], Access(USER, "sts:AssumeRole", ROLE_ARN)).effect is SILENT


def test_documents() -> None:
    """A single statement need not be in a list."""
    one = {"Effect": "Allow"}
    assert statements_of(json.dumps({"Statement": one})) == (one,)
    assert statements_of(json.dumps({"Statement": [one, one]})) == (one, one)
    assert statements_of("{}") == ()
