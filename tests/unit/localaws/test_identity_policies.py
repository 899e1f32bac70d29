"""Identity policies on the control plane: what a role's session and an IAM user may do with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from localaws import LocalAws
from support.clients import aws_client
from support.functions import TRUST

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/chat"
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:/app"
Call = Callable[["Cloud"], object]


def statement(action: str | list[str], resource: str | list[str] = "*", **members: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **members}


class Cloud:
    """Clients with the credentials of the administrator, of a role's session, or of a user."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        role = self.admin("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        self._role = self.admin("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
        self._prepare()

    def client(self, service: str, keys: dict[str, str] | None = None, **config: Any) -> Any:
        """With keys as IAM and STS make them, the role's unless given."""
        keys = keys or self._role
        credentials = {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys.get("SessionToken", ""),
        }
        return aws_client(self._environment | credentials, service, **config)

    def admin(self, service: str) -> Any:
        return aws_client(self._environment, service)

    def allow(self, *statements: dict[str, object]) -> None:
        """Give the role these statements and no other."""
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self.admin("iam").put_role_policy(RoleName="role", PolicyName="only", PolicyDocument=document)
        elif self.admin("iam").list_role_policies(RoleName="role")["PolicyNames"]:
            self.admin("iam").delete_role_policy(RoleName="role", PolicyName="only")

    def post(self, body: bytes, headers: dict[str, str]) -> requests.Response:
        """Send a request of the role's to DynamoDB; nobody looks at the signature."""
        scope = f"{self._role['AccessKeyId']}/20260101/us-east-1/dynamodb/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders="
        content = {"Authorization": signed, "Content-Type": "application/x-amz-json-1.0"}
        return requests.post(self._environment["AWS_ENDPOINT_URL"], body, headers=content | headers, timeout=10)

    def _prepare(self) -> None:
        self.admin("dynamodb").create_table(
            TableName="chat",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.admin("s3").create_bucket(Bucket="prompts")
        self.admin("s3").put_object(Bucket="prompts", Key="a/system.md", Body=b"Be brief.")
        self.admin("logs").create_log_group(logGroupName="/app")
        self.admin("sqs").create_queue(QueueName="queue")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with LocalAws() as aws:
        yield Cloud(aws.environment())


def code(call: Call, cloud: Cloud) -> str:
    """The error's code, `ok` without one."""
    try:
        call(cloud)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def get_item(cloud: Cloud) -> object:
    return cloud.client("dynamodb").get_item(TableName="chat", Key={"id": {"S": "1"}})


def delete_objects(cloud: Cloud) -> object:
    objects = [{"Key": "b/1"}, {"Key": "b/2 & 3"}]
    return cloud.client("s3").delete_objects(Bucket="prompts", Delete={"Objects": objects})


CALLS: dict[str, tuple[Call, dict[str, object]]] = {
    "dynamodb": (get_item, statement("dynamodb:GetItem", TABLE)),
    "s3 object": (
        lambda cloud: cloud.client("s3").get_object(Bucket="prompts", Key="a/system.md")["Body"].read(),
        statement("s3:GetObject", "arn:aws:s3:::prompts/a/*"),
    ),
    "s3 put": (
        lambda cloud: cloud.client("s3").put_object(Bucket="prompts", Key="b/1", Body=b"x" * 100_000),
        statement("s3:PutObject", "arn:aws:s3:::prompts/b/1"),
    ),
    "s3 copy": (
        lambda cloud: cloud.client("s3").copy_object(Bucket="prompts", Key="b/2", CopySource="prompts/a/system.md"),
        statement(["s3:PutObject", "s3:GetObject"], ["arn:aws:s3:::prompts/b/2", "arn:aws:s3:::prompts/a/system.md"]),
    ),
    "s3 list": (
        lambda cloud: cloud.client("s3").list_objects_v2(Bucket="prompts", Prefix="a/"),
        statement("s3:ListBucket", "arn:aws:s3:::prompts", Condition={"StringLike": {"s3:prefix": "a/*"}}),
    ),
    "s3 delete": (
        delete_objects,
        statement("s3:DeleteObject", ["arn:aws:s3:::prompts/b/1", "arn:aws:s3:::prompts/b/2 & 3"]),
    ),
    "logs": (
        lambda cloud: cloud.client("logs").filter_log_events(logGroupName="/app"),
        statement("logs:FilterLogEvents", f"{GROUP}:*"),
    ),
    "comprehend": (
        lambda cloud: cloud.client("comprehend").detect_pii_entities(Text="Ada", LanguageCode="en"),
        statement("comprehend:DetectPiiEntities"),
    ),
    "any json service": (
        lambda cloud: cloud.client("sqs").get_queue_url(QueueName="queue"),
        statement("sqs:GetQueueUrl", "arn:aws:sqs:us-east-1:123456789012:queue"),
    ),
    "any rest service": (
        lambda cloud: cloud.client("lambda").list_functions(),
        statement("lambda:ListFunctions"),
    ),
    "any query service": (lambda cloud: cloud.client("iam").list_users(), statement("iam:ListUsers")),
    "a service with two names": (
        lambda cloud: cloud.client("cloudwatch").describe_alarms(),
        statement("cloudwatch:DescribeAlarms"),
    ),
}


@pytest.mark.parametrize(("call", "needed"), CALLS.values(), ids=CALLS)
def test_a_role_may_do_what_its_policies_allow(cloud: Cloud, call: Call, needed: dict[str, object]) -> None:
    """And nothing without the statement, or under a Deny."""
    cloud.allow()
    assert code(call, cloud) in {"AccessDenied", "AccessDeniedException"}
    cloud.allow(needed)
    assert code(call, cloud) == "ok"
    cloud.allow(needed, {"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert code(call, cloud) in {"AccessDenied", "AccessDeniedException"}


def test_another_resource_is_refused(cloud: Cloud) -> None:
    """With a text that names who, what and on which."""
    cloud.allow(statement("dynamodb:*", f"{TABLE}-2"))
    with pytest.raises(ClientError) as refusal:
        get_item(cloud)
    assert refusal.value.response["Error"]["Message"] == (
        "User: arn:aws:sts::123456789012:assumed-role/role/me is not authorized to perform: dynamodb:GetItem on "
        f"resource: {TABLE} because no identity-based policy allows the dynamodb:GetItem action"
    )


def test_everybody_may_ask_who_they_are(cloud: Cloud) -> None:
    """Without any permission."""
    cloud.allow()
    assert cloud.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/role/me")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda cloud: cloud.client("s3").get_bucket_acl(Bucket="prompts"), "GetBucketAcl"),
        (lambda cloud: cloud.client("bedrock-agent").list_agents(), "the operation bedrock POST /agents/"),
    ],
)
def test_what_the_local_aws_can_not_judge_is_refused(cloud: Cloud, call: Call, words: str) -> None:
    """Even to a role that may do everything, with the reason."""
    cloud.allow(statement("*"))
    with pytest.raises(ClientError, match=words):
        call(cloud)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_requests_are_judged_too(cloud: Cloud, version: str) -> None:
    """By the credentials in the query, of either signature version."""
    s3 = cloud.client("s3", signature_version=version)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "prompts", "Key": "a/system.md"})
    cloud.allow()
    refusal = requests.get(url, timeout=10)
    assert (refusal.status_code, "<Code>AccessDenied</Code>" in refusal.text) == (403, True)
    assert code(lambda _: s3.head_object(Bucket="prompts", Key="a/system.md"), cloud) == "403"
    cloud.allow(statement("s3:GetObject", "arn:aws:s3:::prompts/*"))
    assert requests.get(url, timeout=10).text == "Be brief."
    assert code(lambda _: s3.head_object(Bucket="prompts", Key="a/system.md"), cloud) == "ok"


def test_a_body_that_is_no_json_names_no_resource(cloud: Cloud) -> None:
    """So a grant on the table does not cover it."""
    cloud.allow(statement("dynamodb:*", TABLE))
    for body in (b"nonsense", b"[]"):
        answer = cloud.post(body, {"X-Amz-Target": "DynamoDB_20120810.GetItem"})
        assert (answer.status_code, answer.json()["__type"]) == (400, "AccessDeniedException")


def test_a_key_that_nobody_has_is_left_to_moto(cloud: Cloud) -> None:
    """Which looks at no keys."""
    keys = {"AccessKeyId": "ASIANOBODY0000000000", "SecretAccessKey": "x", "SessionToken": "y"}
    assert code(lambda _: cloud.client("dynamodb", keys).list_tables(), cloud) == "ok"


def test_attached_policies_count(cloud: Cloud) -> None:
    """In their default version."""
    iam = cloud.admin("iam")
    cloud.allow()
    versions = [
        json.dumps({"Version": "2012-10-17", "Statement": statement(action, TABLE)})
        for action in ("dynamodb:GetItem", "dynamodb:PutItem")
    ]
    arn = iam.create_policy(PolicyName="attached", PolicyDocument=versions[0])["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="role", PolicyArn=arn)
    assert code(get_item, cloud) == "ok"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=versions[1], SetAsDefault=True)
    assert code(get_item, cloud) == "AccessDeniedException"
    iam.detach_role_policy(RoleName="role", PolicyArn=arn)


def test_a_boundary_bounds_a_role(cloud: Cloud) -> None:
    """Whatever its policies allow; a boundary that is gone allows nothing."""
    iam = cloud.admin("iam")
    cloud.allow(statement("*"))
    document = json.dumps({"Version": "2012-10-17", "Statement": statement("dynamodb:GetItem", TABLE)})
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="role", PermissionsBoundary=arn)
    assert code(get_item, cloud) == "ok"
    assert code(lambda cloud: cloud.client("dynamodb").list_tables(), cloud) == "AccessDeniedException"
    iam.delete_policy(PolicyArn=arn)
    assert code(get_item, cloud) == "AccessDeniedException"
    iam.delete_role_permissions_boundary(RoleName="role")
    assert code(get_item, cloud) == "ok"


def test_users_have_their_groups_policies(cloud: Cloud) -> None:
    """Beside their own; a user that is gone has no key."""
    iam = cloud.admin("iam")
    iam.create_user(UserName="local")  # as the administrator is called, which makes it none
    key = iam.create_access_key(UserName="local")["AccessKey"]
    client = cloud.client("dynamodb", key)

    def list_tables(_: Cloud) -> object:
        return client.list_tables()

    assert code(list_tables, cloud) == "AccessDeniedException"
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement("dynamodb:ListTables")]})
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=document)
    iam.add_user_to_group(GroupName="readers", UserName="local")
    assert code(list_tables, cloud) == "ok"
    iam.remove_user_from_group(GroupName="readers", UserName="local")
    assert code(list_tables, cloud) == "AccessDeniedException"
    iam.put_user_policy(UserName="local", PolicyName="own", PolicyDocument=document)
    assert code(list_tables, cloud) == "ok"


def test_a_role_that_is_gone_may_do_nothing(cloud: Cloud) -> None:
    """Its session has no policies any more."""
    iam = cloud.admin("iam")
    cloud.allow(statement("*"))
    arn = iam.create_role(RoleName="short", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    keys = cloud.admin("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    iam.delete_role(RoleName="short")
    assert code(lambda _: cloud.client("dynamodb", keys).list_tables(), cloud) == "AccessDeniedException"
