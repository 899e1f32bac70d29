"""Lambda's look at a function's role, through its API: when it is refused, and when a key gets its grant."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import LocalAws
from support.clients import aws_client
from support.functions import TRUST

VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
NO_VPC: dict[str, list[str]] = {"SubnetIds": [], "SecurityGroupIds": []}
MAY_CONNECT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}


class Cloud:
    """Lambda, IAM and KMS, with a role `connected` that may connect to a VPC and a role `bare` that may do nothing."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.functions = aws_client(environment, "lambda")
        self.kms = aws_client(environment, "kms")
        iam = aws_client(environment, "iam")
        self.connected, self.bare = (
            str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"])
            for name in ("connected", "bare")
        )
        iam.put_role_policy(RoleName="connected", PolicyName="vpc", PolicyDocument=json.dumps(MAY_CONNECT))

    def create(self, name: str, role: str, **settings: Any) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("a.py", "")
        code = {"ZipFile": buffer.getvalue()}
        self.functions.create_function(
            FunctionName=name, Runtime="python3.13", Role=role, Handler="a.b", Code=code, **settings
        )

    def update(self, name: str, **settings: Any) -> None:
        self.functions.update_function_configuration(FunctionName=name, **settings)

    def key(self) -> str:
        return str(self.kms.create_key()["KeyMetadata"]["Arn"])

    def grants(self, key: str) -> list[str]:
        """Whom the key is granted to."""
        return [grant["GranteePrincipal"] for grant in self.kms.list_grants(KeyId=key)["Grants"]]

    def revoke(self, key: str) -> None:
        for grant in self.kms.list_grants(KeyId=key)["Grants"]:
            self.kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with LocalAws(region="eu-west-1") as aws:
        yield Cloud(aws.environment())


def test_a_refused_function_is_not_there(cloud: Cloud) -> None:
    """And one that exists keeps its settings."""
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*CreateNetworkInterface on EC2"):
        cloud.create("refused", cloud.bare, VpcConfig=VPC)
    with pytest.raises(cloud.functions.exceptions.ResourceNotFoundException):
        cloud.functions.get_function(FunctionName="refused")
    cloud.create("kept", cloud.connected, VpcConfig=VPC)
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*PutTraceSegments on XRAY"):
        cloud.update("kept", TracingConfig={"Mode": "Active"})
    settings = cloud.functions.get_function_configuration(FunctionName="kept")
    assert settings["TracingConfig"] == {"Mode": "PassThrough"}


def test_an_update_is_judged_by_what_the_function_becomes(cloud: Cloud) -> None:
    """Another role must allow what the function has already; a function that leaves its VPC needs nothing more."""
    cloud.create("changing", cloud.connected, VpcConfig=VPC)
    with pytest.raises(ClientError, match="CreateNetworkInterface on EC2"):
        cloud.update("changing", Role=cloud.bare)
    cloud.update("changing", Role=cloud.bare, VpcConfig=NO_VPC)
    assert cloud.functions.get_function_configuration(FunctionName="changing")["Role"] == cloud.bare


def test_what_is_no_role_is_told_as_ever(cloud: Cloud) -> None:
    """Not as a role without permissions."""
    with pytest.raises(ClientError, match="ValidationException"):
        cloud.create("roleless", "not-an-arn-of-a-role", VpcConfig=VPC)


def test_a_key_is_granted_when_it_or_the_role_changes(cloud: Cloud) -> None:
    """Once to each role; what somebody revoked comes back with the next such change only."""
    first, second = cloud.key(), cloud.key()
    cloud.create("encrypted", cloud.bare, KMSKeyArn=first)
    cloud.create("encrypted-too", cloud.bare, KMSKeyArn=first)
    assert cloud.grants(first) == [cloud.bare]
    cloud.revoke(first)
    cloud.update("encrypted", KMSKeyArn=first, Timeout=5)
    assert cloud.grants(first) == []
    cloud.update("encrypted", KMSKeyArn=second)
    cloud.update("encrypted", KMSKeyArn=first)
    cloud.update("encrypted", Role=cloud.connected)
    assert (cloud.grants(first), cloud.grants(second)) == ([cloud.bare, cloud.connected], [cloud.bare])


def test_a_key_that_is_taken_away_is_not_granted(cloud: Cloud) -> None:
    """Nor is one that this account doesn't have, which is no error here."""
    key = cloud.key()
    cloud.create("open", cloud.bare, KMSKeyArn=f"{key}0")
    cloud.update("open", KMSKeyArn="")
    assert cloud.grants(key) == []
