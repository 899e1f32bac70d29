"""SnapStart on the local AWS: what runs when a version is published, and what in each environment restored from it."""

import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from localaws.execution import snapshot
from support.functions import create_function, delete_function
from support.waiting import eventually

HANDLERS = """
import os, random, time
import boto3
from snapshot_restore_py import register_after_restore, register_before_snapshot

random.seed("the snapshot's")
seen = ["init"]
keys = lambda: boto3.Session().get_credentials().access_key
at_init = keys()

@register_before_snapshot
def before():
    seen.append("before")
    if os.environ.get("FAILS") == "before":
        raise ValueError("not today")

@register_after_restore
def after():
    seen.append("after")
    if os.environ.get("FAILS") == "after":
        raise ValueError("not here")
    if os.environ.get("FAILS") == "slowly":
        time.sleep(60)

def handler(event, context):
    seen.append("handled")
    time.sleep(event.get("sleep", 0))
    prefixes = ("AWS_ACCESS", "AWS_SECRET", "AWS_SESSION", "AWS_CONTAINER")
    return {
        "seen": seen,
        "process": os.getpid(),
        "random": random.random(),
        "init": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
        "named": [name for name in os.environ if name.startswith(prefixes)],
        "new keys": keys() != at_init,
        "caller": boto3.client("sts").get_caller_identity()["Arn"],
    }
"""
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"}


class Versions:
    """A function whose versions are published with SnapStart, each with settings of its own."""

    def __init__(self, api: Callable[[str], Any]) -> None:
        self._api = api
        self._names = (f"snapshots-{number}" for number in itertools.count(1))
        self.clients = {service: api(service) for service in ("iam", "lambda", "logs")}
        self.made: list[str] = []

    def publish(self, **variables: str) -> str:
        name = next(self._names)
        own = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap", **variables}
        create_function(
            self.clients,
            name,
            HANDLERS,
            SnapStart={"ApplyOn": "PublishedVersions"},
            Publish=True,
            Environment={"Variables": own},
        )
        self.made.append(name)
        return name

    def configuration(self, name: str, qualifier: str = "1") -> dict[str, Any]:
        found: dict[str, Any] = self.clients["lambda"].get_function_configuration(
            FunctionName=name, Qualifier=qualifier
        )
        return found

    def invoke(self, name: str, qualifier: str = "1", **event: object) -> dict[str, Any]:
        answer = self.clients["lambda"].invoke(FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event))
        document: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, document
        return document

    def log(self, name: str) -> str:
        events = self.clients["logs"].filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        return "\n".join(event["message"] for event in events)


@pytest.fixture(scope="module")
def versions(api: Callable[[str], Any]) -> Iterator[Versions]:
    made = Versions(api)
    yield made
    for name in made.made:
        delete_function(made.clients, name)


@pytest.fixture(scope="module")
def whole(versions: Versions) -> str:
    """A version whose hooks all go well."""
    return versions.publish()


def test_a_published_version_has_a_snapshot(versions: Versions, whole: str) -> None:
    """Its function's own code has none."""
    version, latest = versions.configuration(whole), versions.configuration(whole, "$LATEST")
    assert (version["State"], version["SnapStart"]) == (
        "Active",
        {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"},
    )
    assert latest["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}


def test_environments_are_restored_each_with_randomness_and_credentials_of_its_own(
    versions: Versions, whole: str
) -> None:
    """Hooks run once and in their order, and an environment that is there already is not restored again."""
    with ThreadPoolExecutor(2) as at_once:
        calls = [at_once.submit(versions.invoke, whole, sleep=1) for _ in range(2)]
        first, second = (call.result() for call in calls)
    again = versions.invoke(whole)
    assert first["process"] != second["process"]
    assert again["process"] in {first["process"], second["process"]}
    assert first["seen"] == second["seen"] == ["init", "before", "after", "handled"]
    assert again["seen"] == [*first["seen"], "handled"]
    assert len({first["random"], second["random"], again["random"]}) == 3
    for answer in (first, second):
        assert (answer["init"], set(answer["named"])) == ("snap-start", CONTAINER)
        assert answer["new keys"]
        assert f":assumed-role/{whole}/" in answer["caller"]


def test_the_function_itself_starts_without_a_snapshot(versions: Versions, whole: str) -> None:
    """With keys in its environment, and no hook runs."""
    answer = versions.invoke(whole, "$LATEST")
    assert (answer["seen"], answer["init"]) == (["init", "handled"], "on-demand")
    assert set(answer["named"]) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}


def test_the_log_tells_of_the_restore(versions: Versions, whole: str) -> None:
    """And of no init phase: that was before there was an invocation."""
    versions.invoke(whole)

    def restored() -> list[str]:
        return [line for line in versions.log(whole).splitlines() if line.startswith("REPORT") and "Restore D" in line]

    eventually(lambda: bool(restored()))
    assert "RESTORE_REPORT Restore Duration: " in versions.log(whole)
    assert not any("Init Duration" in line for line in restored())


def test_a_version_whose_hook_fails_before_the_snapshot_is_never_served(versions: Versions) -> None:
    """It has failed when it is published; the log says why, an alias and an invocation are refused."""
    name = versions.publish(FAILS="before")
    version = versions.configuration(name)
    assert (version["State"], version["StateReasonCode"], version["LastUpdateStatus"]) == (
        "Failed",
        "FunctionError",
        "Failed",
    )
    assert version["SnapStart"]["OptimizationStatus"] == "Off"
    assert version["StateReason"].startswith("Runtime.BeforeSnapshotError: ")
    assert "not today" in version["StateReason"]
    functions = versions.clients["lambda"]
    with pytest.raises(functions.exceptions.ResourceConflictException, match="'Failed', StateReasonCode"):
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion="1")
    with pytest.raises(functions.exceptions.ResourceConflictException):
        versions.invoke(name)
    eventually(lambda: "[ERROR] ValueError: not today" in versions.log(name))


def test_a_hook_that_fails_after_the_restore_fails_the_invocation(versions: Versions) -> None:
    """Each anew."""
    name = versions.publish(FAILS="after")
    assert versions.configuration(name)["State"] == "Active"
    functions = versions.clients["lambda"]
    for _ in range(2):
        with pytest.raises(functions.exceptions.SnapStartException) as raised:
            versions.invoke(name)
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    eventually(lambda: versions.log(name).count("[ERROR] ValueError: not here") == 2)


def test_a_restore_may_not_take_long(versions: Versions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds, here half of one."""
    monkeypatch.setattr(snapshot, "RESTORE_SECONDS", 0.5)
    name = versions.publish(FAILS="slowly")
    with pytest.raises(versions.clients["lambda"].exceptions.SnapStartTimeoutException):
        versions.invoke(name)
