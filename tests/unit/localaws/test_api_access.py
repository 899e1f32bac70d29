"""What a call of the control plane needs: actions and resources."""

from __future__ import annotations

from typing import Any

import pytest

from localaws.api_access import ApiCall, UnknownAccessError, needed_accesses
from localaws.policy import Principal

ROLE = Principal("arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:iam::123456789012:role/r")
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:"


def needs(service: str, operation: str, **members: Any) -> list[tuple[str, str | None]]:
    call = ApiCall(service, operation, "us-east-1", "123456789012", members)
    return [(access.action, access.resource) for access in needed_accesses(call, ROLE)]


@pytest.mark.parametrize(
    ("service", "operation", "members", "expected"),
    [
        ("sts", "GetCallerIdentity", {}, []),
        ("sts", "AssumeRole", {"RoleArn": "arn:r"}, [("sts:AssumeRole", "arn:r")]),
        ("sts", "GetSessionToken", {}, [("sts:GetSessionToken", "*")]),
        ("comprehend", "DetectPiiEntities", {"Text": "a"}, [("comprehend:DetectPiiEntities", "*")]),
        ("dynamodb", "GetItem", {"TableName": "t"}, [("dynamodb:GetItem", f"{TABLE}t")]),
        ("dynamodb", "GetItem", {"TableName": f"{TABLE}t"}, [("dynamodb:GetItem", f"{TABLE}t")]),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, [("dynamodb:Query", f"{TABLE}t/index/i")]),
        ("dynamodb", "ListTables", {}, [("dynamodb:ListTables", "*")]),
        ("dynamodb", "TagResource", {"ResourceArn": f"{TABLE}t"}, [("dynamodb:TagResource", f"{TABLE}t")]),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"a": {}, "b": {}}},
            [("dynamodb:BatchGetItem", f"{TABLE}a"), ("dynamodb:BatchGetItem", f"{TABLE}b")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]},
            [("dynamodb:PutItem", f"{TABLE}a"), ("dynamodb:ConditionCheckItem", f"{TABLE}b")],
        ),
        ("kms", "Encrypt", {"KeyId": KEY}, [("kms:Encrypt", KEY)]),
        ("kms", "Decrypt", {"CiphertextBlob": "a"}, [("kms:Decrypt", None)]),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "g", "logStreamName": "s"},
            [("logs:PutLogEvents", f"{GROUP}g:log-stream:s")],
        ),
        (
            "logs",
            "FilterLogEvents",
            {"logGroupIdentifier": f"{GROUP}g:*"},
            [("logs:FilterLogEvents", f"{GROUP}g:log-stream:")],
        ),
        ("logs", "DescribeLogGroups", {}, [("logs:DescribeLogGroups", "*")]),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k/l"}, [("s3:GetObject", "arn:aws:s3:::b/k/l")]),
        (
            "s3",
            "GetObject",
            {"Bucket": "b", "Key": "k", "versionId": "1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
        ),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b", "prefix": "p/"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        ("s3", "ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Keys": ["k", "l"]},
            [("s3:DeleteObject", "arn:aws:s3:::b/k"), ("s3:DeleteObject", "arn:aws:s3:::b/l")],
        ),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "/a/x%20y"},
            [("s3:GetObject", "arn:aws:s3:::a/x y"), ("s3:PutObject", "arn:aws:s3:::b/k")],
        ),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "a/x?versionId=1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::a/x"), ("s3:PutObject", "arn:aws:s3:::b/k")],
        ),
        ("lambda", "Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", None)]),
        ("monitoring", "PutMetricData", {}, [("cloudwatch:PutMetricData", None)]),
        ("sqs", "SendMessage", {"QueueUrl": "q"}, [("sqs:SendMessage", None)]),
    ],
)
def test_needs(service: str, operation: str, members: dict[str, Any], expected: list[tuple[str, str | None]]) -> None:
    """Each operation is the actions that policies name, on the resources that it acts on."""
    assert needs(service, operation, **members) == expected


@pytest.mark.parametrize(("service", "operation"), [("s3", "PutBucketPolicy"), ("dynamodb", "ExecuteStatement")])
def test_what_is_not_known_is_said(service: str, operation: str) -> None:
    """It is refused, never guessed."""
    with pytest.raises(UnknownAccessError, match=operation):
        needs(service, operation)


@pytest.mark.parametrize("items", [{"Put": {}}, ["nonsense"]])
def test_a_malformed_transaction_needs_nothing(items: object) -> None:
    """The service will reject it."""
    assert needs("dynamodb", "TransactWriteItems", TransactItems=items) == []


def test_the_condition_keys() -> None:
    """Those of every request, and what an S3 listing is restricted to."""
    call = ApiCall("s3", "ListObjectsV2", "us-east-1", "123456789012", {"Bucket": "b", "prefix": "p/"})
    (access,) = needed_accesses(call, ROLE)
    assert access.context["s3:prefix"] == "p/"
    assert access.context["aws:requestedregion"] == "us-east-1"
    assert "s3:delimiter" not in access.context


def test_an_encryption_context_is_a_condition_key_for_each_of_its_names() -> None:
    """In lower case, as condition keys are compared; without one there is none."""
    members: dict[str, object] = {"KeyId": KEY, "EncryptionContext": {"Table": "t"}}
    (access,) = needed_accesses(ApiCall("kms", "Encrypt", "us-east-1", "123456789012", members), ROLE)
    assert access.context["kms:encryptioncontext:table"] == "t"
    (access,) = needed_accesses(ApiCall("kms", "Encrypt", "us-east-1", "123456789012", {"KeyId": KEY}), ROLE)
    assert not [key for key in access.context if key.startswith("kms:")]
