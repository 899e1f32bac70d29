"""Conversations in a table of moto's in this process, whose personal data a key of moto's encrypts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from moto import mock_aws

from bedrock_chat.conversation import ChatRequest, Message
from bedrock_chat.history.conversations import Conversations, Lifetime, Write, Written
from bedrock_chat.history.dynamodb import DynamoDbTable
from bedrock_chat.history.kms import KmsKey
from bedrock_chat.history.redaction import KeptPlaceholders
from bedrock_chat.privacy import patterns
from bedrock_chat.privacy.findings import DetectAll, Finding
from bedrock_chat.privacy.model import RedactingModel
from support.application import ScriptedModel

NAME = "history"
NOW_S = 1_700_000_000.5


@cache
def aws_client(service: str) -> Any:
    """A client of moto's, within `mock_aws`; it is made once, which takes longer than most tests."""
    session = boto3.Session("a", "b", region_name="eu-west-1")
    return session.client(service)


@contextmanager
def stores() -> Iterator[Any]:
    """A client of DynamoDB that has the table."""
    with mock_aws():
        client = aws_client("dynamodb")
        client.create_table(
            TableName=NAME,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )
        yield client


def items(client: Any) -> list[dict[str, Any]]:
    """All that the table has; a scan gives a megabyte at once."""
    return [item for page in client.get_paginator("scan").paginate(TableName=NAME) for item in page["Items"]]


class MeddledTable(DynamoDbTable):
    """The table, with somebody who does something just before the next write."""

    def __init__(self, client: Any) -> None:
        super().__init__(client, NAME)
        self.client = client
        self.meanwhile: list[Callable[[], object]] = []

    def write(self, write: Write) -> Written:
        while self.meanwhile:
            self.meanwhile.pop(0)()
        return super().write(write)


def asked(text: str) -> ChatRequest:
    return ChatRequest("m", (Message.of_text("user", text),), 100)


def detect_all(texts: Sequence[str]) -> list[list[Finding]]:
    return [patterns.detect(text) for text in texts]


def new_key() -> KmsKey:
    """The environment must have credentials: the key is used through a client of its own."""
    return KmsKey(aws_client("kms").create_key()["KeyMetadata"]["Arn"])


def redacted(table: DynamoDbTable, key: KmsKey, model: RedactingModel, now_s: Callable[[], float]) -> Conversations:
    """Conversations whose personal data is replaced."""
    return Conversations(table, Lifetime(2, 1000), now_s, KeptPlaceholders(model, key, NAME))


def redacting(model: ScriptedModel, detect_all: DetectAll = detect_all) -> RedactingModel:
    return RedactingModel(model, detect_all, allow_attachments=False)
