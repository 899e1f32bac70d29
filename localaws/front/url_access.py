"""Who may invoke a Function URL. No I/O.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html (since October 2025) and
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
"""

from __future__ import annotations

from localaws.authorization import Policies, check, global_keys
from localaws.policy import ANYONE, Access, Principal

URL_ACTION = "lambda:InvokeFunctionUrl"
INVOKE_ACTION = "lambda:InvokeFunction"
NO_AUTHORIZATION = "NONE"
IAM_AUTHORIZATION = "AWS_IAM"


def check_public(function_arn: str, policies: Policies) -> None:
    """Raise AccessDeniedError unless everybody has both grants that a URL with authorization NONE needs."""
    _check_both(ANYONE, function_arn, policies, NO_AUTHORIZATION)


def check_signed(caller: Principal, function_arn: str, policies: Policies) -> None:
    """Raise AccessDeniedError unless a user or a role may do both that a URL with authorization AWS_IAM needs."""
    _check_both(caller, function_arn, policies, IAM_AUTHORIZATION)


def check_distribution(distribution_arn: str, function_arn: str, policies: Policies) -> None:
    """Raise AccessDeniedError unless CloudFront may do both on behalf of a distribution.

    A grant to it has neither of the conditions that other callers' grants can have.
    """
    keys = {"aws:sourcearn": distribution_arn, "aws:sourceaccount": distribution_arn.split(":")[4]}
    for action in (URL_ACTION, INVOKE_ACTION):
        check(Access(Principal("cloudfront.amazonaws.com"), action, function_arn, keys), policies)


def _check_both(caller: Principal, function_arn: str, policies: Policies, auth_type: str) -> None:
    keys = {
        URL_ACTION: {"lambda:functionurlauthtype": auth_type},
        INVOKE_ACTION: {"lambda:invokedviafunctionurl": "true"},
    }
    common = global_keys(caller, function_arn.split(":")[3])
    for action, own in keys.items():
        check(Access(caller, action, function_arn, common | own), policies)
