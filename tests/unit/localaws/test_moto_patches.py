"""The patches of moto, through its API as Terraform uses it."""

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

TRACING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "xray:*", "Resource": "*"}]}


class Cloud:
    """Clients of one local AWS."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        iam = self.client("iam")
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName="role", PolicyName="tracing", PolicyDocument=json.dumps(TRACING))
        self.role = role["Role"]["Arn"]
        self.lambda_ = self.client("lambda")

    def client(self, service: str) -> Any:
        return aws_client(self._environment, service)

    def create(self, name: str, **settings: Any) -> str:
        """Create a function that is never run and return its ARN."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("a.py", "")
        answer = self.lambda_.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role,
            Handler="a.b",
            Code={"ZipFile": buffer.getvalue()},
            **settings,
        )
        return str(answer["FunctionArn"])

    def statements(self, name: str) -> list[dict[str, Any]]:
        statements: list[dict[str, Any]] = json.loads(self.lambda_.get_policy(FunctionName=name)["Policy"])["Statement"]
        return statements


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with LocalAws(region="eu-west-1") as aws:
        yield Cloud(aws.environment())


def test_settings_survive(cloud: Cloud) -> None:
    """SnapStart, logging and a reserved concurrency of zero, at creation and after an update."""
    cloud.create("kept", SnapStart={"ApplyOn": "PublishedVersions"}, LoggingConfig={"LogFormat": "JSON"})
    config = cloud.lambda_.get_function_configuration(FunctionName="kept")
    assert config["SnapStart"]["ApplyOn"] == "PublishedVersions"
    assert config["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": "/aws/lambda/kept"}
    cloud.lambda_.publish_version(FunctionName="kept")
    cloud.lambda_.update_function_configuration(
        FunctionName="kept",
        LoggingConfig={"LogFormat": "Text"},
        TracingConfig={"Mode": "Active"},
        EphemeralStorage={"Size": 1024},
    )
    changed = cloud.lambda_.get_function_configuration(FunctionName="kept")
    assert changed["LoggingConfig"]["LogFormat"] == "Text"
    assert changed["TracingConfig"] == {"Mode": "Active"}
    assert changed["EphemeralStorage"] == {"Size": 1024}
    version = cloud.lambda_.get_function_configuration(FunctionName="kept", Qualifier="1")
    assert version["LoggingConfig"]["LogFormat"] == "JSON"
    cloud.lambda_.put_function_concurrency(FunctionName="kept", ReservedConcurrentExecutions=0)
    assert cloud.lambda_.get_function(FunctionName="kept")["Concurrency"] == {"ReservedConcurrentExecutions": 0}


@pytest.mark.parametrize("qualifier", ["", ":live"])
def test_the_stacks_permission_comes_and_goes(cloud: Cloud, qualifier: str) -> None:
    """As a statement with its condition; deleting the stack removes it."""
    name = f"stacked{len(qualifier)}"
    arn = cloud.create(name)
    cloud.lambda_.publish_version(FunctionName=name)
    cloud.lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    properties = {
        "FunctionName": arn + qualifier,
        "Action": "lambda:InvokeFunction",
        "Principal": "*",
        "InvokedViaFunctionUrl": True,
    }
    template = {"Resources": {"Grant": {"Type": "AWS::Lambda::Permission", "Properties": properties}}}
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))
    (statement,) = cloud.statements(name)
    assert statement.pop("Sid").startswith(f"{name}-Grant-")
    assert statement == {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Principal": "*",
        "Resource": arn + qualifier,
        "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
    }
    stacks.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.statements(name)


def test_a_stack_may_outlive_its_function(cloud: Cloud) -> None:
    """Deleting it then is no error."""
    properties = {"FunctionName": cloud.create("gone"), "Action": "lambda:InvokeFunction", "Principal": "*"}
    template = {"Resources": {"Grant": {"Type": "AWS::Lambda::Permission", "Properties": properties}}}
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName="gone", TemplateBody=json.dumps(template))
    cloud.lambda_.delete_function(FunctionName="gone")
    stacks.delete_stack(StackName="gone")
    assert stacks.list_stacks(StackStatusFilter=["CREATE_COMPLETE", "DELETE_FAILED"])["StackSummaries"] == []


def test_url_settings_are_updated(cloud: Cloud) -> None:
    """The invoke mode too, and CORS can be taken away again."""
    cloud.create("url")
    created = cloud.lambda_.create_function_url_config(FunctionName="url", AuthType="AWS_IAM")
    assert created["InvokeMode"] == "BUFFERED"
    cors = {"AllowOrigins": ["*"]}
    cloud.lambda_.update_function_url_config(FunctionName="url", InvokeMode="RESPONSE_STREAM", Cors=cors)
    changed = cloud.lambda_.get_function_url_config(FunctionName="url")
    assert (changed["InvokeMode"], changed["Cors"]) == ("RESPONSE_STREAM", cors)
    assert changed["FunctionUrl"] == created["FunctionUrl"]
    cloud.lambda_.update_function_url_config(FunctionName="url", Cors={})
    assert not cloud.lambda_.get_function_url_config(FunctionName="url").get("Cors")


@pytest.mark.parametrize(
    ("profile", "regions"),
    [
        ("eu.amazon.nova-lite-v1:0", ["eu-central-1", "eu-west-1", "eu-west-3"]),
        ("us-gov.amazon.nova-lite-v1:0", ["eu-west-1"]),
        ("global.amazon.nova-2-lite-v1:0", ["us-east-1", "eu-west-1", ""]),
    ],
)
def test_inference_profiles(cloud: Cloud, profile: str, regions: list[str]) -> None:
    """Every system profile exists, by id and by ARN."""
    bedrock = cloud.client("bedrock")
    arn = f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/{profile}"
    for identifier in (profile, arn):
        answer = bedrock.get_inference_profile(inferenceProfileIdentifier=identifier)
        model = profile.partition(".")[2]
        assert answer["inferenceProfileArn"] == arn
        assert [m["modelArn"] for m in answer["models"]] == [
            f"arn:aws:bedrock:{region}::foundation-model/{model}" for region in regions
        ]


def test_an_unknown_inference_profile(cloud: Cloud) -> None:
    """An id without a geography is none."""
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        cloud.client("bedrock").get_inference_profile(inferenceProfileIdentifier="nonsense")


@pytest.mark.parametrize(
    ("settings", "status"), [({"InvocationType": "DryRun"}, 204), ({"InvocationType": "Event"}, 202)]
)
def test_other_kinds_of_invocation(cloud: Cloud, settings: dict[str, Any], status: int) -> None:
    """A dry run runs nothing; an event is accepted at once."""
    name = f"invoked-{status}"
    cloud.create(name)
    answer = cloud.lambda_.invoke(FunctionName=name, **settings)
    assert (answer["StatusCode"], answer["Payload"].read()) == (status, b"")


def test_an_invocation_without_json_is_refused(cloud: Cloud) -> None:
    """As on AWS."""
    cloud.create("json")
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        cloud.lambda_.invoke(FunctionName="json", Payload=b"{")


def test_a_managed_function_without_wrapper_says_why(cloud: Cloud) -> None:
    """AWS's own runtime loop is not emulated."""
    cloud.create("managed", Timeout=20)
    answer = cloud.lambda_.invoke(FunctionName="managed")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "Runtime.NotEmulated"


def test_throttled_invocations(cloud: Cloud) -> None:
    """The API's own error code."""
    cloud.create("throttled")
    cloud.lambda_.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        cloud.lambda_.invoke(FunctionName="throttled")
