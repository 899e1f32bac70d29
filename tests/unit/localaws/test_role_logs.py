"""CloudWatch Logs as a role may write to it: what it may not is not there, and the terminal says so."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from localaws import LocalAws
from localaws.role_logs import RoleLogs
from localaws.store import Store
from support.clients import aws_client
from support.functions import TRUST

REGION = "us-east-1"
GROUP, STREAM = "/aws/lambda/chat", "2026/11/20/[$LATEST]abc"
ARN = f"arn:aws:logs:{REGION}:123456789012:log-group:{GROUP}"
NOW_MS = int(time.time() * 1000)  # CloudWatch Logs takes neither old nor future lines
LINES = [(NOW_MS, "one"), (NOW_MS + 1, "two")]
CREATE_GROUP, CREATE_STREAM, PUT = "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with LocalAws() as aws:
        yield aws.environment()


class Log:
    """A function's log as its role writes it and as its owner sees it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._iam, self.logs = aws_client(environment, "iam"), aws_client(environment, "logs")
        arn = self._iam.create_role(Path="/team/", RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"][
            "Arn"
        ]
        self.role = RoleLogs(Store(REGION), arn, "s")

    def allow(self, *actions: str, resource: str = f"{ARN}:*", **members: object) -> None:
        """Lets the role do that and nothing else."""
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource, **members}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)

    def messages(self) -> dict[str, list[str]] | None:
        """The lines of each stream, None without a group."""
        if not self.logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
            return None
        streams = self.logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
        return {stream["logStreamName"]: self._lines(stream["logStreamName"]) for stream in streams}

    def _lines(self, stream: str) -> list[str]:
        events = self.logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True)["events"]
        return [event["message"] for event in events]

    def clear(self) -> None:
        if self.messages() is not None:
            self.logs.delete_log_group(logGroupName=GROUP)
        for name in self._iam.list_role_policies(RoleName="r")["PolicyNames"]:
            self._iam.delete_role_policy(RoleName="r", PolicyName=name)
        self._iam.delete_role(RoleName="r")


@pytest.fixture
def log(environment: dict[str, str]) -> Iterator[Log]:
    log = Log(environment)
    yield log
    log.clear()


@pytest.mark.parametrize("has_group", [False, True])
def test_what_the_role_may_is_there(log: Log, has_group: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Also the group, where nobody has made one; and the terminal has nothing to say."""
    if has_group:
        log.logs.create_log_group(logGroupName=GROUP)
    log.allow(CREATE_STREAM, PUT, *([] if has_group else [CREATE_GROUP]))
    log.role.create_stream(GROUP, STREAM)
    assert log.messages() == {STREAM: []}
    log.role.put(GROUP, STREAM, LINES)
    assert log.messages() == {STREAM: ["one", "two"]}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("allowed", "missing", "stream", "seen"),
    [
        ((CREATE_STREAM, PUT), CREATE_GROUP, "", None),
        ((CREATE_GROUP, PUT), CREATE_STREAM, STREAM, {}),
        ((CREATE_GROUP, CREATE_STREAM), PUT, STREAM, {STREAM: []}),
    ],
)
def test_what_the_role_may_not_is_said_once(  # noqa: PLR0913, PLR0917  a case's columns
    log: Log, allowed: tuple[str, ...], missing: str, stream: str, seen: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the caller, the action and the resource; the lines that follow are just not there."""
    log.allow(*allowed)
    log.role.create_stream(GROUP, STREAM)
    log.role.put(GROUP, STREAM, LINES)
    assert log.messages() == seen
    resource = f"{ARN}:log-stream:{stream}"
    assert capsys.readouterr().err == (
        "localaws: the log is here only: User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized "
        f"to perform: {missing} on resource: {resource} because no identity-based policy allows the {missing} action\n"
    )


def test_a_permission_counts_from_the_next_line_on(log: Log) -> None:
    """Without another environment: the stream is made when it may be."""
    log.logs.create_log_group(logGroupName=GROUP)
    log.allow(PUT)
    log.role.create_stream(GROUP, STREAM)
    log.allow(CREATE_STREAM, PUT)
    log.role.put(GROUP, STREAM, LINES)
    assert log.messages() == {STREAM: ["one", "two"]}


def test_a_deleted_group_stays_deleted(log: Log) -> None:
    """A last line must not bring back what a destroy removed."""
    log.allow(CREATE_GROUP, CREATE_STREAM, PUT)
    log.role.create_stream(GROUP, STREAM)
    log.logs.delete_log_group(logGroupName=GROUP)
    log.role.put(GROUP, STREAM, LINES)
    assert log.messages() is None


def test_conditions_are_evaluated_for_the_roles_session(log: Log) -> None:
    """With the keys that each request has."""
    log.logs.create_log_group(logGroupName=GROUP)
    keys = {"aws:RequestedRegion": REGION, "aws:PrincipalArn": "arn:aws:iam::123456789012:role/team/r"}
    log.allow(CREATE_STREAM, PUT, Condition={"StringEquals": keys})
    log.role.create_stream(GROUP, STREAM)
    log.allow(CREATE_STREAM, PUT, Condition={"StringEquals": {**keys, "aws:RequestedRegion": "eu-west-1"}})
    log.role.put(GROUP, STREAM, LINES)
    assert log.messages() == {STREAM: []}
