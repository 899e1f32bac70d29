"""Provisioned concurrency, and changes of the environment's key, through Lambda's API as Terraform uses it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAws
from support.clients import aws_client

NAME = "chat"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


@pytest.fixture(scope="module")
def functions() -> Iterator[Any]:
    """Lambda, with a function whose version 1 is `live` and whose reserved concurrency is 2."""
    with LocalAws(region="eu-west-1") as aws:
        environment = aws.environment()
        iam, lambda_ = aws_client(environment, "iam"), aws_client(environment, "lambda")
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("a.py", "")
        code = {"ZipFile": archive.getvalue()}
        lambda_.create_function(
            FunctionName=NAME, Runtime="python3.13", Role=role, Handler="a.b", Code=code, KMSKeyArn=KEY, Publish=True
        )
        lambda_.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
        lambda_.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=2)
        yield lambda_


def test_what_is_provisioned_is_told_until_it_is_deleted(functions: Any) -> None:
    """READY at once; afterwards there is none, and deleting again does no harm."""
    target = {"FunctionName": NAME, "Qualifier": "live"}
    put = functions.put_provisioned_concurrency_config(**target, ProvisionedConcurrentExecutions=2)
    got = functions.get_provisioned_concurrency_config(**target)
    assert [(answer["RequestedProvisionedConcurrentExecutions"], answer["Status"]) for answer in (put, got)] == [
        (2, "READY"),
        (2, "READY"),
    ]
    for _ in range(2):
        functions.delete_provisioned_concurrency_config(**target)
    with pytest.raises(functions.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        functions.get_provisioned_concurrency_config(**target)


@pytest.mark.parametrize(
    ("qualifier", "wanted", "code", "said"),
    [
        ("live", 3, "InvalidParameterValueException", "greater than the reservedConcurrentExecution"),
        ("$LATEST", 1, "InvalidParameterValueException", "unpublished"),
        ("missing", 1, "ResourceNotFoundException", "missing"),
    ],
)
def test_what_lambda_refuses(functions: Any, qualifier: str, wanted: int, code: str, said: str) -> None:
    """More than is reserved, what is not published, and what does not exist."""
    with pytest.raises(ClientError) as refusal:
        functions.put_provisioned_concurrency_config(
            FunctionName=NAME, Qualifier=qualifier, ProvisionedConcurrentExecutions=wanted
        )
    error = refusal.value.response["Error"]
    assert (error["Code"], said in error["Message"]) == (code, True)


def test_the_key_is_kept_changed_and_removed(functions: Any) -> None:
    """In the function, while the published version keeps its own."""

    def key(**version: str) -> str | None:
        value: str | None = functions.get_function_configuration(FunctionName=NAME, **version).get("KMSKeyArn")
        return value

    assert key() == KEY
    functions.update_function_configuration(FunctionName=NAME, KMSKeyArn=f"{KEY}2", Timeout=5)
    assert key() == f"{KEY}2"
    functions.update_function_configuration(FunctionName=NAME, Timeout=6)
    assert key() == f"{KEY}2"
    functions.update_function_configuration(FunctionName=NAME, KMSKeyArn="")
    assert not key()
    assert key(Qualifier="1") == KEY
