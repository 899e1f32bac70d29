"""`examples/function-url` with `-var authorization_type=NONE`: an open URL, its grants, and the root's whole life."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.client import Client
from support.terraform import Root
from support.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
RESERVED = 1


@pytest.fixture(scope="module")
def root(make_root: Callable[..., Root]) -> Root:
    return make_root("function-url", name="open", authorization_type="NONE", reserved_concurrent_executions=RESERVED)


@pytest.fixture(scope="module")
def outputs(root: Root) -> dict[str, Any]:
    return root.apply()


@pytest.fixture
def client(outputs: dict[str, Any]) -> Client:
    return Client(outputs["function_url"])


def test_anyone_can_ask(client: Client) -> None:
    """Without a signature."""
    answer = client.ask({"message": "[tokens=5 pace_ms=0]"})
    assert answer.types == ["start", *["token"] * 5, "usage", "done"]


def test_a_request_beyond_the_reserved_concurrency_is_throttled(client: Client) -> None:
    """While one answer streams; afterwards the function is free again."""
    with client.send("POST", "/chat", {"message": "[tokens=60 pace_ms=20]"}) as answer:
        lines = answer.iter_lines()
        assert b'"type":"start"' in next(lines)
        with client.send("GET", "/health") as refused:
            assert refused.status_code == 429
        assert b'"type":"done"' in list(filter(None, lines))[-1]

    def is_free() -> bool:
        with client.send("GET", "/health") as response:
            return response.status_code == 200

    eventually(is_free)


def test_nothing_else_may_invoke_the_function(api: Callable[[str], Any], outputs: dict[str, Any]) -> None:
    """Two grants to everyone, each under its condition: through the URL only."""
    policy = json.loads(api("lambda").get_policy(FunctionName=outputs["function_name"])["Policy"])
    assert {statement["Action"]: statement["Condition"] for statement in policy["Statement"]} == {
        "lambda:InvokeFunctionUrl": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        "lambda:InvokeFunction": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
    }


@pytest.mark.parametrize(
    "grant",
    [
        {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
        {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
    ],
    ids=["InvokeFunctionUrl", "InvokeFunction"],
)
def test_without_either_grant_the_url_is_closed(
    client: Client, api: Callable[[str], Any], outputs: dict[str, Any], grant: dict[str, Any]
) -> None:
    """A 403, as on AWS since October 2025; with the grant back it is open again."""
    functions, name = api("lambda"), outputs["function_name"]
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    # There are two for InvokeFunctionUrl: the provider adds one of its own, outside of the state.
    statements = [each["Sid"] for each in policy["Statement"] if each["Action"] == grant["Action"]]
    for statement in statements:
        functions.remove_permission(FunctionName=name, StatementId=statement)
    with client.send("GET", "/health") as response:
        assert response.status_code == 403
    for statement in statements:
        functions.add_permission(FunctionName=name, StatementId=statement, Principal="*", **grant)
    with client.send("GET", "/health") as response:
        assert response.status_code == 200


@pytest.mark.soak
def test_new_code_is_deployed_and_nothing_is_left_after_destroy(
    root: Root, client: Client, api: Callable[[str], Any], tmp_path: Path
) -> None:
    """The second plan is empty; another zip makes one that is not; the next request runs the new code."""
    assert root.plan_is_empty()
    replace_code(root, tmp_path)
    root.init()
    assert not root.plan_is_empty()
    root.apply()
    with client.send("GET", "/health") as response:
        assert response.json()["status"] == "changed"
    root.destroy()
    assert root.resources() == []
    assert "open" not in [each["FunctionName"] for each in api("lambda").list_functions()["Functions"]]
    assert "open-us-east-1" not in [each["RoleName"] for each in api("iam").list_roles()["Roles"]]
    assert api("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/open")["logGroups"] == []
    assert api("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"] == []


def replace_code(root: Root, folder: Path) -> None:
    """Puts a changed handler into the workspace, whose folders are links to the repository's until then."""
    shutil.copytree(REPOSITORY / "handler", folder / "handler")
    app = folder / "handler" / "bedrock_chat" / "app.py"
    source = app.read_text()
    assert source.count('"status": "ok"') == 1
    app.write_text(source.replace('"status": "ok"', '"status": "changed"'))
    top = root.folder.parents[1]
    for name in ("modules", "dist"):
        (top / name).unlink()
    shutil.copytree(REPOSITORY / "modules", top / "modules")
    shutil.rmtree(root.folder / ".terraform" / "modules")  # Terraform remembers where the links led
    build = REPOSITORY / "modules" / "package" / "build.py"
    subprocess.run([sys.executable, build, folder / "handler", top / "dist"], check=True, timeout=60)
