"""The key of a log group, through the API of CloudWatch Logs as Terraform uses it."""

from __future__ import annotations

import pytest

from localaws import LocalAws
from support.clients import aws_client

GROUP = "/aws/lambda/chat"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def test_the_key_comes_and_goes() -> None:
    """A group without a key gets one and loses it; a group that doesn't exist is not found."""
    with LocalAws(region="eu-west-1") as aws:
        logs = aws_client(aws.environment(), "logs")
        logs.create_log_group(logGroupName=GROUP)
        logs.associate_kms_key(logGroupName=GROUP, kmsKeyId=KEY)
        assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == KEY
        logs.disassociate_kms_key(logGroupName=GROUP)
        assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
        with pytest.raises(logs.exceptions.ResourceNotFoundException):
            logs.disassociate_kms_key(logGroupName="missing")
