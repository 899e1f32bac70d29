"""`roots/function-settings`: every setting of the function, its alias, and a role that is not the module's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localaws import terraform
from localaws.server import LocalAws
from localaws.workspace import make_workspace
from support.client import Client
from support.terraform import Root
from support.waiting import eventually

FOLDER = Path(__file__).parent / "roots" / "function-settings"
NAME = "settings"
TAGS = {"team": "support"}


@pytest.fixture(scope="module")
def root(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    folder = tmp_path_factory.mktemp(NAME)
    workspace = make_workspace(FOLDER, folder / "tree")
    root = Root(workspace, terraform.cli_environment(folder, aws.child_environment()), name=NAME)
    root.init()
    yield root
    root.destroy()


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture
def client(outputs: dict[str, Any]) -> Client:
    return Client(outputs["chat"]["function_url"])


def test_the_url_of_the_alias_streams(client: Client) -> None:
    """To anyone: both grants count for the alias."""
    answer = client.ask({"message": "[tokens=30 pace_ms=20]"})
    assert answer.types == ["start", *["token"] * 30, "usage", "done"]
    assert answer.tokens[-1].seconds - answer.tokens[0].seconds > 0.4


def test_every_grant_is_the_aliass(outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """None lets anyone invoke the function past its alias, and the URL is the alias's."""
    functions = api("lambda")
    policy = json.loads(functions.get_policy(FunctionName=NAME, Qualifier="live")["Policy"])
    assert {statement["Resource"] for statement in policy["Statement"]} == {outputs["chat"]["alias_arn"]}
    assert {statement["Action"] for statement in policy["Statement"]} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    url = functions.get_function_url_config(FunctionName=NAME, Qualifier="live")
    assert url["FunctionArn"] == outputs["chat"]["alias_arn"] == f"{outputs['chat']['function_arn']}:live"


def test_lambda_has_every_setting(outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """In the version that the alias stands for."""
    settings = api("lambda").get_function_configuration(FunctionName=NAME, Qualifier="live")
    assert settings["Version"] == "1"
    assert (settings["MemorySize"], settings["EphemeralStorage"], settings["Architectures"]) == (
        256,
        {"Size": 1024},
        ["x86_64"],
    )
    assert settings["TracingConfig"] == {"Mode": "Active"}
    assert settings["VpcConfig"]["SubnetIds"] == ["subnet-0123456789abcdef0"]
    assert settings["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "DEBUG",
        "LogGroup": outputs["chat"]["log_group_name"],
    }
    provisioned = api("lambda").get_provisioned_concurrency_config(FunctionName=NAME, Qualifier="live")
    assert (provisioned["RequestedProvisionedConcurrentExecutions"], provisioned["Status"]) == (2, "READY")


def test_the_role_allows_what_the_settings_need(outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """And names the key that encrypts the environment."""
    key = api("lambda").get_function_configuration(FunctionName=NAME)["KMSKeyArn"]
    role = outputs["chat"]["role_arn"].rpartition("/")[2]
    policy = api("iam").get_role_policy(RoleName=role, PolicyName="run")["PolicyDocument"]
    statements = {statement["Sid"]: statement["Resource"] for statement in policy["Statement"]}
    assert list(statements) == ["WriteLogs", "ConnectToVpc", "SendTraces", "DecryptEnvironment"]
    assert statements["DecryptEnvironment"] == key
    assert (
        api("iam")
        .get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        .endswith(f":policy/{NAME}-boundary")
    )


def test_everything_that_can_be_tagged_is(outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """The function, its role, its log group and the stack; an alias, a URL and a permission take no tags."""
    role = outputs["chat"]["role_arn"].rpartition("/")[2]
    groups = api("logs").describe_log_groups(logGroupNamePrefix=outputs["chat"]["log_group_name"])["logGroups"]
    stack = api("cloudformation").describe_stacks(StackName=f"{NAME}-public-invoke-grant")["Stacks"][0]
    assert api("lambda").list_tags(Resource=outputs["chat"]["function_arn"])["Tags"] == TAGS
    assert {tag["Key"]: tag["Value"] for tag in api("iam").list_role_tags(RoleName=role)["Tags"]} == TAGS
    assert api("logs").list_tags_for_resource(resourceArn=groups[0]["arn"].removesuffix(":*"))["tags"] == TAGS
    assert {tag["Key"]: tag["Value"] for tag in stack["Tags"]} == TAGS


def test_every_line_of_the_log_is_json(client: Client, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Lambda's own, and the function's."""
    answer = client.ask({"message": "[pace_ms=1]", "model": "stand-in.fails-mid-stream"})
    request_id = answer.last["error"]["request_id"]

    def lines() -> list[dict[str, Any]]:
        events = api("logs").filter_log_events(logGroupName=outputs["chat"]["log_group_name"])["events"]
        return [json.loads(event["message"]) for event in events]

    def is_reported(line: dict[str, Any]) -> bool:
        return line.get("type") == "platform.report" and line["record"]["requestId"] == request_id

    eventually(lambda: any(is_reported(line) for line in lines()))
    assert [line for line in lines() if line.get("level") == "ERROR" and line["errorType"] == "ModelFailed"]


def test_a_role_of_ones_own_is_enough(
    outputs: dict[str, Any], api: Callable[[str], Any], environment: dict[str, str]
) -> None:
    """With the policies of the output attached; the module makes none and attaches nothing."""
    own = outputs["own_role"]
    assert own["role_arn"].endswith(f":role/{NAME}-own")
    assert own["alias_arn"] is None
    assert set(api("iam").list_role_policies(RoleName=f"{NAME}-own")["PolicyNames"]) == {"bedrock", "run"}
    answer = Client(own["function_url"], environment).ask({"message": "[tokens=5 pace_ms=0]"})
    assert answer.last["type"] == "done"


def test_a_change_is_published_and_served_by_the_same_url(
    root: Root, client: Client, outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """Another setting is another version, to which the alias moves; what was there stays as it was."""
    assert root.plan_is_empty()
    root.variables["memory_size"] = 512
    assert root.apply()["chat"]["function_url"] == outputs["chat"]["function_url"]
    functions = api("lambda")
    assert functions.get_alias(FunctionName=NAME, Name="live")["FunctionVersion"] == "2"
    assert functions.get_function_configuration(FunctionName=NAME, Qualifier="live")["MemorySize"] == 512
    assert functions.get_function_configuration(FunctionName=NAME, Qualifier="1")["MemorySize"] == 256
    assert client.ask({"message": "[tokens=5 pace_ms=0]"}).last["type"] == "done"

    def reported_memory() -> list[int]:
        events = api("logs").filter_log_events(logGroupName=outputs["chat"]["log_group_name"])["events"]
        records = [json.loads(event["message"]) for event in events]
        return [line["record"]["metrics"]["memorySizeMB"] for line in records if line.get("type") == "platform.report"]

    eventually(lambda: reported_memory()[-1:] == [512])
    assert root.plan_is_empty()


@pytest.mark.soak
def test_settings_can_be_taken_back(root: Root, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """The defaults are Lambda's again, nothing is planned any more, and the URL is the function's own."""
    root.variables["settings"] = False
    chat = root.apply()["chat"]
    settings = api("lambda").get_function_configuration(FunctionName=NAME)
    assert (settings["TracingConfig"], settings["EphemeralStorage"]) == ({"Mode": "PassThrough"}, {"Size": 512})
    assert not settings.get("KMSKeyArn")
    assert not settings["VpcConfig"].get("VpcId")
    assert settings["LoggingConfig"]["LogFormat"] == "Text"
    assert chat["alias_arn"] is None
    assert chat["function_url"] != outputs["chat"]["function_url"]
    assert Client(chat["function_url"]).ask({"message": "[tokens=5 pace_ms=0]"}).last["type"] == "done"
    assert api("lambda").list_tags(Resource=chat["function_arn"])["Tags"] == {}
    assert root.plan_is_empty()


def test_nothing_is_left_after_destroy(root: Root, api: Callable[[str], Any]) -> None:
    """No function, role, log group or stack."""
    root.destroy()
    assert root.resources() == []
    assert api("lambda").list_functions()["Functions"] == []
    assert api("iam").list_roles()["Roles"] == []
    assert api("logs").describe_log_groups()["logGroups"] == []
    assert api("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []
