"""`roots/function-settings`: every setting of the function, its alias, a role that is not the module's, SnapStart."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.client import Client
from support.functions import open_function
from support.role import Role
from support.terraform import Root
from support.waiting import eventually

FOLDER = Path(__file__).parent / "roots" / "function-settings"
NAME = "settings"
TAGS = {"team": "support"}
PROBE = f"{NAME}-probe"

# What Lambda says without a statement, as a pattern; test_least_privilege.py tries the others.
ASKED_FOR = {
    "ConnectToVpc": "The provided execution role does not have permissions to call {action} on EC2",
    "SendTraces": "The provided execution role does not have permissions to call {action} on XRAY",
    "DecryptEnvironment": (
        "Lambda was unable to decrypt the environment variables because KMS access was denied. "
        "Please check the function's KMS key settings. KMS Exception: AccessDeniedExceptionKMS Message: "
        rf"User: \S+:assumed-role/{NAME}-us-east-1/{PROBE} is not authorized to perform: kms:Decrypt "
        "on resource: {key} because no identity-based policy allows the kms:Decrypt action"
    ),
}


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root(FOLDER, name=NAME)


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


def test_an_effort_becomes_what_the_operator_says_of_the_model(client: Client) -> None:
    """From `bedrock.capabilities` through the function to Bedrock; without one, nothing is added."""
    asked = {"message": "[pace_ms=0]", "model": "stand-in.echo"}
    arrived = json.loads(client.ask({**asked, "reasoning_effort": "high"}).text)
    assert arrived["additionalModelRequestFields"] == {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    assert "additionalModelRequestFields" not in json.loads(client.ask(asked).text)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"model": "stand-in.echo", "reasoning_effort": "low"},
            "'low' is not offered with model stand-in.echo; offered: high",
        ),
        ({"reasoning_effort": "high"}, "'high' is not offered with model amazon.nova-lite-v1:0; offered: none"),
    ],
    ids=["another effort", "another model"],
)
def test_an_effort_that_the_operator_does_not_name_is_refused(
    client: Client, fields: dict[str, Any], message: str
) -> None:
    """With those that there are for the model."""
    with client.send("POST", "/chat", {"message": "hi", **fields}) as response:
        assert response.status_code == 400
        assert response.json()["error"]["message"] == f"reasoning_effort {message}"


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


class Probe:
    """A function of a few lines with the module's role and those settings for which Lambda asks the role."""

    def __init__(self, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
        self._functions = api("lambda")
        self._kms = api("kms")
        self._role: str = outputs["chat"]["role_arn"]
        module = self._functions.get_function_configuration(FunctionName=NAME)
        self.key: str = module["KMSKeyArn"]
        self._settings = {
            "VpcConfig": {name: module["VpcConfig"][name] for name in ("SubnetIds", "SecurityGroupIds")},
            "TracingConfig": module["TracingConfig"],
            "KMSKeyArn": self.key,
        }

    @contextlib.contextmanager
    def made(self, **settings: Any) -> Iterator[str]:
        """Its open URL."""
        try:
            yield open_function(self._functions, PROBE, "def handler(event, context):\n    yield 'ok'", **settings)
        finally:
            with contextlib.suppress(self._functions.exceptions.ResourceNotFoundException):
                self._functions.delete_function_url_config(FunctionName=PROBE)
                self._functions.delete_function(FunctionName=PROBE)

    def configuration_refused(self) -> str:
        """What the refusals of a creation and of an update with these settings say, empty when both work."""
        plain: dict[str, Any] = {}
        (text,) = {self._refused(*order) for order in ((self._settings, plain), (plain, self._settings))}
        return text

    def invocation(self, *, granted: bool) -> tuple[int, str]:
        """Status and error of an invocation, through the URL or not; with Lambda's grant of the key or without."""
        with self.made(Role=self._role, **self._settings) as url:
            (grant,) = self._kms.list_grants(KeyId=self.key)["Grants"]
            assert (grant["GranteePrincipal"], grant["Operations"]) == (self._role, ["Decrypt"])
            if not granted:
                self._kms.revoke_grant(KeyId=self.key, GrantId=grant["GrantId"])
            with Client(url).send("GET", "/") as response:
                status = response.status_code
            direct, text = self._invoke()
            assert direct == status
            return status, text

    def _refused(self, at_creation: dict[str, Any], later: dict[str, Any]) -> str:
        try:
            with self.made(Role=self._role, **at_creation):
                self._functions.update_function_configuration(FunctionName=PROBE, **later)
        except self._functions.exceptions.InvalidParameterValueException as error:
            return str(error.response["Error"]["Message"])
        return ""

    def _invoke(self) -> tuple[int, str]:
        try:
            answer = self._functions.invoke(FunctionName=PROBE, Payload=b"{}")
        except self._functions.exceptions.KMSAccessDeniedException as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Message"]
        assert (answer["Payload"].read(), "FunctionError" in answer) == (b"ok", False)
        return answer["StatusCode"], ""


@pytest.fixture
def probe(outputs: dict[str, Any], api: Callable[[str], Any]) -> Probe:
    return Probe(outputs, api)


def test_every_statement_for_a_setting_is_needed(
    probe: Probe, outputs: dict[str, Any], api: Callable[[str], Any], subtests: pytest.Subtests
) -> None:
    """Without it, or without one of its actions, Lambda refuses the function or its invocation; with all, nothing."""
    role = Role(api("iam"), outputs["chat"]["role_arn"])
    tried = set()
    for sid, part, policy, statements in role.weakened():
        if sid not in ASKED_FOR:
            continue
        with subtests.test(sid=sid, without=part or "all of it"):
            role.put(policy, statements)
            try:
                refused = probe.configuration_refused()
                status, error = (0, "") if refused else probe.invocation(granted=False)
            finally:
                role.restore(policy)
            wanted = ASKED_FOR[sid].format(action=part.partition(":")[2] or r"\w+", key=re.escape(probe.key))
            assert re.fullmatch(wanted, refused or error)
            assert status == (0 if refused else 502)
        tried.add(sid)
    assert tried == set(ASKED_FOR)
    assert probe.configuration_refused() == ""
    assert probe.invocation(granted=False) == (200, "")


def test_lambdas_grant_of_the_key_is_enough(probe: Probe, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """As AWS documents: the role's own permission is for when the grant is gone."""
    role = Role(api("iam"), outputs["chat"]["role_arn"])
    without = next(statements for sid, _, _, statements in role.weakened() if sid == "DecryptEnvironment")
    role.put("run", without)
    try:
        assert probe.invocation(granted=True) == (200, "")
    finally:
        role.restore("run")


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


def test_with_snap_start_the_url_streams_from_a_restored_environment(
    outputs: dict[str, Any], api: Callable[[str], Any]
) -> None:
    """The published version has a snapshot, and the model is asked with credentials that no snapshot holds."""
    chat = outputs["snapshots"]
    answer = Client(chat["function_url"]).ask({"message": "[tokens=30 pace_ms=20]"})
    assert answer.types == ["start", *["token"] * 30, "usage", "done"]
    assert answer.tokens[-1].seconds - answer.tokens[0].seconds > 0.4
    version = api("lambda").get_function_configuration(FunctionName=chat["function_name"], Qualifier="live")
    assert (version["State"], version["SnapStart"]) == (
        "Active",
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"},
    )

    def reports() -> list[str]:
        events = api("logs").filter_log_events(logGroupName=chat["log_group_name"])["events"]
        return [event["message"] for event in events if event["message"].startswith("REPORT")]

    eventually(lambda: bool(reports()))
    assert all("Restore Duration: " in report and "Init Duration" not in report for report in reports())


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
