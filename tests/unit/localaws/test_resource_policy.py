"""Resource policies: what grants, what does not."""

from __future__ import annotations

import pytest

from localaws.front.function_url import ForbiddenError, check_public_access
from localaws.front.resource_policy import Access, Statement, allows

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
URL_ACCESS = Access("*", "lambda:InvokeFunctionUrl", ARN, {"lambda:functionurlauthtype": "NONE"})


def statement(**changes: object) -> Statement:
    """Return the usual first grant with some members changed; None removes one."""
    usual: dict[str, object] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "lambda:InvokeFunctionUrl",
        "Resource": ARN,
        "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    }
    return {key: value for key, value in {**usual, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "granted"),
    [
        ({}, True),
        ({"Condition": None}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ["arn:aws:iam::1:root", "*"]}}, True),
        ({"Principal": {"Service": "apigateway.amazonaws.com"}}, False),
        ({"Principal": None}, False),
        ({"Action": ["lambda:GetFunction", "lambda:Invoke*"]}, True),
        ({"Action": "lambda:InvokeFunction"}, False),
        ({"Resource": f"{ARN}:alias"}, False),
        ({"Resource": f"{ARN}*"}, True),
        ({"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}}, False),
        ({"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": ["AWS_IAM", "NONE"]}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Condition": {"NumericLessThan": {"lambda:FunctionUrlAuthType": "NONE"}}}, False),
        ({"Condition": "nonsense"}, False),
        ({"Condition": {"StringEquals": "nonsense"}}, False),
        ({"Effect": "Deny"}, False),
    ],
)
def test_one_statement(changes: dict[str, object], granted: bool) -> None:
    """Every part must match, and what is not understood never grants."""
    assert allows([statement(**changes)], URL_ACCESS) is granted


def test_a_denial_wins() -> None:
    """Whatever else allows."""
    assert not allows([statement(), statement(Effect="Deny")], URL_ACCESS)


@pytest.mark.parametrize("value", [True, "true", "True"])
def test_bool_conditions(value: object) -> None:
    """A JSON boolean and its text are the same."""
    access = Access("*", "lambda:InvokeFunction", ARN, {"lambda:invokedviafunctionurl": "true"})
    condition = {"Bool": {"lambda:InvokedViaFunctionUrl": value}}
    assert allows([statement(Action="lambda:InvokeFunction", Condition=condition)], access)


def test_a_public_url_needs_both_grants() -> None:
    """The message names the one that is missing."""
    second = statement(Action="lambda:InvokeFunction", Condition={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}})
    with pytest.raises(ForbiddenError, match="lambda:InvokeFunctionUrl"):
        check_public_access([second], ARN)
    with pytest.raises(ForbiddenError, match="lambda:InvokeFunction "):
        check_public_access([statement()], ARN)
    check_public_access([statement(), second], ARN)
