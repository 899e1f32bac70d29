"""Services that fail on request, as a caller who isn't the administrator sees them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from localaws import LocalAws
from localaws.outages import Fault
from support.clients import aws_client

ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ITEM = {"id": {"S": "1"}}
CALLS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "comprehend": ("DetectDominantLanguage", lambda client: client.detect_dominant_language(Text="This is it")),
    "dynamodb": ("PutItem", lambda client: client.put_item(TableName="chat", Item=ITEM)),
    "kms": ("GenerateRandom", lambda client: client.generate_random(NumberOfBytes=1)),
    "s3": ("GetObject", lambda client: client.get_object(Bucket="prompts", Key="a/system.md")),
}
CODES = {
    "comprehend": {Fault.THROTTLED: "ThrottlingException", Fault.FAILING: "InternalServerException"},
    "dynamodb": {Fault.THROTTLED: "ThrottlingException", Fault.FAILING: "InternalServerError"},
    "kms": {Fault.THROTTLED: "ThrottlingException", Fault.FAILING: "KMSInternalException"},
    "s3": {Fault.THROTTLED: "SlowDown", Fault.FAILING: "InternalError"},
}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws() as running:
        admin = running.environment()
        aws_client(admin, "dynamodb").create_table(
            TableName="chat",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        aws_client(admin, "s3").create_bucket(Bucket="prompts")
        aws_client(admin, "s3").put_object(Bucket="prompts", Key="a/system.md", Body=b"Be brief.")
        yield running


@pytest.fixture(scope="module")
def user(aws: LocalAws) -> Callable[[str], Any]:
    """Clients of a user who may do anything."""
    iam = aws_client(aws.environment(), "iam")
    iam.create_user(UserName="user")
    iam.put_user_policy(UserName="user", PolicyName="all", PolicyDocument=json.dumps(ANYTHING))
    key = iam.create_access_key(UserName="user")["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return lambda service: aws_client({**aws.environment(), **keys}, service, read_timeout=1)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.FAILING])
@pytest.mark.parametrize("service", CALLS)
def test_a_service_fails_with_its_own_error(
    aws: LocalAws, user: Callable[[str], Any], service: str, fault: Fault
) -> None:
    """For everybody but the administrator, and not a moment longer; each call is counted."""
    operation, call = CALLS[service]
    before = len(aws.outages.calls(service))
    with aws.outages.during(service, fault):
        with pytest.raises(ClientError) as raised:
            call(user(service))
        assert call(aws_client(aws.environment(), service))
    assert raised.value.response["Error"]["Code"] == CODES[service][fault]
    assert call(user(service))
    assert aws.outages.calls(service)[before:] == [operation] * 2


def test_a_call_hangs_until_it_is_given_up(aws: LocalAws, user: Callable[[str], Any]) -> None:
    """The next one works."""
    with aws.outages.during("dynamodb", Fault.HANGING), pytest.raises(ReadTimeoutError):
        CALLS["dynamodb"][1](user("dynamodb"))
    assert CALLS["dynamodb"][1](user("dynamodb"))


def test_an_answer_is_lost(aws: LocalAws, user: Callable[[str], Any]) -> None:
    """What was asked for is done."""
    with aws.outages.during("dynamodb", Fault.LOST), pytest.raises(ClientError, match="InternalServerError"):
        user("dynamodb").put_item(TableName="chat", Item={"id": {"S": "lost"}})
    assert "Item" in user("dynamodb").get_item(TableName="chat", Key={"id": {"S": "lost"}})


def test_one_operation_fails_alone(aws: LocalAws, user: Callable[[str], Any]) -> None:
    """Of two outages the later one counts."""
    with aws.outages.during("dynamodb", Fault.FAILING, "PutItem"):
        assert user("dynamodb").scan(TableName="chat")
        with (
            aws.outages.during("dynamodb", Fault.THROTTLED, "PutItem"),
            pytest.raises(ClientError, match="ThrottlingException"),
        ):
            CALLS["dynamodb"][1](user("dynamodb"))
