"""DynamoDB of the local AWS under many threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from localaws import LocalAws
from support.clients import aws_client

ITEMS = 12
OTHERS = 100
"""As many as a transaction may look at: it takes a while."""


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with LocalAws() as aws:
        client = aws_client(aws.environment(), "dynamodb", max_pool_connections=4)
        client.create_table(
            TableName="chat",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for number in range(OTHERS):
            client.put_item(TableName="chat", Item={"id": {"S": f"other {number}"}})
        yield client


def test_a_failed_transaction_takes_nobody_elses_items_along(dynamodb: Any) -> None:
    """Whatever is written while it fails stays."""

    def write(number: int) -> None:
        dynamodb.put_item(TableName="chat", Item={"id": {"S": str(number)}})

    def fail(_: int) -> None:
        keys = [{"id": {"S": f"other {number}"}} for number in range(OTHERS)]
        check = {"TableName": "chat", "ConditionExpression": "attribute_not_exists(id)"}
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
            dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": {**check, "Key": key}} for key in keys])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: (write if number % 2 else fail)(number), range(2 * ITEMS)))
    assert dynamodb.scan(TableName="chat")["Count"] == ITEMS + OTHERS
