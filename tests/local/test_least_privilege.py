"""Least privilege: the function's role has every permission that it needs, and none that it doesn't."""

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from support.client import Client
from support.clients import aws_client
from support.role import Role
from support.terraform import Root
from support.waiting import eventually

MODEL = "amazon.nova-lite-v1:0"
PROFILE = "us.amazon.nova-pro-v1:0"
GLOBAL_PROFILE = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
LOG = "the log"
SETTLE_S = 0.2

# What breaks without a statement; one that is not named here must break something all the same.
BREAKS = {
    "WriteLogs": {LOG},
    "StreamModels": {MODEL},
    "StreamInferenceProfiles": {PROFILE, GLOBAL_PROFILE},
    "StreamThroughUsAmazonNovaProV10": {PROFILE},
    "StreamThroughGlobalAnthropicClaudeSonnet4520250929V10": {GLOBAL_PROFILE},
    "StreamAnywhereThroughGlobalAnthropicClaudeSonnet4520250929V10": {GLOBAL_PROFILE},
}

URL_ACTION, INVOKE_ACTION = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
CONDITIONS: dict[str, dict[str, Any]] = {
    URL_ACTION: {"FunctionUrlAuthType": "AWS_IAM"},
    INVOKE_ACTION: {"InvokedViaFunctionUrl": True},
}
BOTH = (URL_ACTION, INVOKE_ACTION)
ACCOUNT, OTHER = "123456789012", "210987654321"


@pytest.fixture(scope="module")
def outputs(make_root: Callable[..., Root]) -> dict[str, Any]:
    return make_root("function-url", name="least", allowed_model_ids=[PROFILE, GLOBAL_PROFILE]).apply()


@pytest.fixture(scope="module")
def client(outputs: dict[str, Any], environment: dict[str, str]) -> Client:
    return Client(outputs["function_url"], environment)


class User:
    """What somebody notices of the function: each model's answer, and its log."""

    def __init__(self, client: Client, logs: Any, group: str, caplog: pytest.LogCaptureFixture) -> None:
        self._client = client
        self._logs = logs
        self._group = group
        self._caplog = caplog

    def misses(self) -> set[str]:
        """What does not work at this moment, with a log that has to be begun anew."""
        for stream in self._logs.describe_log_streams(logGroupName=self._group)["logStreams"]:
            self._logs.delete_log_stream(logGroupName=self._group, logStreamName=stream["logStreamName"])
        answers = {model: self._ask(model) for model in (MODEL, PROFILE, GLOBAL_PROFILE)}
        broken = {model for model, (status, _) in answers.items() if status != 200}
        request_id = next(request_id for _, request_id in answers.values())
        return broken if self._is_logged(request_id) else broken | {LOG}

    def _ask(self, model: str) -> tuple[int, str]:
        """Status and request id of an answer, which is whole or refused for the missing permission."""
        with self._client.send("POST", "/chat", {"message": "[tokens=1 pace_ms=0]", "model": model}) as response:
            if response.status_code == 200:
                assert '"type":"done"' in response.text
            else:
                assert (response.status_code, response.json()["error"]["code"]) == (403, "access_denied")
            return response.status_code, response.headers["x-amzn-RequestId"]

    def _is_logged(self, request_id: str) -> bool:
        """The terminal has every line, so what is not in the log group soon after will not come."""
        line = f"END RequestId: {request_id}"
        eventually(lambda: any(line in message for message in self._caplog.messages))
        time.sleep(SETTLE_S)
        events = self._logs.filter_log_events(logGroupName=self._group)["events"]
        return any(line in event["message"] for event in events)


def test_every_statement_is_needed(
    client: Client,
    outputs: dict[str, Any],
    api: Callable[[str], Any],
    caplog: pytest.LogCaptureFixture,
    subtests: pytest.Subtests,
) -> None:
    """Without any statement, action or resource of the role's policies a user misses something; with it, nothing."""
    role = Role(api("iam"), outputs["role_arn"])
    user = User(client, api("logs"), outputs["log_group_name"], caplog)
    assert user.misses() == set()
    tried = set()
    for sid, part, policy, statements in role.weakened():
        with subtests.test(sid=sid, without=part or "all of it"):
            role.put(policy, statements)
            try:
                missed = user.misses()
            finally:
                role.restore(policy)
            assert missed
            expected = BREAKS.get(sid, missed)
            assert missed <= expected if part else missed == expected
            assert user.misses() == set()
        tried.add(sid)
    assert tried >= set(BREAKS)


def test_an_explicit_deny_wins(client: Client, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """Whatever allows the same."""
    role = Role(api("iam"), outputs["role_arn"])
    role.put("deny", [{"Effect": "Deny", "Action": "bedrock:*", "Resource": "*"}])
    try:
        with client.send("POST", "/chat", {"message": "Hello"}) as response:
            assert response.status_code == 403
    finally:
        role.put("deny", [])


def test_the_role_trusts_lambda(client: Client, outputs: dict[str, Any], api: Callable[[str], Any]) -> None:
    """A new environment needs the role's trust; a warm one has its credentials already."""
    iam, functions = api("iam"), api("lambda")
    role = outputs["role_arn"].rpartition("/")[2]
    function = {"FunctionName": outputs["function_name"]}
    timeout = functions.get_function_configuration(**function)["Timeout"]
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    other = {**trust, "Statement": [{**statement, "Principal": {"Service": "ec2.amazonaws.com"}}]}

    def status() -> int:
        with client.send("GET", "/health") as response:
            return response.status_code

    try:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(other))
        assert status() == 200
        functions.update_function_configuration(**function, Timeout=timeout + 1)
        assert status() == 502
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
        functions.update_function_configuration(**function, Timeout=timeout)
    assert status() == 200


class Caller:
    """An IAM user that calls the URL."""

    def __init__(self, iam: Any, name: str, environment: Mapping[str, str]) -> None:
        self._iam = iam
        self._name = name
        self.arn: str = iam.create_user(UserName=name)["User"]["Arn"]
        self._key = iam.create_access_key(UserName=name)["AccessKey"]
        self._environment = {
            **environment,
            "AWS_ACCESS_KEY_ID": self._key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self._key["SecretAccessKey"],
        }

    def allow(self, actions: tuple[str, ...], function_arn: str) -> None:
        if actions:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": function_arn}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self._iam.put_user_policy(UserName=self._name, PolicyName="call", PolicyDocument=document)

    def status(self, url: str) -> int:
        with Client(url, self._environment).send("GET", "/health") as response:
            return response.status_code

    def remove(self) -> None:
        for policy in self._iam.list_user_policies(UserName=self._name)["PolicyNames"]:
            self._iam.delete_user_policy(UserName=self._name, PolicyName=policy)
        self._iam.delete_access_key(UserName=self._name, AccessKeyId=self._key["AccessKeyId"])
        self._iam.delete_user(UserName=self._name)


def iam_of(account: str, environment: Mapping[str, str]) -> Any:
    """IAM of any account: moto takes it from this header."""
    client = aws_client(environment, "iam")
    client.meta.events.register(
        "before-call.iam", lambda params, **_: params["headers"].update({"x-moto-account-id": account})
    )
    return client


@dataclass(frozen=True)
class Case:
    """Where the caller is, what its own policy allows, and what the function's grants, be it to its whole account."""

    account: str
    own: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    to_account: bool = False


@pytest.mark.parametrize(
    ("case", "status"),
    [
        pytest.param(Case(ACCOUNT, own=BOTH), 200, id="both in its policy"),
        pytest.param(Case(ACCOUNT, own=(URL_ACTION,)), 403, id="only InvokeFunctionUrl"),
        pytest.param(Case(ACCOUNT, own=(INVOKE_ACTION,)), 403, id="only InvokeFunction"),
        pytest.param(Case(ACCOUNT), 403, id="nothing"),
        pytest.param(Case(ACCOUNT, granted=BOTH), 200, id="both granted by the function"),
        pytest.param(Case(ACCOUNT, granted=(URL_ACTION,)), 403, id="one granted"),
        pytest.param(Case(ACCOUNT, own=(URL_ACTION,), granted=(INVOKE_ACTION,)), 200, id="one on each side"),
        pytest.param(Case(ACCOUNT, granted=BOTH, to_account=True), 403, id="granted to its account only"),
        pytest.param(Case(OTHER, own=BOTH), 403, id="other account, not granted"),
        pytest.param(Case(OTHER, granted=BOTH), 403, id="other account, nothing in its policy"),
        pytest.param(Case(OTHER, own=BOTH, granted=(URL_ACTION,)), 403, id="other account, one granted"),
        pytest.param(Case(OTHER, own=(INVOKE_ACTION,), granted=BOTH), 403, id="other account, one in its policy"),
        pytest.param(Case(OTHER, own=BOTH, granted=BOTH), 200, id="other account, both on both sides"),
        pytest.param(Case(OTHER, own=BOTH, granted=BOTH, to_account=True), 200, id="other account, granted to it"),
    ],
)
def test_who_may_call_a_signed_url(
    outputs: dict[str, Any], environment: dict[str, str], api: Callable[[str], Any], case: Case, status: int
) -> None:
    """Both actions, in the caller's policy or the function's; from another account in both."""
    functions, name = api("lambda"), outputs["function_name"]
    with contextlib.ExitStack() as undo:
        caller = Caller(iam_of(case.account, environment), "caller", environment)
        undo.callback(caller.remove)
        caller.allow(case.own, outputs["function_arn"])
        principal = f"arn:aws:iam::{case.account}:root" if case.to_account else caller.arn
        for action in case.granted:
            grant = {"FunctionName": name, "StatementId": action.partition(":")[2]}
            functions.add_permission(**grant, Action=action, Principal=principal, **CONDITIONS[action])
            undo.callback(functions.remove_permission, **grant)
        assert caller.status(outputs["function_url"]) == status
